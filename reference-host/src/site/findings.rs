//! What is said about modules and routes.

use super::programs::LoadError;
use super::{Group, Target};
use crate::bindle;
use crate::config::{Diagnostic, ModuleConfig, ModuleSource, Spanned, closest, io_text};
use crate::gateway::{META_VARIABLES, RequestPath};
use crate::routes::{DeclaredRoute, Route};
use crate::sandbox::{EntrypointError, ExcessiveLimit, ModuleError, UnknownImport, Volume};
use crate::settings::Settings;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Requirement: volume.missing-directory.
pub(super) fn volume_problem(volume: &Spanned<Volume>) -> Option<Diagnostic> {
    let host = &volume.value.host;
    let problem = match std::fs::metadata(host) {
        Ok(metadata) if metadata.is_dir() => return None,
        Ok(_) => format!("`{}` is not a directory", host.display()),
        Err(error) => format!(
            "cannot use `{}` as a volume: {}",
            host.display(),
            io_text(&error)
        ),
    };
    let hint = "volumes map a guest path to a directory: { \"/guest\" = \"host/directory\" }";
    Some(Diagnostic::error(problem, volume.span.clone()).hint(hint))
}

/// A folder that cannot be served.
pub(super) fn folder_problem(folder: &Spanned<PathBuf>) -> Option<Diagnostic> {
    let path = folder.value.display();
    let problem = match std::fs::read_dir(&folder.value) {
        Ok(_) => return None,
        Err(error) => format!("cannot serve the folder `{path}`: {}", io_text(&error)),
    };
    let hint = match neighbour(&folder.value, |path| path.is_dir()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "the path is relative to the configuration file".to_string(),
    };
    Some(Diagnostic::error(problem, folder.span.clone()).hint(hint))
}

/// A module that cannot begin within its limits.
pub(super) fn excess_problem(module: &ModuleConfig, excess: &str) -> Diagnostic {
    let path = &module.module.value;
    Diagnostic::error(
        format!("`{path}` cannot run: {excess}"),
        module.module.span.clone(),
    )
    .hint("raise its `limits`, or the server's `--max-memory`")
}

pub(super) fn limit_problem(limit: &ExcessiveLimit, span: Range<usize>) -> Diagnostic {
    Diagnostic::error(
        format!("the limit `{}` {}", limit.name, limit.problem),
        span,
    )
}

/// Why a file cannot be used as a module.
pub(super) fn module_problem(module: &ModuleConfig, error: &LoadError) -> Diagnostic {
    let span = module.module.span.clone();
    let path = &module.module.value;
    let error = match error {
        LoadError::Module(error) => error,
        LoadError::Registry(error) => {
            let problem = Diagnostic::error(&error.problem, span);
            return problem.hint(&error.hint);
        }
        LoadError::Parcel(error) => {
            let ModuleSource::Parcel(file) = path else {
                unreachable!("only parcels have errors of parcels");
            };
            return bindle::problem(file, error, span);
        }
    };
    let (text, hint) = match error {
        ModuleError::Unreadable(error) => (
            format!("cannot read the module `{path}`: {}", io_text(error)),
            match module
                .module
                .value
                .path()
                .and_then(|path| neighbour(path, is_module))
            {
                Some(name) => format!("did you mean `{name}`?"),
                None if span.is_empty() => "name a `.wasm` or a `.wat` file".to_string(),
                None if is_left_by_cargo(path) => LEFT_BY_CARGO.to_string(),
                None => "the path is relative to the configuration file".to_string(),
            },
        ),
        ModuleError::Invalid(text) => (
            format!("`{path}` is not a valid module: {text}"),
            "a module is a `.wasm` file, or a `.wat` file with its text form".to_string(),
        ),
        ModuleError::NoCommand(what) => (
            format!("`{path}` is a component, but no command: {what}"),
            "a command exports `wasi:cli/run`: a program compiled for `wasm32-wasip2` does".into(),
        ),
        ModuleError::NoEngine(text) => (
            format!("`{path}` cannot be given a stack of its own: {text}"),
            "lower the number of instances: address space is reserved for each".to_string(),
        ),
        ModuleError::UnknownImports(imports) => {
            let names: Vec<String> = imports.iter().map(ToString::to_string).collect();
            (
                format!(
                    "`{path}` imports what the host does not offer: {}",
                    names.join(", ")
                ),
                imports.first().map_or("", UnknownImport::hint).to_string(),
            )
        }
        ModuleError::Incompatible(text) => (
            format!("`{path}` cannot be linked: {text}"),
            "compile it again with a current toolchain for `wasm32-wasip1` or `wasm32-wasip2`"
                .into(),
        ),
    };
    Diagnostic::error(text, span).hint(hint)
}

