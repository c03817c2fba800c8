//! `replay`: saved failures, sent again.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::target::TargetArguments;
use super::{HARNESS, UNUSABLE, USAGE, failed, printed, signals};
use crate::case::files;
use crate::case::library::Library;
use crate::outcome::{CaseRecord, Level, Outcome, Report};
use crate::preflight::preflight;
use crate::report::progress::Silent;
use crate::report::terminal::{self, Trace};
use crate::run::{Conditions, Options, Selection, Suite, random, run_prepared};
use crate::saved;
use crate::wire::client::Client;

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  wagi-conformance replay conformance-report/failures                      all that failed
  wagi-conformance replay conformance-report/failures/status.alone.toml --url http://127.0.0.1:3000

Exit codes: 0 fixed, 1 failed again, 2 wrong command line, 3 server unusable, 4 a file cannot be read or nothing ran.")]
pub(super) struct ReplayArguments {
    /// Files that `run` saved, case files of your own, or folders of them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    target: TargetArguments,
    /// Run each case so many times; one that does not conform every time has failed
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Whose bytes on the wire to print
    #[arg(long, value_enum, default_value_t)]
    trace: Trace,
}

impl ReplayArguments {
    pub(super) fn execute(self, suite: Suite) -> ExitCode {
        let libraries = match self.read(&suite) {
            Ok(libraries) => libraries,
            Err(problems) => return failed(HARNESS, problems),
        };
        let interrupted = match signals::watch() {
            Ok(interrupted) => interrupted,
            Err(error) => {
                return failed(HARNESS, format_args!("cannot wait for signals: {error}"));
            }
        };
        let target = match self.target.open() {
            Ok(target) => target,
            Err(error) => return failed(if error.is_usage() { USAGE } else { UNUSABLE }, error),
        };
        let options = Options {
            timeout: self.target.timeout,
            repeat: self.repeat,
            seed: random::fresh_seed(),
            property_cases: 0,
            ..Options::default()
        };
        let client = Client {
            address: target.address,
            timeout: options.timeout,
            interrupted: Arc::clone(&interrupted),
        };
        let preflight = match preflight(&target, &client, options.seed) {
            Ok(preflight) => preflight,
            Err(unusable) => return failed(UNUSABLE, unusable),
        };
        let conditions = Conditions {
            target: &target,
            preflight: &preflight,
            options: &options,
        };
        let mut fates = Vec::new();
        for library in libraries {
            let suite = Suite { library, ..suite };
            let selection = Selection {
                cases: saved::leading(library),
                properties: Vec::new(),
            };
            let report = run_prepared(&suite, conditions, &selection, &Silent, &interrupted);
            if report.interrupted {
                return ExitCode::from(130);
            }
            if let Err(code) = self.print(&report) {
                return code;
            }
            fates.extend(report.records.iter().map(Fate::of));
        }
        let failed = fates.contains(&Fate::Failed);
        match (failed, fates.contains(&Fate::NotRun)) {
            (true, _) => ExitCode::from(1),
            (false, true) => ExitCode::from(HARNESS),
            (false, false) => ExitCode::SUCCESS,
        }
    }

    /// The cases of each file; everything that is wrong with any of them.
    fn read(&self, suite: &Suite) -> Result<Vec<&'static Library>, String> {
        let mut problems = Vec::new();
        let mut libraries = Vec::new();
        for path in &self.files {
            match files::read(std::slice::from_ref(path)) {
                Err(error) => problems.extend(error.problems),
                Ok(texts) => {
                    for (name, text) in texts {
                        match saved::read(&name, &text, suite) {
                            // They live as long as the process.
                            Ok(library) => libraries.push(&*Box::leak(Box::new(library))),
                            Err(problem) => problems.push(problem),
                        }
                    }
                }
            }
        }
        if problems.is_empty() {
            Ok(libraries)
        } else {
            Err(problems.join("\n"))
        }
    }

    fn print(&self, report: &Report) -> Result<(), ExitCode> {
        let options = terminal::Options {
            trace: self.trace,
            ..terminal::Options::default()
        };
        let mut text = Vec::new();
        let done = terminal::print_cases(report, options, &mut text);
        done.map_err(|error| failed(HARNESS, error))?;
        let mut text = String::from_utf8_lossy(&text).into_owned();
        for record in &report.records {
            text.push_str(&Fate::of(record).line(record));
        }
        // A reader that has gone away is no reason to stop: the exit code is what is left to say.
        printed(&text);
        Ok(())
    }
}

/// What became of a saved case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Fixed,
    Failed,
    NotRun,
}

impl Fate {
    fn of(record: &CaseRecord) -> Fate {
        match record.outcome {
            Outcome::Pass => Fate::Fixed,
            Outcome::NotApplicable | Outcome::HarnessError => Fate::NotRun,
            _ => Fate::Failed,
        }
    }

    fn line(self, record: &CaseRecord) -> String {
        use anstyle::AnsiColor::{Green, Magenta, Red};
        let (colour, word) = match self {
            Fate::Fixed if record.level == Level::May => (Green, "OBSERVED"),
            Fate::Fixed => (Green, "FIXED"),
            Fate::Failed => (Red, "FAILED"),
            Fate::NotRun => (Magenta, "NOT RUN"),
        };
        let reason = match (&record.reason, self) {
            (Some(reason), Fate::Fixed | Fate::NotRun) => format!("  ({reason})"),
            _ => String::new(),
        };
        let style = colour.on_default().bold();
        let reason = crate::text::visible(&reason).into_owned();
        format!("{style}{word:<8}{style:#} {}{reason}\n", record.id)
    }
}
