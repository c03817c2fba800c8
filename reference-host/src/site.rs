//! A configuration, loaded: modules compiled and checked, routes in their table.

use crate::config::{Config, Diagnostic, Diagnostics, ModuleConfig, Spanned, closest, io_text};
use crate::gateway::{ArgumentTemplate, META_VARIABLES, RequestPath};
use crate::observe::{LineBuffer, RequestId};
use crate::routes::{DeclaredRoute, Route, RouteGroup, RouteTable, parse_declared_routes};
use crate::sandbox::{
    EntrypointError, Invocation, ModuleError, Outcome, Program, Sandbox, Stdin, Volume, pipe,
};
use crate::settings::Settings;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What `_routes` may print.
const DECLARED_ROUTES_LIMIT: usize = 1024 * 1024;

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
        // Every path was compiled.
        if let Some(result) = programs.get(&module.module.value) {
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

type Compiled = HashMap<PathBuf, Result<Program, ModuleError>>;

/// Compiles each file once, several at the same time.
fn compile_all(config: &Config, sandbox: &Sandbox) -> Compiled {
    let mut paths: Vec<&PathBuf> = config
        .modules
        .iter()
        .map(|module| &module.module.value)
        .collect();
    paths.sort();
    paths.dedup();
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(paths.len().max(1));
    let left = Mutex::new(paths);
    let compiled = Mutex::new(Compiled::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap_or_else(PoisonError::into_inner).pop();
                    let Some(path) = next else { return };
                    let program = Program::load(sandbox, path);
                    let mut compiled = compiled.lock().unwrap_or_else(PoisonError::into_inner);
                    compiled.insert(path.clone(), program);
                }
            });
        }
    });
    compiled
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

struct Loader<'a, 'f> {
    module: &'a ModuleConfig,
    sandbox: &'a Sandbox,
    settings: &'a Settings,
    findings: &'f mut Vec<Diagnostic>,
}

/// A group of routes and the entry that it comes from.
type Group<'a> = (RouteGroup<Endpoint>, &'a ModuleConfig);

