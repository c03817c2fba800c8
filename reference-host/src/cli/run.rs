//! `wagi run`.

use super::life::Life;
use super::options::{ModuleOptions, ServerOptions};
use super::{Failure, logging, values};
use crate::config::Origin;
use crate::routes::RoutePattern;
use crate::{Config, Host, Volume};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

/// The arguments of `wagi run`.
#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    module: OneModule,

    /// Load the module again when its file changes
    #[arg(long)]
    watch: bool,

    #[command(flatten)]
    server: ServerOptions,

    #[command(flatten)]
    options: ModuleOptions,
}

/// A module that is named on the command line.
#[derive(Debug, Args)]
pub(super) struct OneModule {
    /// The module: a `.wasm` or a `.wat` file
    #[arg(value_name = "MODULE")]
    module: PathBuf,

    /// Route on which the module answers
    #[arg(long, value_name = "PATTERN", default_value = "/...", value_parser = pattern)]
    route: RoutePattern,

    /// Let the module use a directory, with :ro behind it to read only; can be given several times
    #[arg(long = "volume", value_name = "GUEST=HOST[:ro]", value_parser = values::volume)]
    volumes: Vec<Volume>,

    /// Let the module send HTTP requests to a host, as in `allowed_hosts`; can be given several times
    #[arg(long = "allow-host", value_name = "HOST", value_parser = values::allowed_host)]
    allowed_hosts: Vec<String>,
}

fn pattern(text: &str) -> Result<RoutePattern, String> {
    RoutePattern::parse(text).map_err(|error| format!("{error}: {}", error.hint()))
}

impl OneModule {
    pub(super) fn config(&self) -> Config {
        let config = Config::single(&self.module, self.route.clone());
        let mut config = self.volumes.iter().cloned().fold(config, Config::volume);
        for host in &self.allowed_hosts {
            let Ok(allowing) = config.allow_host(host) else {
                unreachable!("the command line was checked");
            };
            config = allowing;
        }
        config
    }
}

impl Run {
    pub(super) fn execute(self) -> Result<ExitCode, Failure> {
        let mut life = Life::begin()?;
        let settings = self.server.apply(self.options.settings()?)?;
        logging::start(logging::OF_SERVERS, self.server.log_format());
        let since = self.watch.then(SystemTime::now);
        let origin = Arc::new(Origin::Given(Box::new(self.module.config())));
        let loaded = Arc::clone(&origin);
        let host = life.load(move || Ok(Host::load_from(&loaded, settings)?))?;
        life.serve(host, &self.server, &origin, since)
    }
}
