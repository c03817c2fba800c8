//! `wagi serve`.

use super::life::Life;
use super::options::{ModuleOptions, ServerOptions};
use super::{Failure, logging};
use crate::Host;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// The arguments of `wagi serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The configuration file
    #[arg(short, long, value_name = "FILE", default_value = "modules.toml")]
    config: PathBuf,

    #[command(flatten)]
    server: ServerOptions,

    #[command(flatten)]
    modules: ModuleOptions,

    /// Not in this version yet: serve a bindle
    #[arg(short, long, value_name = "NAME/VERSION", hide = true)]
    bindle: Option<String>,

    /// Not in this version yet: where bindles are
    #[arg(long, value_name = "DIR", hide = true)]
    bindle_path: Option<PathBuf>,
}

impl Serve {
    pub(super) fn execute(self) -> Result<ExitCode, Failure> {
        self.refuse_what_is_missing()?;
        let mut life = Life::begin()?;
        let settings = self.server.apply(self.modules.settings()?)?;
        logging::start("warn,wagi_host=info", self.server.log_format());
        let config = self.config.clone();
        let host = life.load(move || Ok(Host::load(&config, settings)?))?;
        life.serve(host, &self.server, Some(self.config))
    }

    /// An option that is silently ignored would be worse than none.
    fn refuse_what_is_missing(&self) -> Result<(), Failure> {
        let missing = [
            (
                "--bindle",
                self.bindle.is_some(),
                "list the modules in a file and use --config",
            ),
            (
                "--bindle-path",
                self.bindle_path.is_some(),
                "list the modules in a file and use --config",
            ),
        ];
        match missing.iter().find(|(_, is_given, _)| *is_given) {
            Some((option, _, instead)) => Err(Failure::usage(format!(
                "`{option}` is not in this version yet: {instead}"
            ))),
            None => Ok(()),
        }
    }
}
