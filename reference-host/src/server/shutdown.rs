//! Stopping.

use std::sync::Arc;
use tokio::sync::watch;

/// How far a server is on its way to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// It serves.
    Serving,
    /// It serves, but says that it will not do so for long: nobody should send it new clients.
    Leaving,
    /// It takes no further connections, and lets requests that are under way end.
    Draining,
}

/// A switch that stops everything that listens to it.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown(Arc<watch::Sender<Phase>>);

impl Shutdown {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Phase::Serving)))
    }

    /// Goes on to a phase; never back.
    pub(crate) fn advance(&self, phase: Phase) {
        self.0.send_if_modified(|current| {
            let advances = phase > *current;
            *current = phase.max(*current);
            advances
        });
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.0.borrow()
    }

    pub(super) fn listen(&self) -> Stop {
        Stop(self.0.subscribe())
    }
}

/// The other end of the switch.
#[derive(Clone, Debug)]
pub(super) struct Stop(watch::Receiver<Phase>);

impl Stop {
    /// Waits until the server drains.
    pub(super) async fn begun(&mut self) {
        // An error means that the switch is gone, which is as good a reason to stop.
        let _ = self.0.wait_for(|phase| *phase == Phase::Draining).await;
    }
}
