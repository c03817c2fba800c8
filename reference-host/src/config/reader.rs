//! Reads `modules.toml` entry by entry, and goes on after a problem.

use super::schema::MODULE_KEYS;
use super::{Config, Diagnostic, ModuleConfig, Reading, Source, Spanned, closest};
use crate::gateway::{ArgumentTemplate, META_VARIABLES};
use crate::outbound::OutboundPolicy;
use crate::routes::RoutePattern;
use crate::sandbox::{ModuleLimits, Volume};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

type Key<'a> = toml::Spanned<std::borrow::Cow<'a, str>>;
type Value<'a> = toml::Spanned<DeValue<'a>>;

/// Reads a configuration; paths in it are relative to `folder`.
pub(super) fn read(source: Source, folder: &Path) -> Reading {
    let mut reader = Reader {
        folder,
        errors: Vec::new(),
        warnings: Vec::new(),
    };
    let modules = reader.document(&source.text);
    reader.equal_routes(&modules);
    let Reader {
        errors, warnings, ..
    } = reader;
    Reading {
        config: Config {
            source: Arc::new(source),
            modules,
            warnings,
        },
        errors,
    }
}

struct Reader<'a> {
    folder: &'a Path,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn document(&mut self, text: &str) -> Vec<ModuleConfig> {
        let (document, syntax_errors) = DeTable::parse_recoverable(text);
        for error in &syntax_errors {
            let span = error.span().map_or(0..1, |span| visible(text, span));
            self.error(format!("not valid TOML: {}", error.message()), span, None);
        }
        let mut modules = Vec::new();
        for (key, value) in document.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("module", DeValue::Array(entries)) => {
                    modules.extend(entries.iter().filter_map(|entry| self.module(entry)));
                }
                ("module", DeValue::Table(_)) => {
                    let hint = "write `[[module]]` with two brackets for every module";
                    self.error("`module` is a single table", key.span(), Some(hint));
                }
                (name, _) => self.unknown_key(name, key.span(), ["module"]),
            }
        }
        if document.get_ref().is_empty() && syntax_errors.is_empty() {
            let problem = Diagnostic::error("no module is configured", 0..text.len().min(1));
            let hint =
                "add an entry: [[module]] with `route = \"/...\"` and `module = \"FILE.wasm\"`";
            self.errors.push(problem.hint(hint));
        }
        modules.sort_by_key(|module| module.module.span.start);
        modules
    }

    fn module(&mut self, entry: &Value<'_>) -> Option<ModuleConfig> {
        let DeValue::Table(table) = entry.get_ref() else {
            self.wrong_type("module", "a table", entry);
            return None;
        };
        let mut route = None;
        let mut module = None;
        let mut entrypoint = None;
        let mut argv = None;
        let mut volumes = Vec::new();
        let mut environment = Vec::new();
        let mut has_route = false;
        let mut has_module = false;
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "route" => {
                    has_route = true;
                    route = self.route(value);
                }
                "module" => {
                    has_module = true;
                    module = self.module_path(value);
                }
                "entrypoint" => entrypoint = self.string("entrypoint", value),
                "argv" => {
                    argv = self
                        .string("argv", value)
                        .map(|argv| ArgumentTemplate::parse(&argv.value))
                }
                "volumes" => volumes = self.volumes(value),
                "environment" => environment = self.environment(value),
                name @ ("allowed_hosts" | "http_max_concurrency") => {
                    let text = format!("`{name}` is not in effect yet: modules have no network");
                    self.warnings.push(Diagnostic::warning(text, key.span()));
                }
                name => self.unknown_key(name, key.span(), MODULE_KEYS),
            }
        }
        let missing = [("route", has_route), ("module", has_module)];
        for (key, _) in missing.iter().filter(|(_, is_there)| !is_there) {
            let hint = match *key {
                "route" => "for example: route = \"/hello\" or route = \"/static/...\"",
                _ => "for example: module = \"hello.wasm\", relative to this file",
            };
            self.error(
                format!("a module without `{key}`"),
                entry.span(),
                Some(hint),
            );
        }
        Some(ModuleConfig {
            route,
            module: module?,
            entrypoint,
            argv,
            volumes,
            environment,
            limits: Spanned::without_place(ModuleLimits::default()),
            outbound: OutboundPolicy::default(),
        })
    }

    fn route(&mut self, value: &Value<'_>) -> Option<Spanned<RoutePattern>> {
        let text = self.string("route", value)?;
        match RoutePattern::parse(&text.value) {
            Ok(pattern) => Some(Spanned::new(pattern, text.span)),
            Err(error) => {
                self.error(error.to_string(), text.span, Some(error.hint()));
                None
            }
        }
    }

    fn module_path(&mut self, value: &Value<'_>) -> Option<Spanned<PathBuf>> {
        let text = self.string("module", value)?;
        let path = match text.value.split_once("://") {
            Some(("file", path)) => PathBuf::from(path),
            Some((scheme, _)) => {
                self.unsupported_scheme(scheme, text.span);
                return None;
            }
            None if text.value.starts_with("oci:") || text.value.starts_with("bindle:") => {
                self.unsupported_scheme(
                    text.value.split(':').next().unwrap_or_default(),
                    text.span,
                );
                return None;
            }
            None => PathBuf::from(&text.value),
        };
        Some(Spanned::new(self.folder.join(path), text.span))
    }

    fn unsupported_scheme(&mut self, scheme: &str, span: Range<usize>) {
        let hint = "name a file, as a path relative to this file or as `file:///absolute/path`";
        self.error(
            format!("modules from `{scheme}:` are not in this version yet"),
            span,
            Some(hint),
        );
    }

    fn volumes(&mut self, value: &Value<'_>) -> Vec<Spanned<Volume>> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(
                "volumes",
                "a table: { \"/guest/path\" = \"host/directory\" }",
                value,
            );
            return Vec::new();
        };
        let volume = |(guest, host): (&Key<'_>, &Value<'_>)| {
            let host = self.string(guest.get_ref(), host)?;
            let guest = guest.get_ref().to_string();
            Some(Spanned::new(
                Volume {
                    guest,
                    host: self.folder.join(&host.value),
                },
                host.span,
            ))
        };
        table.iter().filter_map(volume).collect()
    }

    fn environment(&mut self, value: &Value<'_>) -> Vec<(String, String)> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type("environment", "a table: { NAME = \"value\" }", value);
            return Vec::new();
        };
        let mut variables: Vec<(String, String)> = Vec::new();
        for (key, value) in table {
            let name = key.get_ref();
            if name.is_empty() || name.contains(['=', '\0']) {
                self.error(
                    "a name of a variable is not empty and has no `=`",
                    key.span(),
                    None,
                );
            } else if let Some(taken) = variables
                .iter()
                .find(|(other, _)| other.eq_ignore_ascii_case(name))
            {
                let text = format!("`{name}` and `{}` differ only by letter case", taken.0);
                self.error(text, key.span(), Some("give each variable one name"));
            } else if let Some(value) = self.string(name, value) {
                self.warn_of_meta_variable(name, key.span());
                if value.value.contains('\0') {
                    self.error("a value of a variable has no NUL", value.span, None);
                } else {
                    variables.push((name.to_string(), value.value));
                }
            }
        }
        variables
    }

    fn warn_of_meta_variable(&mut self, name: &str, span: Range<usize>) {
        if META_VARIABLES
            .iter()
            .any(|meta| meta.eq_ignore_ascii_case(name))
        {
            let text = format!(
                "`{name}` is a meta-variable of the request: what is configured has no effect"
            );
            self.warnings
                .push(Diagnostic::warning(text, span).hint("choose another name"));
        }
    }

    fn string(&mut self, key: &str, value: &Value<'_>) -> Option<Spanned<String>> {
        match value.get_ref() {
            DeValue::String(text) => Some(Spanned::new(text.to_string(), value.span())),
            _ => {
                self.wrong_type(key, "a string", value);
                None
            }
        }
    }

    fn wrong_type(&mut self, key: &str, expected: &str, value: &Value<'_>) {
        let found = value.get_ref().type_str();
        let problem = Diagnostic::error(format!("`{key}` takes {expected}"), value.span());
        self.errors
            .push(problem.label(format!("this is of the type {found}")));
    }

    fn unknown_key<'k>(
        &mut self,
        name: &str,
        span: Range<usize>,
        known: impl IntoIterator<Item = &'k str> + Clone,
    ) {
        let hint = match closest(name, known.clone()) {
            Some(key) => format!("did you mean `{key}`?"),
            None => {
                let keys: Vec<String> = known.into_iter().map(|key| format!("`{key}`")).collect();
                format!("known here: {}", keys.join(", "))
            }
        };
        self.error(format!("unknown key `{name}`"), span, Some(&hint));
    }

    fn equal_routes(&mut self, modules: &[ModuleConfig]) {
        let routes: Vec<_> = modules
            .iter()
            .filter_map(|module| module.route.as_ref())
            .collect();
        for (index, route) in routes.iter().enumerate() {
            let pattern = &route.value;
            let mut before = routes[..index].iter();
            if let Some(first) = before.find(|other| other.value.is_equivalent(pattern)) {
                let problem = Diagnostic::error(
                    format!("the route `{pattern}` is configured twice"),
                    route.span.clone(),
                );
                let problem = problem.label("second").related(first.span.clone(), "first");
                self.errors
                    .push(problem.hint("a request could never reach the second module"));
            }
        }
    }

    fn error(&mut self, message: impl Into<String>, span: Range<usize>, hint: Option<&str>) {
        let mut problem = Diagnostic::error(message, span);
        if let Some(hint) = hint {
            problem = problem.hint(hint);
        }
        self.errors.push(problem);
    }
}

/// A syntax error at the end of the file, or in an empty place, is shown on what stands before it.
fn visible(text: &str, span: Range<usize>) -> Range<usize> {
    if !span.is_empty() && span.end <= text.len() {
        return span;
    }
    let end = span.end.min(text.len());
    let start = text[..end]
        .char_indices()
        .next_back()
        .map_or(0, |(at, _)| at);
    start..end.max(1).min(text.len())
}
