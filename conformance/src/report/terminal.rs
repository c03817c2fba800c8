//! The terminal: a bar while the run goes on, then failures, a table by area and the verdict.

use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anstyle::Style;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::outcome::{CaseRecord, Outcome, Report};
use crate::report::progress::Progress;
use crate::report::{failure, summary, verdict};
use crate::text::visible;

/// The bar on standard error while a run goes on; hidden where that is no terminal that could
/// redraw a line.
#[derive(Debug)]
pub struct Terminal {
    bar: ProgressBar,
    passed: AtomicUsize,
    warned: AtomicUsize,
    failed: AtomicUsize,
}

impl Terminal {
    /// A bar that has not begun.
    pub fn new() -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let target = if dumb {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(12)
        };
        Self {
            bar: ProgressBar::with_draw_target(None, target),
            passed: AtomicUsize::new(0),
            warned: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
        }
    }

    /// What stands behind the bar: `118 passed · 2 failed · header block`.
    fn message(&self, area: &str) -> String {
        let counts = [
            (&self.passed, "passed"),
            (&self.warned, "warned"),
            (&self.failed, "failed"),
        ];
        let mut parts: Vec<_> = counts
            .into_iter()
            .map(|(count, words)| (count.load(Ordering::Relaxed), words))
            .filter(|&(count, _)| count > 0)
            .map(|(count, words)| format!("{count} {words}"))
            .collect();
        parts.push(visible(area).replace('-', " "));
        parts.join(" · ")
    }
}

impl Default for Terminal {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress for Terminal {
    fn begin(&self, total: usize) {
        let style = ProgressStyle::with_template(
            "{bar:24.green/dim} {pos:>4}/{len} {elapsed:>4} {wide_msg}",
        );
        self.bar.set_style(
            style
                .expect("the template is a constant")
                .progress_chars("━━─"),
        );
        self.bar.set_length(total as u64);
        self.bar.enable_steady_tick(Duration::from_millis(250));
    }

