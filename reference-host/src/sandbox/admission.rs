//! Who may run now, and who waits.

use super::{Limits, Program, Sandbox};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many instances of one module may run at the same time.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModuleGate(Option<Arc<Semaphore>>);

/// Places for one instance; they are free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Admission {
    _module: Option<OwnedSemaphorePermit>,
    _server: OwnedSemaphorePermit,
}

impl ModuleGate {
    /// A gate for a module with these limits on a host with others.
    pub(crate) fn new(module: &Limits, host: &Limits) -> Self {
        Self(
            (module.instances < host.instances).then(|| Arc::new(Semaphore::new(module.instances))),
        )
    }
}

impl Sandbox {
    /// Waits for a place among the running instances; `None` when none became free in time. Who
    /// waits for other instances of the same module takes no place from other modules.
    pub(crate) async fn admit(&self, program: &Program, gate: &ModuleGate) -> Option<Admission> {
        let most = u32::try_from(self.limits.instances).unwrap_or(u32::MAX);
        let places = program.places().min(most);
        if gate.0.is_none()
            && let Ok(permit) = Arc::clone(&self.permits).try_acquire_many_owned(places)
        {
            return Some(Admission {
                _module: None,
                _server: permit,
            });
        }
        let waiting = async {
            let module = match &gate.0 {
                Some(gate) => Some(Arc::clone(gate).acquire_owned().await.ok()?),
                None => None,
            };
            let server = Arc::clone(&self.permits).acquire_many_owned(places);
            Some(Admission {
                _module: module,
                _server: server.await.ok()?,
            })
        };
        // The semaphores are never closed.
        tokio::time::timeout(self.limits.queue_time, waiting)
            .await
            .ok()?
    }
}
