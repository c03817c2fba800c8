//! `run`: the main command.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::arguments::LevelArgument;
use super::cases::CasesArguments;
use super::target::TargetArguments;
use super::{HARNESS, USAGE, failed, signals};
use crate::baseline::{Baseline, BaselineError};
use crate::case::schema::Profile;
use crate::outcome::Report;
use crate::report::progress::Progress as _;
use crate::report::terminal::{self, Terminal, Trace};
use crate::report::verdict::Verdict;
use crate::report::{Destination, Kind};
use crate::run::{self, Options, Pattern, Selection, Suite, random};
use crate::saved;

/// Where the reports go if nothing is said.
const FOLDER: &str = "conformance-report";

#[derive(Debug, Clone, Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct RunArguments {
    /// Cases to run: ids of cases or requirements, chapters, or beginnings of these (`status`,
    /// `env.path-info`); `*` and `?` as in a shell. All by default
    #[arg(value_name = "PATTERN")]
    pub(super) patterns: Vec<String>,
    #[command(flatten)]
    pub(super) target: TargetArguments,
    #[command(flatten)]
    pub(super) cases: CasesArguments,
    /// What makes the run fail
    #[arg(
        long,
        value_enum,
        default_value_t,
        help_heading = "Selection",
        hide_possible_values = false
    )]
    level: LevelArgument,
    /// Only cases of this profile: core, routing, declared-routes, volumes, limits, cgi; may be
    /// given several times
    #[arg(long, value_name = "NAME", value_parser = super::arguments::profile, help_heading = "Selection")]
    profile: Vec<Profile>,
    /// Leave out these cases; may be given several times
    #[arg(long, value_name = "PATTERN", help_heading = "Selection")]
    skip: Vec<String>,
    /// Draw so many cases for each property test; 0 for none
    #[arg(long, value_name = "N", default_value_t = Options::default().property_cases, help_heading = "Selection")]
    property_cases: u32,
    /// Run so many cases at once [default: the number of cores]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Order and repetition")]
    jobs: Option<u16>,
    /// Run each case so many times; one that does not conform every time is red
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Order and repetition")]
    repeat: u32,
    /// Run the cases in random order
    #[arg(long, help_heading = "Order and repetition")]
    shuffle: bool,
    /// The seed of everything random, to repeat a run exactly [default: another one each time]
    #[arg(long, value_name = "S", help_heading = "Order and repetition")]
    seed: Option<u64>,
    /// What is known to fail: a file of cases with reasons (see `baseline`). Listed cases run all the
    /// same; one that passes, and an entry that expired or matches nothing, make the run fail
    #[arg(long, value_name = "FILE", help_heading = "Selection")]
    pub(super) baseline: Option<PathBuf>,
    /// Stop at the first failure
    #[arg(long, help_heading = "Order and repetition")]
    fail_fast: bool,
    /// Whose bytes on the wire to print
    #[arg(long, value_enum, default_value_t, help_heading = "Reports")]
    trace: Trace,
    /// Write reports: `json=FILE`, `junit=FILE`, `html=FILE`, `results=FILE`, several with commas or by repeating
    /// the option [default: conformance-report/report.html and .json]
    #[arg(
        long,
        value_name = "FORM=FILE",
        value_delimiter = ',',
        help_heading = "Reports"
    )]
    report: Vec<Destination>,
    /// Say which cases took longest
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        hide_default_value = true,
        help_heading = "Reports"
    )]
    slowest: usize,
    /// Save each failure as a case file in this folder, for `replay`
    #[arg(long, value_name = "DIR", default_value = saved::FOLDER, help_heading = "Reports")]
    failures: PathBuf,
}

impl RunArguments {
    pub(super) fn execute(self, suite: Suite) -> ExitCode {
        let options = match self.options() {
            Ok(options) => options,
            Err(error) => return failed(USAGE, error),
        };
        let suite = match self.cases.apply(suite) {
            Ok(suite) => suite,
            Err(code) => return code,
        };
        match self.run(suite, &options) {
            Ok(mut report) => {
                let target = self.target.shown();
                let saved = saved::save(&mut report, &suite, &self.failures, &target);
                self.publish(&report, saved.err())
            }
            Err(code) => code,
        }
    }

    /// Runs what the options say; the exit code if not even a report can come of it.
    pub(super) fn run(&self, suite: Suite, options: &Options) -> Result<Report, ExitCode> {
        let properties: &[&str] = match self.cases.only_cases {
            true => &[],
            false => &run::PROPERTIES,
        };
        let selection = Selection::of(suite.library, properties, options)
            .map_err(|error| failed(USAGE, error))?;
        let interrupted = signals::watch()
            .map_err(|error| failed(HARNESS, format_args!("cannot wait for signals: {error}")))?;
        let progress = Terminal::new();
        match self.target.open() {
            Ok(target) => Ok(run::run(
                &suite,
                &target,
                &selection,
                options,
                &progress,
                &interrupted,
            )),
            Err(error) if error.is_usage() => Err(failed(USAGE, error)),
            Err(error) => {
                let mut report = suite.report(self.target.record(), options);
                report.unusable = Some(error.to_string());
                progress.end();
                Ok(report)
            }
        }
    }

    /// Whether only a part of the cases is chosen.
    pub(super) fn selects(&self) -> bool {
        !self.patterns.is_empty() || !self.skip.is_empty() || self.fail_fast
    }

    pub(super) fn options(&self) -> Result<Options, BaselineError> {
        let patterns = |list: &[String]| list.iter().cloned().map(Pattern).collect();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Options {
            patterns: patterns(&self.patterns),
            skip: patterns(&self.skip),
            level: self.level.into(),
            profiles: self.profile.clone(),
            jobs: self.jobs.map_or(cores, usize::from),
            timeout: self.target.timeout,
            repeat: self.repeat,
            shuffle: self.shuffle,
            seed: self.seed.unwrap_or_else(random::fresh_seed),
            property_cases: self.property_cases,
            fail_fast: self.fail_fast,
            baseline: match &self.baseline {
                Some(path) => Baseline::read(path)?,
                None => Baseline::default(),
            },
        })
    }

    /// Writes all reports, even if one cannot be written, and prints the results.
    fn publish(&self, report: &Report, unsaved: Option<std::io::Error>) -> ExitCode {
        let destinations = if self.report.is_empty() {
            by_default()
        } else {
            self.report.clone()
        };
        let mut lost: Vec<_> = unsaved.into_iter().collect();
        let mut html: Option<&Path> = None;
        for destination in &destinations {
            match crate::report::write(report, destination.kind, &destination.path) {
                Ok(()) if destination.kind == Kind::Html => html = Some(&destination.path),
                Ok(()) => {}
                Err(error) => lost.push(error),
            }
        }
        let options = terminal::Options {
            trace: self.trace,
            html,
            slowest: self.slowest,
            ..terminal::Options::default()
        };
        if let Err(error) = terminal::print(report, options, &mut anstream::stdout())
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            lost.push(error);
        }
        let mut code = ExitCode::from(Verdict::of(report).exit_code());
        for error in lost {
            code = failed(HARNESS, error);
        }
        code
    }
}

fn by_default() -> Vec<Destination> {
    [Kind::Html, Kind::Json]
        .into_iter()
        .map(|kind| {
            let path = PathBuf::from(FOLDER).join(format!("report.{}", kind.extension()));
            Destination { kind, path }
        })
        .collect()
}
