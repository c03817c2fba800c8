//! Options that several commands share.

use super::limits::LimitOptions;
use super::listening::ListenOptions;
use super::{Failure, values};
use crate::config::{Source, parse_env_file};
use crate::sandbox::ModuleCache;
use crate::{Diagnostic, Diagnostics, EngineKind, LogFormat, Settings};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What modules get, and how much of it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Modules")]
pub(super) struct ModuleOptions {
    /// Set a variable for every module; can be given several times
    #[arg(short, long = "env", value_name = "NAME=VALUE", value_parser = values::variable)]
    env: Vec<(String, String)>,

    /// Read variables for every module from a file with a NAME=VALUE a line; can be given several
    /// times
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,

    /// Ask a registry for `oci:` modules over plain HTTP; can be given several times
    #[arg(long, value_name = "HOST[:PORT]")]
    registry_http: Vec<String>,

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

    /// Keep compiled and pulled modules in this directory; the default is `wagi` in the user's cache directory
    #[arg(long, value_name = "DIR")]
    module_cache: Option<PathBuf>,

    /// Compile modules at every start, and keep nothing
    #[arg(long, conflicts_with = "module_cache")]
    no_module_cache: bool,

    /// Let clocks advance in steps of this time for modules
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    clock_resolution: Option<Duration>,
}

/// What a server has beyond a single request.
#[derive(Debug, Args)]
pub(super) struct ServerOptions {
    #[command(flatten)]
    pub(super) listening: ListenOptions,

    #[command(flatten)]
    limits: LimitOptions,

    /// Path that is answered with OK ahead of all routes
    #[arg(
        long,
        value_name = "PATH",
        default_value = "/healthz",
        help_heading = "Operations"
    )]
    health_path: String,

    /// Answer no health checks
    #[arg(long, conflicts_with = "health_path", help_heading = "Operations")]
    no_health: bool,

    /// Write the standard error of modules to one file per route in this directory
    #[arg(long, value_name = "DIR", help_heading = "Operations")]
    log_dir: Option<PathBuf>,

    /// How the log is written
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Operations"
    )]
    log_format: Format,
}

impl ModuleOptions {
    /// Where modules from registries are kept beside compiled ones.
    fn cache_folder(&self) -> Option<PathBuf> {
        self.module_cache
            .clone()
            .or_else(ModuleCache::default_folder)
    }

    /// The cache that was asked for, or the default one where there can be one. Without a cache the
    /// server only starts slower.
    fn cache(&self) -> Option<ModuleCache> {
        if self.no_module_cache {
            return None;
        }
        match &self.module_cache {
            None => ModuleCache::open(&ModuleCache::default_folder()?).ok(),
            Some(folder) => match ModuleCache::open(folder) {
                Ok(cache) => Some(cache),
                Err(error) => {
                    let folder = folder.display();
                    anstream::eprintln!("warning: modules are not cached in `{folder}`: {error}");
                    None
                }
            },
        }
    }

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
        settings.sandbox.cache = self.cache();
        settings.sandbox.clock_resolution = self.clock_resolution;
        if let (Some(folder), false) = (self.cache_folder(), self.no_module_cache) {
            settings = settings.registry_cache(folder);
        }
        for registry in &self.registry_http {
            settings = settings.plain_http_registry(registry);
        }
        let mut variables: Vec<(String, String)> = Vec::new();
        for file in &self.env_file {
            variables.extend(read_variables(file)?);
        }
        variables.extend(self.env.iter().cloned());
        // The last one of a name counts.
        for (index, (name, value)) in variables.iter().enumerate() {
            let mut behind = variables[index + 1..].iter();
            if !behind.any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                settings = settings.variable(name, value);
            }
        }
        Ok(settings)
    }
}

impl ServerOptions {
    pub(super) fn log_format(&self) -> LogFormat {
        match self.log_format {
            Format::Text => LogFormat::Text,
            Format::Json => LogFormat::Json,
        }
    }

    pub(super) fn apply(&self, settings: Settings) -> Result<Settings, Failure> {
        let health_path = (!self.no_health).then_some(self.health_path.as_str());
        if health_path.is_some_and(|path| !path.starts_with('/')) {
            return Err(Failure::usage("--health-path begins with a slash"));
        }
        let settings = self.limits.apply(self.listening.apply(settings)?);
        let mut settings = settings
            .health_path(health_path)
            .log_format(self.log_format());
        if let Some(folder) = &self.log_dir {
            let log = crate::ModuleLog::to_files(folder).map_err(|error| {
                Failure::wrong(format!(
                    "cannot write logs to `{}`: {error}",
                    folder.display()
                ))
            })?;
            settings = settings.module_log(log);
        }
        #[cfg(feature = "otlp")]
        let settings = settings
            .traces_from_environment()
            .map_err(|problem| Failure::wrong(format!("cannot send traces: {problem}")))?;
        Ok(settings)
    }
}

/// How logs are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Lines for people
    Text,
    /// An object a line
    Json,
}

fn read_variables(path: &Path) -> Result<Vec<(String, String)>, Failure> {
    let wrong = |source, list| {
        let problems = Diagnostics::new(Arc::new(source), list);
        Failure::Wrong(problems.render(true))
    };
    let source = Source::read(path)
        .map_err(|unreadable| wrong(unreadable.source, vec![unreadable.problem]))?;
    let (variables, lines) = parse_env_file(&source.text);
    if !lines.is_empty() {
        let problems = lines
            .into_iter()
            .map(|line| Diagnostic::error(line.problem, line.span));
        return Err(wrong(source, problems.collect()));
    }
    let pairs = variables
        .into_iter()
        .map(|variable| (variable.name, variable.value));
    Ok(pairs.collect())
}
