//! `baseline update` and `baseline check`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::run::RunArguments;
use super::{HARNESS, USAGE, failed, printed};
use crate::baseline::{self, Baseline};
use crate::report::file;
use crate::report::verdict::Verdict;
use crate::run::Suite;

#[derive(Debug, Args)]
pub(super) struct BaselineArguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run, and write what does not conform as the list of known failures
    ///
    /// What the file says already of a case that still fails is kept; entries of cases that conform
    /// are dropped; new ones say what was observed, for you to put into better words.
    Update {
        /// The file; made if it does not exist
        file: PathBuf,
        #[command(flatten)]
        run: Box<RunArguments>,
    },
    /// Check that every entry is well formed, has not expired and names a case of the suite
    Check {
        /// The file
        file: PathBuf,
    },
}

impl BaselineArguments {
    pub(super) fn execute(self, suite: Suite) -> ExitCode {
        match self.command {
            Command::Update { file, run } => update(file, *run, suite),
            Command::Check { file } => check(file, suite),
        }
    }
}

fn update(path: PathBuf, mut run: RunArguments, suite: Suite) -> ExitCode {
    if run.selects() {
        let message =
            "`baseline update` runs everything: a part would drop the entries of the rest";
        return failed(USAGE, message);
    }
    let suite = match run.cases.apply(suite) {
        Ok(suite) => suite,
        Err(code) => return code,
    };
    run.baseline = path.exists().then(|| path.clone());
    let options = match run.options() {
        Ok(options) => options,
        Err(error) => return failed(USAGE, error),
    };
    let report = match run.run(suite, &options) {
        Ok(report) => report,
        Err(code) => return code,
    };
    let verdict = Verdict::of(&report);
    if !matches!(
        verdict,
        Verdict::Conformant | Verdict::AsExpected | Verdict::NotConformant
    ) {
        // What did not run to its end says nothing of what is known to fail.
        return failed(verdict.exit_code(), verdict.sentence(&report));
    }
    let mut updated = options
        .baseline
        .updated(&report.records, report.level, baseline::today());
    if updated.heading.is_empty() {
        let software = report
            .target
            .software
            .as_ref()
            .unwrap_or(&report.target.name);
        updated.heading = vec![format!("What {software} is known to get wrong.")];
    }
    if let Err(error) = file::replace(&path, |out| out.write_all(updated.render().as_bytes())) {
        return failed(HARNESS, error);
    }
    let (before, after) = (&options.baseline.entries, &updated.entries);
    let new = after
        .iter()
        .filter(|one| !before.iter().any(|other| other.id.fits(&one.id.0)));
    let gone = before
        .iter()
        .filter(|one| !after.iter().any(|other| one.id.fits(&other.id.0)));
    printed(&format!(
        "{}: {} entries, {} of them new, {} dropped\n",
        path.display(),
        after.len(),
        new.count(),
        gone.count(),
    ))
}

fn check(path: PathBuf, suite: Suite) -> ExitCode {
    let baseline = match Baseline::read(&path) {
        Ok(baseline) => baseline,
        Err(error) => return failed(USAGE, error),
    };
    let stale = baseline.stale(baseline::today(), &suite.ids());
    for entry in &stale {
        failed(1, format_args!("{}: {entry}", path.display()));
    }
    if stale.is_empty() {
        printed(&format!(
            "{}: {} entries\n",
            path.display(),
            baseline.entries.len()
        ))
    } else {
        ExitCode::from(1)
    }
}
