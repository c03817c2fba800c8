//! What a run leaves behind: its reports, and the results in words.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use super::{HARNESS, failed};
use crate::outcome::Report;
use crate::report::terminal::{self, Trace};
use crate::report::verdict::Verdict;
use crate::report::{self, Destination, Kind, Output, file};

/// What the results in words tell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) trace: Trace,
    pub(super) slowest: usize,
    /// The server does not outlive the run.
    pub(super) gone: bool,
}

impl Shown {
    fn options(self, html: Option<&Path>, width: Option<usize>) -> terminal::Options<'_> {
        terminal::Options {
            trace: self.trace,
            slowest: self.slowest,
            gone: self.gone,
            html,
            // Standard output may be no terminal while standard error is one.
            width: width.or(Some(80)),
        }
    }
}

/// Writes all reports, even if one cannot be written, and prints the results: to standard output,
/// or to standard error where a report has standard output for itself. `unsaved` is what went wrong
/// before.
pub(super) fn all(
    report: &Report,
    destinations: &[Destination],
    shown: Shown,
    unsaved: Option<io::Error>,
) -> ExitCode {
    let mut lost: Vec<_> = unsaved.iter().map(ToString::to_string).collect();
    let mut html: Option<&Path> = None;
    for destination in destinations {
        let Output::File(path) = &destination.output else {
            continue;
        };
        match in_file(report, destination.kind, path) {
            Ok(()) if destination.kind == Kind::Html => html = Some(path),
            Ok(()) => {}
            Err(error) => lost.push(error.to_string()),
        }
    }
    let mut of_stdout = destinations
        .iter()
        .filter(|one| one.output == Output::Stdout)
        .peekable();
    let github = of_stdout.peek().is_some_and(|one| one.kind == Kind::Github);
    let told = if of_stdout.peek().is_some_and(|one| one.takes_stdout()) {
        let width = terminal::columns(true);
        let options = shown.options(html, width);
        terminal::print(report, options, &mut anstream::stderr())
    } else {
        let width = terminal::columns(false);
        let options = shown.options(html, width);
        in_words(report, options, github)
    };
    if let Some(error) = unless_closed(told) {
        lost.push(format!("cannot print the results: {error}"));
    }
    for destination in of_stdout {
        let written = report::print(report, destination.kind, &mut io::stdout().lock());
        if let Some(error) = unless_closed(written) {
            let kind = destination.kind;
            lost.push(format!(
                "cannot write the report `{kind}` to standard output: {error}"
            ));
        }
    }
    let mut code = ExitCode::from(Verdict::of(report).exit_code());
    for error in lost {
        code = failed(HARNESS, error);
    }
    code
}

/// A reader that has gone away has seen enough.
fn unless_closed(result: io::Result<()>) -> Option<io::Error> {
    result
        .err()
        .filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
}

/// A summary of several steps is one file: everyone adds to it.
fn in_file(report: &Report, kind: Kind, path: &Path) -> io::Result<()> {
    let is_summary = std::env::var_os("GITHUB_STEP_SUMMARY").is_some_and(|file| file == path);
    if kind == Kind::Markdown && is_summary {
        return file::append(path, |out| report::render(report, kind, out));
    }
    report::write(report, kind, path)
}

/// The results on standard output. Where that is read for workflow commands, what a server sent
/// could begin a line with one: none is obeyed up to a word that nobody can know.
fn in_words(report: &Report, options: terminal::Options<'_>, github: bool) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let word = github.then(unforeseeable);
    if let Some(word) = &word {
        writeln!(out, "::stop-commands::{word}")?;
    }
    terminal::print(report, options, &mut out)?;
    if let Some(word) = &word {
        writeln!(out, "::{word}::")?;
    }
    Ok(())
}

fn unforeseeable() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let word = || RandomState::new().hash_one("stop");
    format!("{:016x}{:016x}", word(), word())
}
