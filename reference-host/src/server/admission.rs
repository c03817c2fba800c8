//! How many requests are answered at once, and how many wait.

use crate::observe::{Inside, LimitHit, Metrics};
use crate::sandbox::{Admission, Sandbox};
use crate::site::Endpoint;

/// Leave to run a module, until it is dropped.
#[derive(Debug)]
pub(super) struct Admitted {
    _places: Admission,
    _running: Inside,
}

/// Waits for a place among the running instances. Nobody waits behind a full queue, or longer than
/// `queue_time`.
pub(super) async fn admit(
    sandbox: &Sandbox,
    endpoint: &Endpoint,
    metrics: &Metrics,
) -> Result<Admitted, LimitHit> {
    let (program, gate) = (&endpoint.program, &endpoint.gate);
    let places = match sandbox.try_admit(program, gate) {
        Some(places) => places,
        None => {
            let _waiting = metrics.waiting.enter();
            if metrics.waiting.get() > sandbox.limits().queue as u64 {
                return Err(LimitHit::Queue);
            }
            let places = sandbox.admit(program, gate).await;
            places.ok_or(LimitHit::QueueTime)?
        }
    };
    Ok(Admitted {
        _places: places,
        _running: metrics.running.enter(),
    })
}
