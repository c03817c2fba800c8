//! A host: modules that are ready to answer.

use crate::config::{Config, Diagnostic, Diagnostics, Origin, Reading};
use crate::sandbox::{Sandbox, SandboxError};
use crate::server::{self, Service, Shutdown};
use crate::settings::Settings;
use crate::site::{self, Loading, Site};
use arc_swap::ArcSwap;
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
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

    pub(crate) fn load_from(origin: &Origin, settings: Settings) -> Result<Self, HostError> {
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
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("wagi")
            // Modules that compute keep every worker busy: sockets are looked at often all the same.
            .event_interval(7)
            .build()?;
        let listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let shutdown = Shutdown::new();
        let serving = server::serve(listener, Arc::clone(&self.service), shutdown.clone());
        let thread = std::thread::Builder::new()
            .name("wagi-serve".into())
            .spawn(move || {
                runtime.block_on(serving);
                runtime.shutdown_background();
            })?;
        Ok(Running {
            address,
            service: self.service,
            files: Mutex::new(self.files),
            shutdown,
            thread: Some(thread),
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

/// A host that serves. It stops when it is dropped.
pub struct Running {
    address: SocketAddr,
    service: Arc<Service>,
    /// What the configuration that was read last is made from.
    files: Mutex<Vec<PathBuf>>,
    shutdown: Shutdown,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
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
        let Reading { config, errors } = origin.read()?;
        *self.files.lock().unwrap_or_else(PoisonError::into_inner) = config.watched();
        let Service {
            site,
            sandbox,
            settings,
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
    pub fn shutdown(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        self.shutdown.begin();
        self.join();
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened; there is nothing left to stop.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
