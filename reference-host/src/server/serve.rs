//! All listeners of a host together, from the first connection to the last.

use super::connection::Reception;
use super::listener::{Entrance, Listener};
use super::peers::Peers;
use super::shutdown::Shutdown;
use super::{Admin, Inspector, Service};
use std::io;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Listeners that are not for clients.
pub(crate) struct Aside {
    pub(crate) admin: Option<Admin>,
    pub(crate) inspector: Option<Inspector>,
}

/// Opens the listeners; has to be called within a runtime.
pub(crate) fn open(listeners: Vec<Listener>, service: &Arc<Service>) -> io::Result<Vec<Entrance>> {
    let tls = service.settings.tls.as_ref();
    let peers = Arc::new(Peers::default());
    let reception = |is_encrypted: bool| {
        Arc::new(Reception {
            service: Arc::clone(service),
            tls: tls.filter(|_| is_encrypted).map(|tls| tls.acceptor()),
            peers: Arc::clone(&peers),
        })
    };
    let (plain, encrypted) = (reception(false), reception(true));
    let mut entrances = Vec::new();
    for listener in listeners {
        let reception = match listener.is_encrypted(tls.is_some()) {
            true if tls.is_none() => {
                let problem = format!("`{listener}` needs a certificate and its key");
                return Err(io::Error::other(problem));
            }
            true => &encrypted,
            false => &plain,
        };
        entrances.push(Entrance::open(listener, Arc::clone(reception))?);
    }
    Ok(entrances)
}

/// Accepts connections until the shutdown begins, then waits until they are drained or the time for
/// that is over.
pub(crate) async fn serve(
    entrances: Vec<Entrance>,
    aside: Aside,
    service: Arc<Service>,
    shutdown: Shutdown,
) {
    let limits = service.sandbox.limits();
    // They are there until the end, and go with the runtime.
    if let Some(admin) = aside.admin {
        tokio::spawn(admin.serve());
    }
    if let Some(inspector) = aside.inspector {
        tokio::spawn(inspector.serve());
    }
    let connections = Arc::new(Semaphore::new(limits.connections));
    let mut receiving = JoinSet::new();
    for entrance in entrances {
        receiving.spawn(entrance.receive(Arc::clone(&connections), shutdown.listen()));
    }
    // Every entrance stays open until the shutdown begins.
    receiving.join_all().await;
    // Every connection holds a permit until it ends.
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    let drained = connections.acquire_many(all);
    if tokio::time::timeout(limits.drain_time, drained)
        .await
        .is_err()
    {
        tracing::warn!("requests that still run are stopped: the time for draining is over");
    }
}
