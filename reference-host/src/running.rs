//! A host that serves.

use crate::config::{Diagnostics, Origin, Reading};
use crate::observe::{Metrics, Reload};
use crate::server::{self, Phase, Service, Shutdown, TlsError, Watch};
use crate::site;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// A host that serves. It stops when it is dropped.
pub struct Running {
    pub(crate) address: Option<SocketAddr>,
    pub(crate) urls: Vec<String>,
    pub(crate) admin_url: Option<String>,
    pub(crate) inspector_url: Option<String>,
    pub(crate) _certificates: Option<Watch>,
    pub(crate) service: Arc<Service>,
    /// What the configuration that was read last is made from.
    pub(crate) files: Mutex<Vec<PathBuf>>,
    pub(crate) shutdown: Shutdown,
    pub(crate) thread: Mutex<Option<JoinHandle<()>>>,
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

    /// Where the inspector is found, if there is one.
    pub fn inspector_url(&self) -> Option<&str> {
        self.inspector_url.as_deref()
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
        if let Some(recorder) = self.service.recorder.get() {
            let problems = result.as_ref().err();
            recorder.reloaded(problems.map(|problems| problems.render(false)));
        }
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
            self.service.settings.spans.flush();
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

pub(crate) fn report_certificates(result: Result<(), TlsError>, metrics: &Metrics) {
    metrics.reloaded(Reload::Certificates, result.is_ok());
    match result {
        Ok(()) => tracing::info!("the new certificates are in effect"),
        Err(error) => {
            tracing::error!(%error, "the old certificates stay in effect: the new ones are wrong");
        }
    }
}
