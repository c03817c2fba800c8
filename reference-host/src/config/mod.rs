//! `modules.toml`: what it may contain, and what is said when it contains something else.

mod diagnostics;
mod env_file;
mod equal_routes;
mod module_source;
mod origin;
mod quantity;
mod reader;
mod schema;
mod source;
mod suggestion;

pub use diagnostics::{Diagnostic, Diagnostics, Severity};
pub(crate) use diagnostics::{io_text, visible};
pub(crate) use env_file::parse as parse_env_file;
pub(crate) use module_source::{MODULE_SIZE_LIMIT, ModuleSource};
pub(crate) use origin::Origin;
pub(crate) use quantity::{duration, size};
pub(crate) use schema::{ModuleConfig, Spanned, StaticConfig};
pub(crate) use source::Source;
pub(crate) use suggestion::closest;

use crate::outbound::{AllowedHost, InvalidAllowedHost};
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
    pub(crate) folders: Vec<StaticConfig>,
    /// Findings that do not stand in the way.
    pub(crate) warnings: Vec<Diagnostic>,
    /// The files that it was read from.
    pub(crate) files: Vec<PathBuf>,
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
        let source = Source::read(path).map_err(|unreadable| {
            let hint = "the file is named with `-c FILE`; `wagi run MODULE` needs none";
            let problem = unreadable.problem.or_hint(hint);
            Diagnostics::new(Arc::new(unreadable.source), vec![problem])
        })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(reader::read(source, &folder))
    }

    /// Reads a text; paths in it are relative to `folder`.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn parse(source: Source, folder: &Path) -> Reading {
        reader::read(source, folder)
    }

    /// A configuration of one module, without a file.
    pub fn single(module: impl Into<PathBuf>, route: RoutePattern) -> Self {
        let module = Spanned::without_place(ModuleSource::File(module.into()));
        let route = Spanned::without_place(route);
        Self::of_modules(
            Source::default(),
            vec![ModuleConfig::new(Some(route), module)],
        )
    }

    pub(crate) fn of_modules(source: Source, modules: Vec<ModuleConfig>) -> Self {
        Self {
            source: Arc::new(source),
            modules,
            folders: Vec::new(),
            warnings: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Everything that is read to load it: itself, variables, modules.
    pub(crate) fn watched(&self) -> Vec<PathBuf> {
        let modules = self.modules.iter();
        let modules = modules.filter_map(|module| module.module.value.path());
        let files = self.files.iter().map(PathBuf::as_path);
        files.chain(modules).map(Path::to_path_buf).collect()
    }

    /// Gives every module of the configuration a directory.
    pub fn volume(mut self, volume: Volume) -> Self {
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
