//! `wagi run`.

use super::options::{ModuleOptions, ServerOptions};
use super::serve::serve;
use super::{Failure, logging, values};
use crate::routes::RoutePattern;
use crate::{Config, Host, Volume};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// The arguments of `wagi run`.
#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    module: OneModule,

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

    /// Let the module read and write a directory; can be given several times
    #[arg(long = "volume", value_name = "GUEST=HOST", value_parser = values::volume)]
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
        let mut config = Config::single(&self.module, self.route.clone());
        for Volume { guest, host } in &self.volumes {
            config = config.volume(guest, host);
        }
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
        let settings = self.server.apply(self.options.settings()?)?;
        logging::start("warn,wagi_host=info");
        let host = Host::new(self.module.config(), settings)
            .map_err(|problems| Failure::Wrong(problems.render(true)))?;
        serve(host, &self.server.listen, None)
    }
}
