//! How a host behaves, apart from its routes.

use crate::gateway::{InvalidHost, RequestHost};
use crate::observe::ModuleLog;
use crate::sandbox::{EngineKind, Limits, SandboxOptions};
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

    /// A variable for every module; one of the same name in `modules.toml` wins.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }
}
