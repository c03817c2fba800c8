//! `wagi routes`.

use super::{Failure, table};
use crate::{Host, Settings};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// The arguments of `wagi routes`.
#[derive(Debug, Args)]
pub(super) struct Routes {
    /// The configuration file
    #[arg(value_name = "FILE", default_value = "modules.toml")]
    file: PathBuf,
}

impl Routes {
    pub(super) fn execute(self) -> Result<ExitCode, Failure> {
        let host = Host::load(&self.file, Settings::default())?;
        anstream::eprint!("{}", host.warnings().render(true));
        let health_path = host.service.settings.health_path.clone();
        anstream::print!(
            "{}",
            table::routes(&host.site(), "", health_path.as_deref())
        );
        Ok(ExitCode::SUCCESS)
    }
}
