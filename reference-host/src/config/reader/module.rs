//! A `[[module]]` entry.

use super::{Reader, Value};
use crate::config::module_source::Reference;
use crate::config::schema::MODULE_KEYS;
use crate::config::{ModuleConfig, ModuleSource, Spanned, closest};
use crate::gateway::ArgumentTemplate;
use crate::outbound::{AllowedHost, OutboundPolicy};
use crate::routes::{HostPattern, KNOWN_METHODS, Methods, RoutePattern};
use http::Method;
use toml::de::DeValue;

impl Reader<'_> {
    pub(super) fn module(&mut self, entry: &Value<'_>) -> Option<ModuleConfig> {
        let DeValue::Table(table) = entry.get_ref() else {
            self.wrong_type("module", "a table", entry);
            return None;
        };
        let missing = [
            (
                "route",
                "for example: route = \"/hello\" or route = \"/static/...\"",
            ),
            (
                "module",
                "for example: module = \"hello.wasm\", relative to this file",
            ),
        ];
        self.missing_keys(entry, "a module", &missing);
        let route = table.get("route").and_then(|value| self.route(value));
        let module = table
            .get("module")
            .and_then(|value| self.module_source(value));
        // Without a module the rest of the entry is checked all the same.
        let source = module
            .clone()
            .unwrap_or_else(|| Spanned::without_place(ModuleSource::File("".into())));
        let mut config = ModuleConfig::new(route, source);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "route" | "module" | "http_max_concurrency" | "environment" | "env_file" => {}
                "host" => config.hosts = self.hosts(value),
                "methods" => config.methods = self.methods(value),
                "entrypoint" => config.entrypoint = self.string("entrypoint", value),
                "argv" => {
                    let argv = self.string("argv", value);
                    config.argv = argv.map(|argv| ArgumentTemplate::parse(&argv.value));
                }
                "volumes" => config.volumes = self.volumes(value),
                "limits" => config.limits = self.limits(value),
                "allowed_hosts" => config.outbound.allowed_hosts = self.allowed_hosts(value),
                name @ ("repository" | "bindle_server") => {
                    let hint = "leave it out: it is reserved, or was deprecated, in deislabs/wagi";
                    self.without_effect(name, key.span(), hint);
                }
                name => self.unknown_key(name, key.span(), MODULE_KEYS),
            }
        }
        config.environment = self.variables(table.get("environment"), table.get("env_file"));
        if let Some(value) = table.get("http_max_concurrency") {
            self.max_concurrency(value, &mut config.outbound);
        }
        module.map(|_| config)
    }

    pub(super) fn route(&mut self, value: &Value<'_>) -> Option<Spanned<RoutePattern>> {
        let text = self.string("route", value)?;
        match RoutePattern::parse(&text.value) {
            Ok(pattern) => Some(Spanned::new(pattern, text.span)),
            Err(error) => {
                self.error(error.to_string(), text.span, Some(error.hint()));
                None
            }
        }
    }

    pub(super) fn hosts(&mut self, value: &Value<'_>) -> Vec<HostPattern> {
        let mut hosts = Vec::new();
        for text in self.strings("host", value) {
            match HostPattern::parse(&text.value) {
                Ok(host) => hosts.push(host),
                Err(error) => self.error(error.to_string(), text.span, Some(error.hint())),
            }
        }
        if matches!(value.get_ref(), DeValue::Array(list) if list.is_empty()) {
            let hint = "leave `host` out: the route answers on every host then";
            self.error("`host` lists no host", value.span(), Some(hint));
        }
        hosts
    }

    fn methods(&mut self, value: &Value<'_>) -> Methods {
        let mut methods = Vec::new();
        for text in self.list("methods", value) {
            match text.value.as_str() {
                name @ ("TRACE" | "CONNECT") => {
                    let hint = "modules never see TRACE and CONNECT";
                    self.error(format!("`{name}` cannot be served"), text.span, Some(hint));
                }
                name if KNOWN_METHODS.contains(&name) => {
                    methods.extend(Method::from_bytes(name.as_bytes()));
                }
                name => {
                    let hint = match closest(name, KNOWN_METHODS) {
                        Some(method) => format!("did you mean `{method}`?"),
                        None => "for example: methods = [\"GET\", \"POST\"]".to_string(),
                    };
                    self.error(format!("unknown method `{name}`"), text.span, Some(&hint));
                }
            }
        }
        if matches!(value.get_ref(), DeValue::Array(list) if list.is_empty()) {
            let hint = "leave `methods` out: the route answers all of them then";
            self.error("`methods` lists no method", value.span(), Some(hint));
        }
        Methods::only(methods)
    }

    fn module_source(&mut self, value: &Value<'_>) -> Option<Spanned<ModuleSource>> {
        let text = self.string("module", value)?;
        match Reference::parse(&text.value) {
            Ok(Reference::Path(path)) => {
                let path = self.resolve(&path, &text.span);
                Some(Spanned::new(ModuleSource::File(path), text.span))
            }
            Ok(Reference::Oci(reference)) => {
                Some(Spanned::new(ModuleSource::Oci(reference), text.span))
            }
            Err(wrong) => {
                self.error(wrong.problem, text.span, Some(wrong.hint));
                None
            }
        }
    }

    fn allowed_hosts(&mut self, value: &Value<'_>) -> Vec<AllowedHost> {
        let mut hosts = Vec::new();
        for text in self.list("allowed_hosts", value) {
            match AllowedHost::parse(&text.value) {
                Ok(host) => hosts.push(host),
                Err(error) => {
                    let problem = format!("`{}` allows no host: {error}", text.value);
                    self.error(problem, text.span, Some(error.hint()));
                }
            }
        }
        hosts
    }

    fn max_concurrency(&mut self, value: &Value<'_>, policy: &mut OutboundPolicy) {
        let Some(number) = self.number("http_max_concurrency", value) else {
            return;
        };
        policy.max_concurrency = Some(u32::try_from(number).unwrap_or(u32::MAX));
        if policy.allowed_hosts.is_empty() {
            let hint = "name the hosts that the module may ask with `allowed_hosts`";
            self.without_effect("http_max_concurrency", value.span(), hint);
        }
    }
}
