//! A configuration, loaded: modules compiled and checked, routes in their table.

mod findings;
mod loader;

use crate::config::{Config, Diagnostic, Diagnostics, ModuleConfig};
use crate::gateway::ArgumentTemplate;
use crate::routes::{Route, RouteGroup, RouteTable};
use crate::sandbox::{Limits, ModuleError, ModuleGate, Program, Sandbox, Volume};
use crate::settings::Settings;
use findings::{declared_twice, settings_warnings, shadowed};
use loader::Loader;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Everything that is needed to answer requests.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) routes: RouteTable<Endpoint>,
    pub(crate) modules: usize,
}

impl Site {
    /// Whether a route can never be chosen, because its module declared another one behind it.
    pub(crate) fn is_hidden(&self, route: &Route<Endpoint>) -> bool {
        self.routes.groups().iter().any(|group| {
            let mut routes = group.subroutes.iter();
            routes.any(|subroute| std::ptr::eq(subroute, route))
                && routes.any(|behind| behind.pattern.covers(&route.pattern))
        })
    }

    /// Whether a route of the table was declared by its module.
    pub(crate) fn is_declared(&self, route: &Route<Endpoint>) -> bool {
        let mut subroutes = self
            .routes
            .groups()
            .iter()
            .flat_map(|group| &group.subroutes);
        subroutes.any(|subroute| std::ptr::eq(subroute, route))
    }
}

/// What a route leads to.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) program: Program,
    pub(crate) entrypoint: Arc<str>,
    pub(crate) route: Arc<str>,
    pub(crate) module: Arc<Path>,
    pub(crate) argv: Option<ArgumentTemplate>,
    pub(crate) volumes: Arc<[Volume]>,
    pub(crate) environment: Arc<[(String, String)]>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) gate: ModuleGate,
}

/// A site if there was no error, and every finding on the way.
pub(crate) struct Loading {
    pub(crate) site: Option<Site>,
    pub(crate) findings: Diagnostics,
}

/// Compiles every module and asks it for its routes. All problems are reported, not just the first.
pub(crate) fn load(
    config: &Config,
    earlier: Vec<Diagnostic>,
    sandbox: &Sandbox,
    settings: &Settings,
) -> Loading {
    let programs = compile_all(config, sandbox);
    let mut findings = earlier;
    findings.extend(config.warnings.iter().cloned());
    findings.extend(settings_warnings(settings));
    let mut groups = Vec::new();
    for module in &config.modules {
        let mut loader = Loader {
            module,
            sandbox,
            settings,
            findings: &mut findings,
        };
        loader.check_volumes();
        loader.check_limits();
        // Every path was compiled.
        if let Some(result) = programs.get(&key(module, sandbox)) {
            groups.extend(loader.group(result));
        }
    }
    if let Some(health_path) = &settings.health_path {
        findings.extend(shadowed(&groups, health_path));
    }
    findings.extend(declared_twice(&groups));
    let findings = Diagnostics::new(Arc::clone(&config.source), findings);
    let site = (!findings.has_errors()).then(|| Site {
        routes: RouteTable::new(groups.into_iter().map(|(group, _)| group).collect()),
        modules: config.modules.len(),
    });
    Loading { site, findings }
}

/// A file, and the size of the stack that it is compiled for.
type Key = (PathBuf, usize);

type Compiled = HashMap<Key, Result<Program, ModuleError>>;

fn key(module: &ModuleConfig, sandbox: &Sandbox) -> Key {
    let stack = module.limits.value.stack.unwrap_or(sandbox.limits().stack);
    (module.module.value.clone(), stack)
}

/// Compiles each file once, several at the same time.
fn compile_all(config: &Config, sandbox: &Sandbox) -> Compiled {
    let modules = config.modules.iter();
    let mut keys: Vec<Key> = modules.map(|module| key(module, sandbox)).collect();
    keys.sort();
    keys.dedup();
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(keys.len().max(1));
    let left = Mutex::new(keys);
    let compiled = Mutex::new(Compiled::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap_or_else(PoisonError::into_inner).pop();
                    let Some(key) = next else { return };
                    let program = Program::load(sandbox, &key.0, key.1);
                    let mut compiled = compiled.lock().unwrap_or_else(PoisonError::into_inner);
                    compiled.insert(key, program);
                }
            });
        }
    });
    compiled
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

/// A group of routes and the entry that it comes from.
type Group<'a> = (RouteGroup<Endpoint>, &'a ModuleConfig);
