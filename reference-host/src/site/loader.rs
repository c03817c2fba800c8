//! From an entry of the configuration to routes.

use super::exposed::{exposed_problem, exposed_warning};
use super::findings::{
    entrypoint_problem, excess_problem, hidden, limit_problem, module_problem, volume_problem,
};
use super::programs::LoadError;
use super::{Endpoint, Group, Target};
use crate::config::{Diagnostic, ModuleConfig};
use crate::observe::{LineBuffer, RequestId, Steps};
use crate::outbound::OutboundClient;
use crate::routes::{DeclaredRoute, Route, RouteGroup, RoutePattern, parse_declared_routes};
use crate::sandbox::{Invocation, Limits, ModuleGate, Outcome, Program, Sandbox, Stdin, pipe};
use crate::settings::Settings;
use std::path::PathBuf;
use std::sync::Arc;

/// What `_routes` may print.
const DECLARED_ROUTES_LIMIT: usize = 1024 * 1024;

/// Loads one entry, and notes what is wrong with it.
pub(super) struct Loader<'a, 'f> {
    pub(super) module: &'a ModuleConfig,
    pub(super) sandbox: &'a Sandbox,
    pub(super) settings: &'a Settings,
    /// What the configuration was read from.
    pub(super) files: &'a [PathBuf],
    pub(super) findings: &'f mut Vec<Diagnostic>,
}

impl Loader<'_, '_> {
    /// Requirement: volume.missing-directory.
    pub(super) fn check_volumes(&mut self) {
        let volumes = &self.module.volumes;
        let problems = volumes.iter().filter_map(volume_problem);
        self.findings.extend(problems);
        let exposed = |volume| exposed_problem(volume, self.settings);
        self.findings.extend(volumes.iter().filter_map(exposed));
        let exposed = |volume| exposed_warning(volume, self.files);
        self.findings.extend(volumes.iter().filter_map(exposed));
    }

    /// Limits that this host cannot give.
    pub(super) fn check_limits(&mut self) {
        let limits = &self.module.limits;
        let excess = limits.value.excess(self.sandbox.limits());
        let problems = excess
            .iter()
            .map(|limit| limit_problem(limit, limits.span.clone()));
        self.findings.extend(problems);
    }

    /// The routes of the module, if it can be used.
    pub(super) fn group(&mut self, program: &Result<Program, LoadError>) -> Option<Group> {
        let program = match program {
            Ok(program) => program,
            Err(error) => {
                self.findings.push(module_problem(self.module, error));
                return None;
            }
        };
        let module = self.module;
        let limits = module.limits.value.over(&self.sandbox.shared_limits());
        if let Some(excess) = program.excess(&limits) {
            self.findings.push(excess_problem(module, &excess));
            return None;
        }
        let configured = module.entrypoint.as_ref();
        let entrypoint = configured.map_or("_start", |entrypoint| entrypoint.value.as_str());
        let span = configured.map_or(&module.module.span, |entrypoint| &entrypoint.span);
        if let Err(error) = program.check_entrypoint(entrypoint) {
            let is_configured = configured.is_some();
            let problem = entrypoint_problem(entrypoint, &error, is_configured, span.clone());
            self.findings.push(problem);
            return None;
        }
        let place = module.route.as_ref()?;
        let route = &place.value;
        let endpoint = self.endpoint(program, entrypoint, route.text(), limits);
        let declared = match program.declares_routes() {
            true => self.declared(program, route)?,
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
                    metrics: self.settings.metrics.route(pattern.text()),
                    ..endpoint.clone()
                };
                Route {
                    pattern,
                    target: Target::Module(Box::new(target)),
                }
            },
        );
        let subroutes = subroutes.collect();
        let parent = Route {
            pattern: route.clone(),
            target: Target::Module(Box::new(endpoint.clone())),
        };
        let routes = RouteGroup {
            hosts: module.hosts.clone(),
            parent,
            subroutes,
        };
        Some(Group {
            routes,
            route: place.span.clone(),
            source: module.module.span.clone(),
        })
    }

    fn endpoint(
        &self,
        program: &Program,
        entrypoint: &str,
        route: &str,
        limits: Arc<Limits>,
    ) -> Endpoint {
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
            module: module.module.value.name().into(),
            methods: module.methods.clone(),
            argv: module.argv.clone(),
            volumes: module
                .volumes
                .iter()
                .map(|volume| volume.value.clone())
                .collect(),
            environment: environment.into(),
            copies: module.copies.clone(),
            outbound: OutboundClient::new(&module.outbound, &limits),
            gate: ModuleGate::new(&limits, self.sandbox.limits()),
            limits,
            metrics: self.settings.metrics.route(route),
        }
    }

    /// Requirements: entrypoint.routes, entrypoint.routes.malformed, entrypoint.routes.inherit.
    fn declared(&mut self, program: &Program, parent: &RoutePattern) -> Option<Vec<DeclaredRoute>> {
        let span = self.module.module.span.clone();
        let hint = "`_routes` prints one `PATTERN FUNCTION` per line";
        let mut problem = |text: String| {
            self.findings
                .push(Diagnostic::error(text, span.clone()).hint(hint))
        };
        let printed = match ask_for_routes(program, self.sandbox, self.settings, parent) {
            Ok(printed) => printed,
            Err(outcome) => {
                problem(format!("the module's `_routes` failed: {outcome}"));
                return None;
            }
        };
        let routes = match parse_declared_routes(&printed, parent) {
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
                let finding = entrypoint_problem(entrypoint, &error, true, span.clone());
                self.findings.push(finding.label(format!(
                    "it declares the route `{pattern}` for this function"
                )));
            }
        }
        self.findings.extend(hidden(&routes, &span));
        Some(routes)
    }
}

/// Runs `_routes` without any data of a request.
///
/// Requirement: entrypoint.routes.no-request-data.
fn ask_for_routes(
    program: &Program,
    sandbox: &Sandbox,
    settings: &Settings,
    parent: &RoutePattern,
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
        outbound: None,
        volumes: &[],
        limits: sandbox.limits(),
        stdin: Stdin::empty(),
        stdout: writer,
        stderr,
        steps: Steps::default(),
        trace: None,
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
