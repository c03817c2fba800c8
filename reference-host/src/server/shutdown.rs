//! Stopping.

use std::sync::Arc;
use tokio::sync::watch;

/// A switch that stops everything that listens to it.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown(Arc<watch::Sender<bool>>);

impl Shutdown {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Begins the shutdown.
    pub(crate) fn begin(&self) {
        self.0.send_replace(true);
    }

    pub(super) fn listen(&self) -> Stop {
        Stop(self.0.subscribe())
    }
}

/// The other end of the switch.
#[derive(Clone, Debug)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Waits until the shutdown begins.
    pub(super) async fn begun(&mut self) {
        // An error means that the switch is gone, which is as good a reason to stop.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}
