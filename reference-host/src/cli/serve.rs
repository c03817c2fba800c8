//! `wagi serve`.

use super::life::Life;
use super::options::{ModuleOptions, ServerOptions};
use super::{Failure, logging};
use crate::Host;
use crate::bindle::BindleId;
use crate::config::Origin;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

/// The arguments of `wagi serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The configuration file
    #[arg(short, long, value_name = "FILE", default_value = "modules.toml")]
    config: PathBuf,

    /// Serve a bindle instead of a configuration file
    #[arg(
        short,
        long,
        value_name = "NAME/VERSION",
        requires = "bindle_path",
        conflicts_with = "config"
    )]
    bindle: Option<BindleId>,

    /// The directory with bindles: each is in a directory named by the SHA-256 of NAME/VERSION
    #[arg(long, value_name = "DIR", requires = "bindle")]
    bindle_path: Option<PathBuf>,

    /// Load the configuration again when it changes: its file, modules, files with variables
    #[arg(long)]
    watch: bool,

    #[command(flatten)]
    server: ServerOptions,

    #[command(flatten)]
    modules: ModuleOptions,
}

impl Serve {
    pub(super) fn execute(self) -> Result<ExitCode, Failure> {
        let mut life = Life::begin()?;
        let settings = self.server.apply(self.modules.settings()?)?;
        logging::start(logging::OF_SERVERS, self.server.log_format());
        let since = self.watch.then(SystemTime::now);
        let origin = Arc::new(self.origin());
        let loaded = Arc::clone(&origin);
        let host = life.load(move || Ok(Host::load_from(&loaded, settings)?))?;
        life.serve(host, &self.server, &origin, since)
    }

    fn origin(&self) -> Origin {
        match (&self.bindle, &self.bindle_path) {
            (Some(id), Some(base)) => Origin::Bindle {
                base: base.clone(),
                id: id.clone(),
            },
            _ => Origin::File(self.config.clone()),
        }
    }
}
