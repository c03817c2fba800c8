//! A host: modules that are ready to answer.

use crate::config::{Config, Diagnostics, Reading};
use crate::sandbox::{Sandbox, SandboxError};
use crate::server::{self, Service, Shutdown};
use crate::settings::Settings;
use crate::site::{self, Loading, Site};
use arc_swap::ArcSwap;
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

/// Modules that are compiled, checked, and ready to answer.
pub struct Host {
    pub(crate) service: Arc<Service>,
    warnings: Diagnostics,
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
        match Self::from_reading(
            Reading {
                config,
                errors: Vec::new(),
            },
            settings,
        ) {
            Ok(host) => Ok(host),
            Err(HostError::Configuration(problems)) => Err(problems),
            Err(HostError::Engine(error)) => Err(error.into_diagnostics()),
        }
    }

    /// Reads a configuration file and loads it. Unlike [`Config::load`] followed by [`Host::new`]
    /// it finds the problems of the file and those of the modules at once.
    pub fn load(path: impl AsRef<Path>, settings: Settings) -> Result<Self, HostError> {
        let reading = Config::read(path.as_ref()).map_err(HostError::Configuration)?;
        Self::from_reading(reading, settings)
    }

    fn from_reading(reading: Reading, settings: Settings) -> Result<Self, HostError> {
        let sandbox = Sandbox::new(settings.limits.clone(), settings.sandbox.clone())
            .map_err(HostError::Engine)?;
        let Reading { config, errors } = reading;
        let Loading { site, findings } = site::load(&config, errors, &sandbox, &settings);
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
        let Reading { config, errors } = Config::read(path.as_ref())?;
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
