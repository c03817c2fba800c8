//! How many requests are answered at once, and how many wait.

use crate::observe::{Inside, LimitHit, Metrics};
use crate::sandbox::Sandbox;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Leave to run a module, until it is dropped.
#[derive(Debug)]
pub(super) struct Admitted {
    _instance: OwnedSemaphorePermit,
    _module: Option<OwnedSemaphorePermit>,
    _running: Inside,
}

/// Waits for a place among the running instances, and among those of the module if it has a limit
/// of its own (`gate`). Nobody waits behind a full queue, or longer than `queue_time`.
pub(super) async fn admit(
    sandbox: &Sandbox,
    gate: Option<&Arc<Semaphore>>,
    metrics: &Metrics,
) -> Result<Admitted, LimitHit> {
    let admitted = |instance, module| Admitted {
        _instance: instance,
        _module: module,
        _running: metrics.running.enter(),
    };
    // A place that is free is taken without further ado.
    let module = match gate {
        Some(gate) => Arc::clone(gate).try_acquire_owned().map(Some),
        None => Ok(None),
    };
    let instances = sandbox.instances();
    let waits_for_module = match module {
        Ok(module) => match Arc::clone(instances).try_acquire_owned() {
            Ok(instance) => return Ok(admitted(instance, module)),
            // The place among those of the module is kept while waiting for the other.
            Err(_) => Ok(module),
        },
        Err(_) => Err(()),
    };
    let limits = sandbox.limits();
    let _waiting = metrics.waiting.enter();
    if metrics.waiting.get() > limits.queue as u64 {
        return Err(LimitHit::Queue);
    }
    let waiting = async {
        let module = match (waits_for_module, gate) {
            (Ok(module), _) => module,
            // Semaphores are never closed.
            (Err(()), Some(gate)) => Some(Arc::clone(gate).acquire_owned().await.ok()?),
            (Err(()), None) => None,
        };
        let instance = Arc::clone(instances).acquire_owned().await.ok()?;
        Some(admitted(instance, module))
    };
    match tokio::time::timeout(limits.queue_time, waiting).await {
        Ok(Some(admitted)) => Ok(admitted),
        _ => Err(LimitHit::QueueTime),
    }
}
