//! A host: modules that are ready to answer.

use crate::Running;
use crate::config::{Config, Diagnostic, Diagnostics, Origin, Reading};
use crate::running::report_certificates;
use crate::sandbox::{Sandbox, SandboxError};
use crate::server::{self, Admin, Aside, Inspector, Listener, Service, Shutdown, Watch};
use crate::settings::Settings;
use crate::site::{self, Loading, Site};
use arc_swap::ArcSwap;
use std::fmt;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

/// Modules that are compiled, checked, and ready to answer.
pub struct Host {
    pub(crate) service: Arc<Service>,
    warnings: Diagnostics,
    files: Vec<PathBuf>,
    inspector: Option<Listener>,
}

/// Why there is no host.
#[derive(Debug)]
#[non_exhaustive]
pub enum HostError {
    /// The configuration or a module is wrong.
    Configuration(Diagnostics),
    /// The engine cannot be set up on this machine with these limits.
    Engine(SandboxError),
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(problems) => problems.fmt(f),
            Self::Engine(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for HostError {}

impl Host {
    /// Compiles the modules of a configuration, links them, and asks them for their routes.
    pub fn new(config: Config, settings: Settings) -> Result<Self, Diagnostics> {
        match Self::load_from(&Origin::Given(Box::new(config)), settings) {
            Ok(host) => Ok(host),
            Err(HostError::Configuration(problems)) => Err(problems),
            Err(HostError::Engine(error)) => Err(error.into_diagnostics()),
        }
    }

    /// Reads a configuration file and loads it. Unlike [`Config::load`] followed by [`Host::new`]
    /// it finds the problems of the file and those of the modules at once.
    pub fn load(path: impl AsRef<Path>, settings: Settings) -> Result<Self, HostError> {
        Self::load_from(&Origin::File(path.as_ref().to_path_buf()), settings)
    }

    /// Loads a standalone bindle: `id` is `NAME/VERSION`, and `base` the folder that has a folder for
    /// every bindle, named by the SHA-256 of its id.
    pub fn load_bindle(
        base: impl AsRef<Path>,
        id: &str,
        settings: Settings,
    ) -> Result<Self, HostError> {
        let base = base.as_ref().to_path_buf();
        match id.parse() {
            Ok(id) => Self::load_from(&Origin::Bindle { base, id }, settings),
            Err(error) => {
                let problem = Diagnostic::error(format!("`{id}` names no bindle"), 0..0);
                let problem = problem.hint(error.to_string());
                let problems = Diagnostics::new(Arc::default(), vec![problem]);
                Err(HostError::Configuration(problems))
            }
        }
    }

    pub(crate) fn load_from(origin: &Origin, mut settings: Settings) -> Result<Self, HostError> {
        // Hosts may be made from the same settings, but each counts for itself.
        settings.metrics = Arc::default();
        let reading = origin.read().map_err(HostError::Configuration)?;
        let sandbox = Sandbox::new(settings.limits.clone(), settings.sandbox.clone())
            .map_err(HostError::Engine)?;
        let Reading { config, errors } = reading;
        let Loading { site, findings } = site::load(&config, errors, &sandbox, &settings);
        let files = config.watched();
        match site {
            Some(site) => {
                let service = Service {
                    site: ArcSwap::from_pointee(site),
                    sandbox,
                    settings,
                    recorder: OnceLock::new(),
                };
                Ok(Self {
                    service: Arc::new(service),
                    warnings: findings,
                    files,
                    inspector: None,
                })
            }
            None => Err(HostError::Configuration(findings)),
        }
    }

    /// Findings that did not stand in the way, such as a route that the health check shadows.
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    pub(crate) fn site(&self) -> Arc<Site> {
        self.service.site.load_full()
    }

    /// Keeps the most recent requests, once the host serves, and shows them on this listener: a page
    /// for who develops a module. It shows all that clients send, and is for this machine only. A host
    /// that becomes a tower service has none.
    ///
    /// # Errors
    ///
    /// When others could reach the listener: it has to be on a loopback address, or a Unix socket.
    pub fn inspected_on(mut self, listener: Listener) -> io::Result<Self> {
        let address = listener.local_addr();
        if let Some(address) = address.filter(|address| !address.ip().is_loopback()) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "`{address}` can be reached from other machines, and the inspector shows all that clients send"
                ),
            ));
        }
        self.inspector = Some(listener);
        Ok(self)
    }

    /// Serves HTTP on a listener, on threads of its own, and returns at once.
    pub fn serve(self, listener: TcpListener) -> io::Result<Running> {
        self.serve_on(vec![listener.into()])
    }

    /// Serves HTTP on all of these listeners, on threads of its own, and returns at once.
    pub fn serve_on(self, listeners: Vec<Listener>) -> io::Result<Running> {
        self.serve_with_admin(listeners, None)
    }

    /// The same, with a listener for operators: `/metrics`, `/healthz` and `/readyz`.
    pub fn serve_with_admin(
        self,
        listeners: Vec<Listener>,
        admin: Option<Listener>,
    ) -> io::Result<Running> {
        let admin_url = admin.as_ref().map(|listener| listener.url(false));
        let inspector_url = self.inspector.as_ref().map(|listener| listener.url(false));
        let has_certificates = self.service.settings.tls.is_some();
        let urls: Vec<String> = listeners.iter().map(|l| l.url(has_certificates)).collect();
        let address = listeners.iter().find_map(Listener::local_addr);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("wagi")
            // Modules that compute keep every worker busy: sockets are looked at often all the same.
            .event_interval(7)
            .build()?;
        let shutdown = Shutdown::new();
        let metrics = &self.service.settings.metrics;
        let (entrances, aside) = {
            let _entered = runtime.enter();
            let open_admin =
                |listener| Admin::open(listener, Arc::clone(metrics), shutdown.clone());
            let open_inspector = |listener| Inspector::open(listener, &self.service, &urls);
            let aside = Aside {
                admin: admin.map(open_admin).transpose()?,
                inspector: self.inspector.map(open_inspector).transpose()?,
            };
            (server::open(listeners, &self.service)?, aside)
        };
        let certificates = match &self.service.settings.tls {
            Some(tls) => {
                let metrics = Arc::clone(metrics);
                let report = move |result| report_certificates(result, &metrics);
                Some(Watch::start(tls.clone(), report)?)
            }
            None => None,
        };
        let service = Arc::clone(&self.service);
        let serving = server::serve(entrances, aside, service, shutdown.clone());
        let thread = std::thread::Builder::new()
            .name("wagi-serve".into())
            .spawn(move || {
                runtime.block_on(serving);
                runtime.shutdown_background();
            })?;
        Ok(Running {
            address,
            urls,
            admin_url,
            inspector_url,
            _certificates: certificates,
            service: self.service,
            files: Mutex::new(self.files),
            shutdown,
            thread: Mutex::new(Some(thread)),
        })
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("site", &self.site())
            .finish_non_exhaustive()
    }
}
