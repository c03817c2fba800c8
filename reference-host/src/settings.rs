//! How a host behaves, apart from its routes.

use crate::gateway::{ForwardedFields, InvalidHost, Network, RequestHost};
use crate::observe::{LogFormat, Metrics, ModuleLog, Spans};
use crate::registry::RegistryOptions;
use crate::sandbox::{EngineKind, Limits, ModuleCache, SandboxOptions};
use crate::server::{Proxies, Tls};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Settings of a host. The defaults suit a server on one machine.
///
/// ```
/// use std::time::Duration;
/// let settings = wagi_host::Settings::default()
///     .wall_time(Duration::from_secs(5))
///     .max_body(1024 * 1024)
///     .variable("GREETING", "hello");
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) limits: Limits,
    pub(crate) sandbox: SandboxOptions,
    pub(crate) default_host: RequestHost,
    pub(crate) health_path: Option<String>,
    pub(crate) module_log: ModuleLog,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) tls: Option<Tls>,
    pub(crate) proxies: Proxies,
    pub(crate) log_format: LogFormat,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) spans: Spans,
    pub(crate) registries: RegistryOptions,
}

impl Default for Settings {
    fn default() -> Self {
        let Ok(default_host) = RequestHost::parse("localhost") else {
            unreachable!("`localhost` is a valid host");
        };
        Self {
            limits: Limits::default(),
            sandbox: SandboxOptions::default(),
            default_host,
            health_path: Some("/healthz".to_string()),
            module_log: ModuleLog::default(),
            variables: Vec::new(),
            tls: None,
            proxies: Proxies::default(),
            log_format: LogFormat::default(),
            metrics: Arc::default(),
            spans: Spans::default(),
            registries: RegistryOptions::default(),
        }
    }
}

impl Settings {
    /// All limits at once.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long a module may take for one request.
    pub fn wall_time(mut self, time: Duration) -> Self {
        self.limits.wall_time = time;
        self
    }

    /// The largest request body.
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.limits.body = bytes;
        self
    }

    /// How many instances may run at the same time. Address space is reserved for each of them.
    pub fn instances(mut self, instances: usize) -> Self {
        self.limits.instances = instances;
        self
    }

    /// What executes modules: a compiler or an interpreter.
    pub fn engine(mut self, engine: EngineKind) -> Self {
        self.sandbox.engine = engine;
        self
    }

    /// Where compiled modules are kept from one start to the next, in a folder that only this user
    /// can open. Without it, or when it cannot be used, they are compiled at every start.
    pub fn module_cache(mut self, folder: impl AsRef<Path>) -> Self {
        let folder = folder.as_ref();
        match ModuleCache::open(folder) {
            Ok(cache) => self.sandbox.cache = Some(cache),
            Err(error) => {
                tracing::warn!(folder = %folder.display(), %error, "there is no cache of modules");
            }
        }
        self
    }

    /// The steps in which clocks advance for modules; without this they are as fine as the host's.
    pub fn clock_resolution(mut self, step: Duration) -> Self {
        self.sandbox.clock_resolution = Some(step);
        self
    }

    /// The host of requests that name none (HTTP/1.0), with or without a port.
    ///
    /// Requirement: env.server-name.default.
    pub fn default_host(mut self, host: &str) -> Result<Self, InvalidHost> {
        self.default_host = RequestHost::parse(host)?;
        Ok(self)
    }

    /// The path that is answered with `OK` ahead of all routes, or none.
    ///
    /// Requirement: route.reserved-paths.
    pub fn health_path(mut self, path: Option<&str>) -> Self {
        self.health_path = path.map(str::to_string);
        self
    }

    /// Where the standard error of modules goes.
    pub fn module_log(mut self, log: ModuleLog) -> Self {
        self.module_log = log;
        self
    }

    /// Where modules from registries are kept, so that the next start works without the registry.
    pub fn registry_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.registries.folder = Some(folder.into());
        self
    }

    /// A registry, as `host` or `host:port`, that is asked over plain HTTP. Those on the loopback
    /// interface are without being named.
    pub fn plain_http_registry(mut self, registry: impl Into<String>) -> Self {
        self.registries.plain_http.push(registry.into());
        self
    }

    /// How the access log is written.
    pub fn log_format(mut self, format: LogFormat) -> Self {
        self.log_format = format;
        self
    }

    /// Sends traces to the collector that the environment names (`OTEL_EXPORTER_OTLP_ENDPOINT`), if it
    /// names one; further variables of OpenTelemetry count as well.
    #[cfg(feature = "otlp")]
    pub fn traces_from_environment(mut self) -> Result<Self, String> {
        self.spans = Spans::from_environment()?;
        Ok(self)
    }

    /// A variable for every module; one of the same name in `modules.toml` wins.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Certificates. TCP listeners are encrypted then, unless their address says otherwise.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// A proxy, or a network of them, that is believed what it says about its clients: in the fields
    /// of [`Settings::proxy_fields`], or in front of the connection.
    ///
    /// Requirement: env.remote-addr.
    pub fn trusted_proxy(mut self, network: Network) -> Self {
        self.proxies.networks.push(network);
        self
    }

    /// Believes whoever connects to a Unix socket as a trusted proxy.
    pub fn trusted_unix_sockets(mut self) -> Self {
        self.proxies.over_unix_sockets = true;
        self
    }

    /// The fields in which trusted proxies name their clients.
    pub fn proxy_fields(mut self, fields: ForwardedFields) -> Self {
        self.proxies.fields = fields;
        self
    }

    /// Every connection begins with a PROXY header, version 1 or 2; only trusted proxies may
    /// connect.
    pub fn proxy_protocol(mut self) -> Self {
        self.proxies.speak_proxy_protocol = true;
        self
    }
}
