//! Options that several commands share.

use super::{Failure, env_file, values};
use crate::{EngineKind, Settings};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// What modules get, and how much of it.
#[derive(Debug, Args)]
pub(super) struct ModuleOptions {
    /// Set a variable for every module; can be given several times
    #[arg(short, long = "env", value_name = "NAME=VALUE", value_parser = values::variable)]
    env: Vec<(String, String)>,

    /// Read variables for every module from a file with a NAME=VALUE a line
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,

    /// SERVER_NAME of requests that name no host
    #[arg(
        long,
        alias = "hostname",
        value_name = "HOST",
        default_value = "localhost"
    )]
    default_host: String,

    /// Time that a module may take for a request
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = values::duration)]
    timeout: Duration,

    /// Largest request body
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = values::size)]
    max_body: u64,

    /// Memory that an instance may use
    #[arg(long, value_name = "SIZE", default_value = "128MiB", value_parser = values::size)]
    max_memory: u64,

    /// What executes modules: the compiler `cranelift`, or the interpreter `pulley` where no code
    /// may be generated at run time
    #[arg(long, value_name = "ENGINE", default_value = "cranelift")]
    engine: EngineKind,

    /// Let clocks advance in steps of this time for modules
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    clock_resolution: Option<Duration>,
}

/// What a server has beyond a single request.
#[derive(Debug, Args)]
pub(super) struct ServerOptions {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(short, long, value_name = "ADDR", default_value = "127.0.0.1:3000")]
    pub(super) listen: String,

    /// Modules that may run at the same time
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    max_instances: u32,

    /// Time that running requests get when the server stops
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = values::duration)]
    drain_time: Duration,

    /// Path that is answered with OK ahead of all routes
    #[arg(long, value_name = "PATH", default_value = "/healthz")]
    health_path: String,

    /// Answer no health checks
    #[arg(long, conflicts_with = "health_path")]
    no_health: bool,

    /// Write the standard error of modules to one file per route in this directory
    #[arg(long, value_name = "DIR")]
    log_dir: Option<PathBuf>,
}

impl ModuleOptions {
    /// Variables of the command line go before those of the file.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        let mut settings = Settings::default()
            .wall_time(self.timeout)
            .max_body(self.max_body)
            .engine(self.engine)
            .default_host(&self.default_host)
            .map_err(|error| Failure::usage(format!("--default-host: {error}")))?;
        settings.limits.memory = usize::try_from(self.max_memory)
            .ok()
            .filter(|bytes| (1 << 16..=1 << 32).contains(bytes))
            .ok_or_else(|| Failure::usage("--max-memory has to be between 64KiB and 4GiB"))?;
        settings.sandbox.clock_resolution = self.clock_resolution;
        let from_file = match &self.env_file {
            Some(path) => read_variables(path)?,
            None => Vec::new(),
        };
        for (name, value) in self.env.iter().cloned().chain(from_file) {
            if !settings.variables.iter().any(|(taken, _)| *taken == name) {
                settings = settings.variable(name, value);
            }
        }
        Ok(settings)
    }
}

impl ServerOptions {
    pub(super) fn apply(&self, settings: Settings) -> Result<Settings, Failure> {
        let health_path = (!self.no_health).then_some(self.health_path.as_str());
        if health_path.is_some_and(|path| !path.starts_with('/')) {
            return Err(Failure::usage("--health-path begins with a slash"));
        }
        let mut settings = settings
            .instances(self.max_instances as usize)
            .health_path(health_path);
        settings.limits.drain_time = self.drain_time;
        if let Some(folder) = &self.log_dir {
            let log = crate::ModuleLog::to_files(folder).map_err(|error| {
                Failure::wrong(format!(
                    "cannot write logs to `{}`: {error}",
                    folder.display()
                ))
            })?;
            settings = settings.module_log(log);
        }
        Ok(settings)
    }
}

fn read_variables(path: &PathBuf) -> Result<Vec<(String, String)>, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::wrong(format!("cannot read `{}`: {error}", path.display())))?;
    env_file::parse(&text).map_err(|error| Failure::wrong(format!("`{}`: {error}", path.display())))
}
