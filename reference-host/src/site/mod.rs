//! A configuration, loaded: modules compiled and checked, routes in their table.

mod exposed;
mod findings;
mod loader;
mod programs;

use crate::config::{Config, Diagnostic, Diagnostics, StaticConfig};
use crate::files::Folder;
use crate::gateway::ArgumentTemplate;
use crate::observe::RouteMetrics;
use crate::outbound::OutboundClient;
use crate::routes::{Methods, Route, RouteGroup, RouteTable};
use crate::sandbox::{Limits, ModuleGate, Program, Sandbox, Volume};
use crate::settings::Settings;
use findings::{declared_twice, folder_problem, settings_warnings, shadowed};
use loader::Loader;
use std::ops::Range;
use std::sync::Arc;
use tempfile::TempDir;

/// Everything that is needed to answer requests.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) routes: RouteTable<Target>,
    pub(crate) modules: usize,
}

impl Site {
    /// Whether a route can never be chosen, because its module declared another one behind it.
    pub(crate) fn is_hidden(&self, route: &Route<Target>) -> bool {
        self.routes.groups().iter().any(|group| {
            let mut routes = group.subroutes.iter();
            routes.any(|subroute| std::ptr::eq(subroute, route))
                && routes.any(|behind| behind.pattern.covers(&route.pattern))
        })
    }

    /// Whether a route of the table was declared by its module.
    pub(crate) fn is_declared(&self, route: &Route<Target>) -> bool {
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
pub(crate) enum Target {
    Module(Box<Endpoint>),
    Files(Folder),
}

impl Target {
    /// The route pattern, as logs name it.
    pub(crate) fn route(&self) -> &Arc<str> {
        match self {
            Self::Module(endpoint) => &endpoint.route,
            Self::Files(folder) => &folder.route,
        }
    }

    /// Where its requests are counted.
    pub(crate) fn metrics(&self) -> &Arc<RouteMetrics> {
        match self {
            Self::Module(endpoint) => &endpoint.metrics,
            Self::Files(folder) => &folder.metrics,
        }
    }
}

/// A function of a module, and what it is given.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) program: Program,
    pub(crate) entrypoint: Arc<str>,
    pub(crate) route: Arc<str>,
    /// How tables call the module.
    pub(crate) module: Arc<str>,
    pub(crate) methods: Methods,
    pub(crate) argv: Option<ArgumentTemplate>,
    pub(crate) volumes: Arc<[Volume]>,
    pub(crate) environment: Arc<[(String, String)]>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) gate: ModuleGate,
    pub(crate) metrics: Arc<RouteMetrics>,
    /// A temporary folder that is one of the volumes, kept for as long as the module may use it.
    pub(crate) copies: Option<Arc<TempDir>>,
    pub(crate) outbound: Option<Arc<OutboundClient>>,
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
    let programs = programs::load(config, sandbox, &settings.registries);
    let mut findings = earlier;
    findings.extend(config.warnings.iter().cloned());
    findings.extend(settings_warnings(settings));
    let mut groups: Vec<Group> = config
        .folders
        .iter()
        .filter_map(|folder| {
            findings.extend(folder_problem(&folder.folder));
            files(folder, settings)
        })
        .collect();
    for module in &config.modules {
        let mut loader = Loader {
            module,
            sandbox,
            settings,
            files: &config.files,
            findings: &mut findings,
        };
        loader.check_volumes();
        loader.check_limits();
        // Every module was loaded.
        if let Some(result) = programs.get(&programs::key(module, sandbox)) {
            groups.extend(loader.group(result));
        }
    }
    if let Some(health_path) = &settings.health_path {
        findings.extend(shadowed(&groups, health_path));
    }
    findings.extend(declared_twice(&groups));
    let findings = Diagnostics::new(Arc::clone(&config.source), findings);
    let site = (!findings.has_errors()).then(|| Site {
        routes: RouteTable::new(groups.into_iter().map(|group| group.routes).collect()),
        modules: config.modules.len(),
    });
    Loading { site, findings }
}

/// A static route, if its pattern is right.
fn files(config: &StaticConfig, settings: &Settings) -> Option<Group> {
    let route = config.route.as_ref()?;
    let folder = Folder {
        route: route.value.text().into(),
        root: config.folder.value.clone(),
        index: config.index.clone(),
        hidden: config.hidden,
        precompressed: config.precompressed,
        cache_control: config.cache_control.clone(),
        metrics: settings.metrics.route(route.value.text()),
    };
    let parent = Route {
        pattern: route.value.clone(),
        target: Target::Files(folder),
    };
    Some(Group {
        routes: RouteGroup {
            hosts: config.hosts.clone(),
            parent,
            subroutes: Vec::new(),
        },
        route: route.span.clone(),
        source: config.folder.span.clone(),
    })
}

/// A group of routes, and where the file says what about it.
struct Group {
    routes: RouteGroup<Target>,
    route: Range<usize>,
    /// The place of `module` or `folder`.
    source: Range<usize>,
}
