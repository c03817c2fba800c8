//! `modules.toml`: what it may contain, and what is said when it contains something else.

mod diagnostics;
mod reader;
mod schema;
mod suggestion;

pub(crate) use diagnostics::io_text;
pub use diagnostics::{Diagnostic, Diagnostics, Severity};
pub(crate) use schema::{ModuleConfig, Spanned};
pub(crate) use suggestion::closest;

use crate::outbound::{AllowedHost, InvalidAllowedHost, OutboundPolicy};
use crate::routes::RoutePattern;
use crate::sandbox::{ModuleLimits, Volume};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A configuration: which module answers on which route, and what it is given.
///
/// ```no_run
/// match wagi_host::Config::load("modules.toml") {
///     Ok(config) => println!("{} modules", config.len()),
///     Err(problems) => eprintln!("{problems}"),
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) source: Arc<Source>,
    pub(crate) modules: Vec<ModuleConfig>,
    /// Findings that do not stand in the way.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Where a configuration was read from.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// As the user named it; diagnostics show it.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// What could be understood of a file, and what could not.
pub(crate) struct Reading {
    pub(crate) config: Config,
    pub(crate) errors: Vec<Diagnostic>,
}

impl Config {
    /// Reads `modules.toml`. Modules are not looked at before [`Host::new`](crate::Host::new).
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Diagnostics> {
        let Reading { config, errors } = Self::read(path.as_ref())?;
        match errors.is_empty() {
            true => Ok(config),
            false => {
                let source = Arc::clone(&config.source);
                Err(Diagnostics::new(source, [errors, config.warnings].concat()))
            }
        }
    }

    /// Reads as much as can be read, so that all problems can be told at once.
    pub(crate) fn read(path: &Path) -> Result<Reading, Diagnostics> {
        let name = path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let source = Source {
                    path: name.clone(),
                    text: String::new(),
                };
                let problem =
                    Diagnostic::error(format!("cannot read `{name}`: {}", io_text(&error)), 0..0)
                        .hint("the file is named with `-c FILE`; `wagi run MODULE` needs none");
                return Err(Diagnostics::new(Arc::new(source), vec![problem]));
            }
        };
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(reader::read(Source { path: name, text }, &folder))
    }

    /// A configuration of one module, without a file.
    pub fn single(module: impl Into<PathBuf>, route: RoutePattern) -> Self {
        let module = ModuleConfig {
            route: Some(Spanned::without_place(route)),
            module: Spanned::without_place(module.into()),
            entrypoint: None,
            argv: None,
            volumes: Vec::new(),
            environment: Vec::new(),
            limits: Spanned::without_place(ModuleLimits::default()),
            outbound: OutboundPolicy::default(),
        };
        let source = Arc::new(Source::default());
        Self {
            source,
            modules: vec![module],
            warnings: Vec::new(),
        }
    }

    /// Gives every module of the configuration a directory.
    pub fn volume(mut self, guest: impl Into<String>, host: impl Into<PathBuf>) -> Self {
        let volume = Volume {
            guest: guest.into(),
            host: host.into(),
        };
        for module in &mut self.modules {
            module.volumes.push(Spanned::without_place(volume.clone()));
        }
        self
    }

    /// Lets every module of the configuration send requests to a host, written as in
    /// `allowed_hosts`: `https://api.example.com`, `localhost:8080`, `*.example.com`.
    pub fn allow_host(mut self, host: &str) -> Result<Self, InvalidAllowedHost> {
        let host = AllowedHost::parse(host)?;
        for module in &mut self.modules {
            module.outbound.allowed_hosts.push(host.clone());
        }
        Ok(self)
    }

    /// How many responses to requests of its own an instance of each module may have open.
    pub fn http_max_concurrency(mut self, responses: u32) -> Self {
        for module in &mut self.modules {
            module.outbound.max_concurrency = Some(responses);
        }
        self
    }

    /// Gives every module of the configuration limits of its own.
    pub fn module_limits(mut self, limits: &ModuleLimits) -> Self {
        for module in &mut self.modules {
            module.limits = Spanned::without_place(limits.clone());
        }
        self
    }

    /// How many modules are configured.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Whether no module is configured.
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }
}
