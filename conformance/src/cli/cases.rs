//! `--cases`: somebody's own cases.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{USAGE, failed};
use crate::case::files;
use crate::case::library;
use crate::mount::MountTable;
use crate::run::Suite;

#[derive(Debug, Clone, Default, Args)]
pub(super) struct CasesArguments {
    /// Cases of your own beside those of the suite: a file, or a folder of files that end in
    /// `.toml`; may be given several times. A case with the id of another takes its place
    #[arg(long, value_name = "PATH", help_heading = "Selection")]
    pub(super) cases: Vec<PathBuf>,
    /// Only the cases of `--cases`: none of the suite's own, and no property tests
    #[arg(long, requires = "cases", help_heading = "Selection")]
    pub(super) only_cases: bool,
}

impl CasesArguments {
    /// The suite with these cases; the exit code if they are wrong.
    pub(super) fn apply(&self, suite: Suite) -> Result<Suite, ExitCode> {
        if self.cases.is_empty() {
            return Ok(suite);
        }
        let own = files::read(&self.cases).map_err(|error| failed(USAGE, error))?;
        let base = if self.only_cases {
            Vec::new()
        } else {
            library::compiled_in()
        };
        let library = library::load_over(
            &library::borrowed(&base),
            &library::borrowed(&own),
            suite.requirements,
            MountTable::builtin(),
        )
        .map_err(|error| failed(USAGE, error))?;
        Ok(Suite {
            // It lives as long as the process.
            library: Box::leak(Box::new(library)),
            ..suite
        })
    }
}
