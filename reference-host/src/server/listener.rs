//! Listening.

use super::connection::serve_connection;
use super::{Service, Shutdown};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Accepts connections until the shutdown begins, then waits until they are drained or the time for
/// that is over.
pub(crate) async fn serve(listener: TcpListener, service: Arc<Service>, shutdown: Shutdown) {
    let limits = service.sandbox.limits().clone();
    let connections = Arc::new(Semaphore::new(limits.connections));
    let mut stop = shutdown.listen();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = stop.begun() => break,
        };
        match accepted {
            Ok((stream, remote, permit)) => {
                let serving =
                    serve_connection(Arc::clone(&service), stream, remote, shutdown.listen());
                tokio::spawn(async move {
                    serving.await;
                    drop(permit);
                });
            }
            // Out of descriptors, or a connection that ended before it was accepted.
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
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

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, remote) = listener.accept().await?;
    Ok((stream, remote, permit))
}
