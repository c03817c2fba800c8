//! `wagi check`.

use super::{Failure, table};
use crate::{Host, Settings};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// The arguments of `wagi check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The configuration file
    #[arg(value_name = "FILE", default_value = "modules.toml")]
    file: PathBuf,
}

impl Check {
    pub(super) fn execute(self) -> Result<ExitCode, Failure> {
        let host = Host::load(&self.file, Settings::default())?;
        anstream::eprint!("{}", host.warnings().render(true));
        let site = host.site();
        println!(
            "OK: {}, {}",
            table::count(site.modules, "module"),
            table::count(site.routes.in_order().len(), "route")
        );
        Ok(ExitCode::SUCCESS)
    }
}