impl<'a> Loader<'a, '_> {
    /// Requirement: volume.missing-directory.
    fn check_volumes(&mut self) {
        for Spanned {
            value: volume,
            span,
        } in &self.module.volumes
        {
            let problem = match std::fs::metadata(&volume.host) {
                Ok(metadata) if metadata.is_dir() => continue,
                Ok(_) => format!("`{}` is not a directory", volume.host.display()),
                Err(error) => format!(
                    "cannot use `{}` as a volume: {}",
                    volume.host.display(),
                    io_text(&error)
                ),
            };
            let hint =
                "volumes map a guest path to a directory: { \"/guest\" = \"host/directory\" }";
            self.findings
                .push(Diagnostic::error(problem, span.clone()).hint(hint));
        }
    }

    fn group(&mut self, program: &Result<Program, ModuleError>) -> Option<Group<'a>> {
        let program = match program {
            Ok(program) => program,
            Err(error) => {
                self.module_problem(error);
                return None;
            }
        };
        let module = self.module;
        let configured = module.entrypoint.as_ref();
        let entrypoint = configured.map_or("_start", |entrypoint| entrypoint.value.as_str());
        let span = configured.map_or(&module.module.span, |entrypoint| &entrypoint.span);
        if let Err(error) = program.check_entrypoint(entrypoint) {
            let problem = entrypoint_problem(entrypoint, &error, configured.is_some());
            self.findings.push(problem(span.clone()));
            return None;
        }
        let endpoint = self.endpoint(program, entrypoint, module.route.value.text());
        let declared = match program.declares_routes() {
            true => self.declared(program)?,
            false => Vec::new(),
        };
        let subroutes = declared.into_iter().map(
            |DeclaredRoute {
                 pattern,
                 entrypoint,
             }| {
                let target = Endpoint {
                    entrypoint: entrypoint.into(),
                    route: pattern.text().into(),
                    ..endpoint.clone()
                };
                Route { pattern, target }
            },
        );
        let subroutes = subroutes.collect();
        let parent = Route {
            pattern: module.route.value.clone(),
            target: endpoint,
        };
        Some((RouteGroup { parent, subroutes }, module))
    }

    fn endpoint(&self, program: &Program, entrypoint: &str, route: &str) -> Endpoint {
        let module = self.module;
        let mut environment = module.environment.clone();
        for (name, value) in &self.settings.variables {
            if !environment
                .iter()
                .any(|(taken, _)| taken.eq_ignore_ascii_case(name))
            {
                environment.push((name.clone(), value.clone()));
            }
        }
        Endpoint {
            program: program.clone(),
            entrypoint: entrypoint.into(),
            route: route.into(),
            module: module.module.value.as_path().into(),
            argv: module.argv.clone(),
            volumes: module
                .volumes
                .iter()
                .map(|volume| volume.value.clone())
                .collect(),
            environment: environment.into(),
        }
    }

    /// Requirements: entrypoint.routes, entrypoint.routes.malformed, entrypoint.routes.inherit.
    fn declared(&mut self, program: &Program) -> Option<Vec<DeclaredRoute>> {
        let span = self.module.module.span.clone();
        let hint = "`_routes` prints one `PATTERN FUNCTION` per line";
        let mut problem = |text: String| {
            self.findings
                .push(Diagnostic::error(text, span.clone()).hint(hint))
        };
        let printed = match ask_for_routes(
            program,
            self.sandbox,
            self.settings,
            &self.module.route.value,
        ) {
            Ok(printed) => printed,
            Err(outcome) => {
                problem(format!("the module's `_routes` failed: {outcome}"));
                return None;
            }
        };
        let routes = match parse_declared_routes(&printed, &self.module.route.value) {
            Ok(routes) => routes,
            Err(error) => {
                problem(error.to_string());
                return None;
            }
        };
        for DeclaredRoute {
            pattern,
            entrypoint,
        } in &routes
        {
            if let Err(error) = program.check_entrypoint(entrypoint) {
                let finding = entrypoint_problem(entrypoint, &error, true)(span.clone());
                self.findings.push(finding.label(format!(
                    "it declares the route `{pattern}` for this function"
                )));
            }
        }
        findings_of_hidden(&routes, &span, self.findings);
        Some(routes)
    }

    fn module_problem(&mut self, error: &ModuleError) {
        let span = self.module.module.span.clone();
        let path = self.module.module.value.display();
        let (text, hint) = match error {
            ModuleError::Unreadable(error) => (
                format!("cannot read the module `{path}`: {}", io_text(error)),
                match neighbour(&self.module.module.value) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None if span.is_empty() => "name a `.wasm` or a `.wat` file".to_string(),
                    None => "the path is relative to the configuration file".to_string(),
                },
            ),
            ModuleError::Invalid(text) => (
                format!("`{path}` is not a valid module: {text}"),
                "a module is a `.wasm` file, or a `.wat` file with its text form".to_string(),
            ),
            ModuleError::Component => (
                format!("`{path}` is a WebAssembly component"),
                "compile it for `wasm32-wasip1`: components are not in this version yet"
                    .to_string(),
            ),
            ModuleError::UnknownImports(imports) => {
                let names: Vec<String> = imports.iter().map(ToString::to_string).collect();
                (
                    format!(
                        "`{path}` imports what the host does not offer: {}",
                        names.join(", ")
                    ),
                    "the host offers `wasi_snapshot_preview1`: compile for `wasm32-wasip1`"
                        .to_string(),
                )
            }
            ModuleError::Incompatible(text) => (
                format!("`{path}` cannot be linked: {text}"),
                "compile it again with a current toolchain for `wasm32-wasip1`".to_string(),
            ),
        };
        self.findings.push(Diagnostic::error(text, span).hint(hint));
    }
}

/// Requirement: entrypoint.missing.
fn entrypoint_problem(
    name: &str,
    error: &EntrypointError,
    is_configured: bool,
) -> impl Fn(std::ops::Range<usize>) -> Diagnostic + use<> {
    let (text, hint) = match error {
        EntrypointError::Missing(functions) => {
            let near = closest(name, functions.iter().map(String::as_str));
            let hint = match (near, functions.is_empty()) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, true) => "the module exports no function at all".to_string(),
                (None, false) if is_configured => {
                    format!("the module exports: {}", list(functions))
                }
                (None, false) => format!(
                    "it is a library: name one of its functions with `entrypoint`: {}",
                    list(functions)
                ),
            };
            (format!("the module exports no function `{name}`"), hint)
        }
        EntrypointError::Signature(signature) => (
            format!("`{name}` cannot be an entrypoint: it is `{signature}`"),
            "an entrypoint takes no parameters and returns nothing".to_string(),
        ),
    };
    move |span| Diagnostic::error(text.clone(), span).hint(hint.clone())
}

fn list(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.len() > SHOWN {
        shown.push(format!("and {} more", names.len() - SHOWN));
    }
    shown.join(", ")
}

