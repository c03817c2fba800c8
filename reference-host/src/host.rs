//! A host: modules that are ready to answer.

use crate::config::{Config, Diagnostic, Diagnostics, Origin, Reading};
use crate::observe::{Metrics, Reload};
use crate::sandbox::{Sandbox, SandboxError};
use crate::server::{self, Admin, Listener, Phase, Service, Shutdown, TlsError, Watch};
use crate::settings::Settings;
use crate::site::{self, Loading, Site};
use arc_swap::ArcSwap;
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

/// Modules that are compiled, checked, and ready to answer.
pub struct Host {
    pub(crate) service: Arc<Service>,
    warnings: Diagnostics,
    files: Vec<PathBuf>,
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
        let has_certificates = self.service.settings.tls.is_some();
        let urls = listeners.iter().map(|l| l.url(has_certificates)).collect();
        let address = listeners.iter().find_map(Listener::local_addr);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("wagi")
            // Modules that compute keep every worker busy: sockets are looked at often all the same.
            .event_interval(7)
            .build()?;
        let shutdown = Shutdown::new();
        let metrics = &self.service.settings.metrics;
        let (entrances, admin) = {
            let _entered = runtime.enter();
            let open = |admin| Admin::open(admin, Arc::clone(metrics), shutdown.clone());
            (
                server::open(listeners, &self.service)?,
                admin.map(open).transpose()?,
            )
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
        let serving = server::serve(entrances, admin, service, shutdown.clone());
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

fn report_certificates(result: Result<(), TlsError>, metrics: &Metrics) {
    metrics.reloaded(Reload::Certificates, result.is_ok());
    match result {
        Ok(()) => tracing::info!("the new certificates are in effect"),
        Err(error) => {
            tracing::error!(%error, "the old certificates stay in effect: the new ones are wrong");
        }
    }
}

/// A host that serves. It stops when it is dropped.
pub struct Running {
    address: Option<SocketAddr>,
    urls: Vec<String>,
    admin_url: Option<String>,
    _certificates: Option<Watch>,
    service: Arc<Service>,
    /// What the configuration that was read last is made from.
    files: Mutex<Vec<PathBuf>>,
    shutdown: Shutdown,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Running {
    /// Where it listens, over TCP: the first address, if there are several.
    ///
    /// # Panics
    ///
    /// If it listens on Unix sockets only.
    pub fn local_addr(&self) -> SocketAddr {
        match self.address {
            Some(address) => address,
            None => panic!("the host listens on Unix sockets only"),
        }
    }

    /// Where clients find it: `http://…`, `https://…` or `unix:…`, in the order of the listeners.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// Where operators find metrics and health, if there is a listener for them.
    pub fn admin_url(&self) -> Option<&str> {
        self.admin_url.as_deref()
    }

    /// Reads the certificates again, which also happens when their files change. With a problem the
    /// old ones stay.
    pub fn reload_certificates(&self) -> Result<(), TlsError> {
        match &self.service.settings.tls {
            Some(tls) => {
                let result = tls.reload();
                let metrics = &self.service.settings.metrics;
                metrics.reloaded(Reload::Certificates, result.is_ok());
                result
            }
            None => Ok(()),
        }
    }

    /// Loads a configuration and swaps it in as a whole; requests that are being answered go on
    /// with the old one. With a problem the old configuration stays.
    pub fn reload(&self, path: impl AsRef<Path>) -> Result<Diagnostics, Diagnostics> {
        self.load_again(&Origin::File(path.as_ref().to_path_buf()))
    }

    /// The files whose change changes the configuration.
    pub(crate) fn watched(&self) -> Vec<PathBuf> {
        self.files
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn load_again(&self, origin: &Origin) -> Result<Diagnostics, Diagnostics> {
        let result = self.try_load_again(origin);
        let metrics = &self.service.settings.metrics;
        metrics.reloaded(Reload::Configuration, result.is_ok());
        result
    }

    fn try_load_again(&self, origin: &Origin) -> Result<Diagnostics, Diagnostics> {
        let Reading { config, errors } = origin.read()?;
        *self.files.lock().unwrap_or_else(PoisonError::into_inner) = config.watched();
        let Service {
            site,
            sandbox,
            settings,
            ..
        } = &*self.service;
        let loading = site::load(&config, errors, sandbox, settings);
        match loading.site {
            Some(loaded) => {
                site.store(Arc::new(loaded));
                Ok(loading.findings)
            }
            None => Err(loading.findings),
        }
    }

    /// Stops listening, lets requests that are being answered end, and returns when they have, or
    /// when the time for that is over.
    pub fn shutdown(self) {
        self.stop();
    }

    /// The same, for a host that others may still look at. Before it stops listening, it says for
    /// `drain_delay` that it will.
    pub(crate) fn stop(&self) {
        server::notify(&[server::NotifyState::Stopping]);
        self.shutdown.advance(Phase::Leaving);
        std::thread::sleep(self.service.sandbox.limits().drain_delay);
        self.drain();
    }

    fn drain(&self) {
        self.shutdown.advance(Phase::Draining);
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // A panic of the thread was reported when it happened; there is nothing left to stop.
            let _ = thread.join();
        }
    }

    /// Tells systemd that the host serves.
    pub(crate) fn notify_ready(&self) {
        let urls = format!("Serving on {}", self.urls.join(", "));
        server::notify(&[
            server::NotifyState::Ready,
            server::NotifyState::Status(&urls),
        ]);
    }

    /// Tells systemd that the configuration is loaded again.
    pub(crate) fn notify_reloading(&self) {
        if let Ok(now) = server::NotifyState::monotonic_usec_now() {
            server::notify(&[server::NotifyState::Reloading, now]);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.drain();
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}