    fn finished(&self, record: &CaseRecord) {
        let count = match record.outcome {
            Outcome::Pass => Some(&self.passed),
            Outcome::Warn => Some(&self.warned),
            Outcome::NotApplicable | Outcome::ExpectedFail => None,
            _ => Some(&self.failed),
        };
        if let Some(count) = count {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.bar.set_message(self.message(&record.area));
        self.bar.inc(1);
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// Which wire bytes are shown: `--trace none|failed|all`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Trace {
    /// None.
    #[default]
    None,
    /// Those of cases that do not conform.
    Failed,
    /// All.
    All,
}

/// How the results are shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Which wire bytes are shown.
    pub trace: Trace,
    /// Columns to fill; where there is none, those of the terminal on standard output, or 80.
    pub width: Option<usize>,
    /// How many of the cases that took longest are listed.
    pub slowest: usize,
    /// The HTML report, once it is written: its path is shown at the end.
    pub html: Option<&'a Path>,
}

/// Prints the results of a run, with ANSI colours: hand in an `anstream` stream, which takes them
/// away where they are not wanted.
pub fn print(report: &Report, options: Options<'_>, out: &mut dyn Write) -> io::Result<()> {
    print_cases(report, options, out)?;
    let width = options.width.unwrap_or_else(columns).max(40);
    slowest(report, options.slowest, out)?;
    summary::print(report, width, out)?;
    if let Some(path) = options.html {
        const LINK: Style = Style::new().underline();
        writeln!(out, "report: {LINK}{}{LINK:#}", path.display())?;
    }
    Ok(())
}

/// The cases that took longest.
fn slowest(report: &Report, count: usize, out: &mut dyn Write) -> io::Result<()> {
    if count == 0 || report.records.is_empty() {
        return Ok(());
    }
    let mut records: Vec<&CaseRecord> = report.records.iter().collect();
    records.sort_by_key(|record| std::cmp::Reverse(record.duration));
    writeln!(out, "slowest cases")?;
    for record in records.iter().take(count) {
        let seconds = record.duration.as_secs_f64();
        writeln!(out, "  {seconds:>8.3} s  {}", visible(&record.id))?;
    }
    writeln!(out)
}

/// Prints the cases that do not conform, and those whose bytes are wanted, without a summary.
pub fn print_cases(report: &Report, options: Options<'_>, out: &mut dyn Write) -> io::Result<()> {
    let width = options.width.unwrap_or_else(columns).max(40);
    // What matters most stands last, next to the summary.
    let (red, rest): (Vec<_>, Vec<_>) = report
        .records
        .iter()
        .partition(|record| verdict::is_red(record, report.level));
    for record in rest.into_iter().chain(red) {
        let conforms = matches!(
            record.outcome,
            Outcome::Pass | Outcome::NotApplicable | Outcome::ExpectedFail
        );
        let wire = match options.trace {
            Trace::None => false,
            Trace::Failed => !conforms,
            Trace::All => true,
        };
        if !conforms || wire {
            failure::print(report, record, wire, width, out)?;
        }
    }
    Ok(())
}

/// Lines of text are no longer than this, however wide the terminal is.
const READABLE: usize = 110;

fn columns() -> usize {
    let size = terminal_size::terminal_size_of(io::stdout());
    size.map_or(80, |(width, _)| usize::from(width.0).min(READABLE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Level;
    use crate::report::fixture;

    /// With escape sequences readable, `␛[31m`.
    fn coloured(report: &Report, options: Options<'_>) -> String {
        let mut out = Vec::new();
        print(report, options, &mut out).unwrap();
        String::from_utf8(out).unwrap().replace('\u{1b}', "␛")
    }

    /// As it stands in a file.
    fn plain(report: &Report, options: Options<'_>) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        print(report, options, &mut out).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    fn at(width: usize) -> Options<'static> {
        Options {
            width: Some(width),
            ..Options::default()
        }
    }

    #[test]
    fn the_bar_counts() {
        let terminal = Terminal::new();
        terminal.begin(11);
        for record in fixture::every_outcome().records.iter().take(6) {
            terminal.finished(record);
        }
        assert_eq!(terminal.bar.position(), 6);
        assert_eq!(
            terminal.bar.message(),
            "1 passed · 1 warned · 3 failed · location"
        );
        terminal.end();
        assert!(terminal.bar.is_finished());
    }

    #[test]
    fn every_outcome() {
        insta::assert_snapshot!(plain(&fixture::every_outcome(), at(80)));
        insta::assert_snapshot!(
            "every_outcome_narrow",
            plain(&fixture::every_outcome(), at(48))
        );
    }

    #[test]
    fn colours() {
        insta::assert_snapshot!(coloured(&fixture::failing(), at(80)));
    }

    #[test]
    fn all_passed() {
        let options = Options {
            html: Some(Path::new("conformance-report/report.html")),
            ..at(80)
        };
        insta::assert_snapshot!(plain(&fixture::green(400), options));
    }

    #[test]
    fn the_slowest_come_first() {
        let mut report = fixture::green(5);
        for (number, record) in (1..).zip(&mut report.records) {
            record.duration = Duration::from_millis(number * 1500 % 4000);
        }
        let options = Options {
            slowest: 3,
            ..at(80)
        };
        let text = plain(&report, options);
        let (list, _) = text.split_once("\n\n").unwrap();
        let times: Vec<&str> = list
            .lines()
            .skip(1)
            .map(|line| line[2..10].trim())
            .collect();
        assert_eq!(times, ["3.500", "3.000", "2.000"]);
    }

    #[test]
    fn runs_that_show_nothing() {
        insta::assert_snapshot!("empty", plain(&fixture::empty(), at(80)));
        insta::assert_snapshot!("unusable", plain(&fixture::unusable(), at(80)));
        insta::assert_snapshot!("interrupted", plain(&fixture::interrupted(), at(80)));
    }

    #[test]
    fn traces() {
        let mut report = fixture::every_outcome();
        report.records.truncate(2);
        let all = plain(
            &report,
            Options {
                trace: Trace::All,
                ..at(80)
            },
        );
        insta::assert_snapshot!(all);
        let failed = plain(
            &report,
            Options {
                trace: Trace::Failed,
                ..at(80)
            },
        );
        assert_eq!(
            (all.matches("sent").count(), failed.matches("sent").count()),
            (2, 1)
        );
    }

    #[test]
    fn nothing_from_the_network_acts_on_the_terminal() {
        let text = plain(
            &fixture::every_outcome(),
            Options {
                trace: Trace::All,
                ..at(80)
            },
        );
        assert!(
            !text.contains(|c: char| c.is_control() && c != '\n'),
            "{text:?}"
        );
        assert!(!text.contains(['\u{202E}', '\u{2028}']), "{text:?}");
    }

    #[test]
    fn lines_fit_unless_they_are_there_to_be_copied() {
        use unicode_width::UnicodeWidthStr as _;
        for width in [80, 132] {
            let options = Options {
                trace: Trace::All,
                ..at(width)
            };
            let text = plain(&fixture::every_outcome(), options);
            let copied = [
                "printf",
                "curl",
                "http://",
                "https://",
                "wagi-conformance replay",
            ];
            for line in text
                .lines()
                .filter(|line| !copied.iter().any(|word| line.contains(word)))
            {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn warnings_are_red_where_the_level_says_so() {
        let mut report = fixture::every_outcome();
        report
            .records
            .retain(|record| record.outcome == Outcome::Warn);
        assert_eq!(verdict::Verdict::of(&report).exit_code(), 0);
        report.level = Level::Should;
        assert_eq!(verdict::Verdict::of(&report).exit_code(), 1);
    }
}