/// A file beside the missing one that looks like what was meant.
fn neighbour(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".wasm") || name.ends_with(".wat"))
        .collect();
    closest(name, names.iter().map(String::as_str)).map(str::to_string)
}

/// Of the routes of one module the last declared wins, also over a more specific one before it.
///
/// Requirement: entrypoint.routes.last-wins.
fn findings_of_hidden(
    routes: &[DeclaredRoute],
    span: &std::ops::Range<usize>,
    findings: &mut Vec<Diagnostic>,
) {
    for (index, DeclaredRoute { pattern, .. }) in routes.iter().enumerate() {
        let mut behind = routes[index + 1..].iter();
        if let Some(hiding) = behind.find(|route| route.pattern.covers(pattern)) {
            let text = format!("the declared route `{pattern}` is never reached");
            let label = format!(
                "`{}` is declared behind it and matches first",
                hiding.pattern
            );
            let hint = "let `_routes` print the more specific route last";
            findings.push(
                Diagnostic::warning(text, span.clone())
                    .label(label)
                    .hint(hint),
            );
        }
    }
}

/// Runs `_routes` without any data of a request.
///
/// Requirement: entrypoint.routes.no-request-data.
fn ask_for_routes(
    program: &Program,
    sandbox: &Sandbox,
    settings: &Settings,
    parent: &crate::routes::RoutePattern,
) -> Result<Vec<u8>, Outcome> {
    let (writer, reader) = pipe(DECLARED_ROUTES_LIMIT);
    let limit = sandbox.limits().stderr;
    let stderr = LineBuffer::new(
        settings.module_log.clone(),
        parent.text().into(),
        RequestId::first(),
        limit,
    );
    let run = sandbox.run(Invocation {
        program,
        entrypoint: "_routes",
        variables: &[],
        arguments: &[],
        volumes: &[],
        stdin: Stdin::empty(),
        stdout: writer,
        stderr,
    });
    // A thread of its own, since the caller may be inside a runtime.
    let outcome = std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build();
            match runtime {
                Ok(runtime) => runtime.block_on(run),
                Err(error) => Outcome::Unavailable(error.to_string()),
            }
        });
        running
            .join()
            .unwrap_or_else(|_| Outcome::Unavailable("the loader panicked".to_string()))
    });
    match outcome {
        Outcome::Success => Ok(reader.take().to_vec()),
        outcome => Err(outcome),
    }
}

/// Requirement: route.reserved-paths.
fn shadowed<'a>(groups: &[Group<'a>], health_path: &str) -> Option<Diagnostic> {
    let path = RequestPath::parse(health_path).ok()?;
    let is_exact = |route: &Route<Endpoint>| {
        !route.pattern.is_wildcard() && route.pattern.matches(&path).is_some()
    };
    let (_, module) = groups
        .iter()
        .find(|(group, _)| is_exact(&group.parent) || group.subroutes.iter().any(is_exact))?;
    let text =
        format!("`{health_path}` never reaches its module: the server answers health checks there");
    let hint =
        "move the health check with `--health-path PATH`, or switch it off with `--no-health`";
    Some(Diagnostic::warning(text, module.route.span.clone()).hint(hint))
}

/// A declared route that another module has, too, is decided by the order of the file.
fn declared_twice(groups: &[Group<'_>]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (index, (group, module)) in groups.iter().enumerate() {
        for subroute in &group.subroutes {
            let pattern = &subroute.pattern;
            let others = groups
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index);
            let mut others =
                others.flat_map(|(_, (group, _))| group.subroutes.iter().chain([&group.parent]));
            if others.any(|other| other.pattern.is_equivalent(pattern)) {
                let text =
                    format!("the declared route `{pattern}` is also a route of another module");
                let hint = "the module that stands first in the file answers";
                findings.push(Diagnostic::warning(text, module.module.span.clone()).hint(hint));
            }
        }
    }
    findings
}

fn settings_warnings(settings: &Settings) -> Vec<Diagnostic> {
    let is_meta = |name: &str| {
        META_VARIABLES
            .iter()
            .any(|meta| meta.eq_ignore_ascii_case(name))
    };
    let names = settings
        .variables
        .iter()
        .map(|(name, _)| name)
        .filter(|name| is_meta(name));
    let warning = |name: &String| {
        let text =
            format!("`{name}` is a meta-variable of the request: what is configured has no effect");
        Diagnostic::warning(text, 0..0).hint("choose another name")
    };
    names.map(warning).collect()
}