/// Requirement: entrypoint.missing.
pub(super) fn entrypoint_problem(
    name: &str,
    error: &EntrypointError,
    is_configured: bool,
    span: Range<usize>,
) -> Diagnostic {
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
    Diagnostic::error(text, span).hint(hint)
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

/// Something beside the missing file or directory that looks like what was meant.
fn neighbour(path: &Path, is_meant: fn(&Path) -> bool) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let names: Vec<String> = paths
        .filter(|path| is_meant(path))
        .filter_map(|path| path.file_name()?.to_str().map(str::to_string))
        .collect();
    closest(name, names.iter().map(String::as_str)).map(str::to_string)
}

/// Whether a module is expected where cargo builds for a target, unless it is told otherwise.
fn is_left_by_cargo(module: &ModuleSource) -> bool {
    let mut parts = module.path().into_iter().flat_map(Path::iter);
    parts.any(|part| part == "target")
        && parts
            .next()
            .is_some_and(|part| part.to_string_lossy().starts_with("wasm32-"))
}

const LEFT_BY_CARGO: &str = "`cargo build` leaves it there with `--target-dir target`, whatever \
    CARGO_TARGET_DIR and `build.target-dir` say; the path is relative to the configuration file";

fn is_module(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "wasm" || ending == "wat")
}

/// Of the routes of one module the last declared wins, also over a more specific one before it.
///
/// Requirement: entrypoint.routes.last-wins.
pub(super) fn hidden(routes: &[DeclaredRoute], span: &Range<usize>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
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
    findings
}

/// Requirement: route.reserved-paths.
pub(super) fn shadowed(groups: &[Group], health_path: &str) -> Option<Diagnostic> {
    let path = RequestPath::parse(health_path).ok()?;
    let is_exact = |route: &Route<Target>| {
        !route.pattern.is_wildcard() && route.pattern.matches(&path).is_some()
    };
    let group = groups.iter().find(|Group { routes, .. }| {
        is_exact(&routes.parent) || routes.subroutes.iter().any(is_exact)
    })?;
    let text =
        format!("`{health_path}` never reaches its module: the server answers health checks there");
    let hint =
        "move the health check with `--health-path PATH`, or switch it off with `--no-health`";
    Some(Diagnostic::warning(text, group.route.clone()).hint(hint))
}

/// A declared route that another module has, too, is decided by the order of the file.
pub(super) fn declared_twice(groups: &[Group]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (index, Group { routes, source, .. }) in groups.iter().enumerate() {
        for subroute in &routes.subroutes {
            let pattern = &subroute.pattern;
            let others = groups
                .iter()
                .enumerate()
                .filter(|(other, group)| *other != index && group.routes.shares_hosts(routes));
            let mut others = others.flat_map(|(_, group)| {
                let Group { routes, .. } = group;
                routes.subroutes.iter().chain([&routes.parent])
            });
            if others.any(|other| other.pattern.is_equivalent(pattern)) {
                let text =
                    format!("the declared route `{pattern}` is also a route of another module");
                let hint = "the module that stands first in the file answers";
                findings.push(Diagnostic::warning(text, source.clone()).hint(hint));
            }
        }
    }
    findings
}

/// Requirement: environment.precedence.
pub(super) fn settings_warnings(settings: &Settings) -> Vec<Diagnostic> {
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
