//! One connection.

use super::shutdown::Stop;
use super::stream::{ClientStream, ConnectionFlags, client_left};
use super::{Peer, ResponseBody, Service};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;

/// The client closed the connection before its response was ready.
#[derive(Debug)]
struct ClientLeft;

impl fmt::Display for ClientLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client left before its response was ready")
    }
}

impl std::error::Error for ClientLeft {}

/// Serves a connection until it ends, or until the response that is on its way when `stop` changes.
pub(super) async fn serve_connection(
    service: Arc<Service>,
    stream: TcpStream,
    remote: SocketAddr,
    mut stop: Stop,
) {
    let _ = stream.set_nodelay(true);
    let flags = Arc::new(ConnectionFlags::default());
    let local_port = stream.local_addr().map_or(0, |address| address.port());
    let stream = Arc::new(stream);
    let io = TokioIo::new(ClientStream::new(Arc::clone(&stream), Arc::clone(&flags)));
    let peer = Peer {
        address: remote.ip(),
        local_port,
        https: false,
        flags: Some(flags),
    };
    let limits = service.sandbox.limits().clone();

    let answer = hyper::service::service_fn(|request: Request<Incoming>| {
        let (service, stream, peer) = (Arc::clone(&service), Arc::clone(&stream), peer.clone());
        async move { answer(&service, &stream, &peer, request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_buf_size(limits.header_section.max(8192))
        .max_header_size(limits.header_section)
        .max_headers(limits.header_fields)
        .half_close(true)
        .serve_connection(io, answer);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.begun() => {
            connection.as_mut().graceful_shutdown();
            connection.as_mut().await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%remote, %error, "connection ended");
    }
}

async fn answer(
    service: &Service,
    stream: &TcpStream,
    peer: &Peer,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, ClientLeft> {
    tokio::select! {
        biased;
        response = service.handle(request, peer, None) => Ok(response),
        () = client_left(stream) => Err(ClientLeft),
    }
}
