//! One connection: who it comes from, whether it is encrypted, which protocol it speaks.

use super::activity::UnderWay;
use super::http1_stream::{Http1Stream, ReadTimes};
use super::peers::{PeerPlace, Peers};
use super::proxied::{self, Proxied};
use super::shutdown::Stop;
use super::socket::Socket;
use super::stream::{ClientStream, ConnectionFlags, client_left};
use super::tls::is_http2;
use super::{Peer, ResponseBody, Service};
use crate::observe::{Inside, LimitHit, Metrics};
use crate::sandbox::Limits;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::OwnedSemaphorePermit;
use tokio_rustls::TlsAcceptor;

/// How a client of HTTP/2 begins.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long an HTTP/2 connection that was told to end may take when nothing is under way.
const GOODBYE_TIME: Duration = Duration::from_secs(2);

/// What the connections of a listener have in common.
pub(super) struct Reception {
    pub(super) service: Arc<Service>,
    /// Encryption, if this listener offers it.
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) peers: Arc<Peers>,
}

/// The client closed the connection before its response was ready.
#[derive(Debug)]
struct ClientLeft;

impl fmt::Display for ClientLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client left before its response was ready")
    }
}

impl std::error::Error for ClientLeft {}

/// The place of a connection among all, and among those of its address.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) _connection: OwnedSemaphorePermit,
    pub(super) _peer: Option<PeerPlace>,
    pub(super) _open: Inside,
}

/// A connection that was accepted.
pub(super) struct Accepted {
    pub(super) socket: Socket,
    /// What is given back when the connection ends.
    pub(super) _places: Places,
    /// The other end; none over a Unix socket.
    pub(super) remote: Option<IpAddr>,
}

impl Reception {
    /// Serves a connection until it ends, or until the responses that are on their way when `stop`
    /// changes.
    pub(super) async fn serve(self: Arc<Self>, accepted: Accepted, stop: Stop) {
        let remote = accepted.remote;
        if let Err(error) = self.try_serve(accepted, stop).await {
            tracing::debug!(?remote, %error, "connection ended");
        }
    }

    async fn try_serve(&self, accepted: Accepted, mut stop: Stop) -> io::Result<()> {
        let Accepted {
            socket,
            remote,
            _places,
        } = accepted;
        let limits = self.service.sandbox.limits();
        let socket = Arc::new(socket);
        let flags = Arc::new(ConnectionFlags::default());
        let mut stream = ClientStream::new(Arc::clone(&socket), flags.clone(), limits.send_time);
        let mut peer = Peer {
            address: remote.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            is_proxy: self.service.settings.proxies.trusts(remote),
            server_port: socket.local_port(),
            https: self.tls.is_some(),
            flags: Some(flags),
        };
        if self.service.settings.proxies.speak_proxy_protocol {
            if !peer.is_proxy {
                return Err(io::Error::other(
                    "PROXY is expected, but the peer is not trusted",
                ));
            }
            let header = proxied::header(&mut stream);
            let Proxied { client, port } = self.shake_hands(header).await?;
            if let Some(client) = client {
                peer.address = client;
                // What the client sends is not what the proxy says.
                peer.is_proxy = false;
            }
            peer.server_port = port.or(peer.server_port);
        }
        if let Some(tls) = &self.tls {
            let shaking_hands = tls.accept(stream);
            let stream = self.shake_hands(shaking_hands).await?;
            return match is_http2(&stream) {
                true => Box::pin(self.serve_http2(stream, peer, stop)).await,
                false => self.serve_http1(stream, socket, peer, stop).await,
            };
        }
        let speaks_http2 = tokio::select! {
            verdict = within(limits.idle_time, stream.look_ahead(speaks_http2)) => verdict?,
            () = stop.begun() => return Ok(()),
        };
        match speaks_http2 {
            true => Box::pin(self.serve_http2(stream, peer, stop)).await,
            false => self.serve_http1(stream, socket, peer, stop).await,
        }
    }

    async fn shake_hands<T>(&self, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        let done = within(self.service.sandbox.limits().handshake_time, work).await;
        if done
            .as_ref()
            .is_err_and(|e| e.kind() == io::ErrorKind::TimedOut)
        {
            self.service.settings.metrics.hit(LimitHit::HandshakeTime);
        }
        done
    }

    async fn serve_http1<S>(
        &self,
        stream: S,
        socket: Arc<Socket>,
        peer: Peer,
        mut stop: Stop,
    ) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let limits = self.service.sandbox.limits();
        let times = ReadTimes {
            idle: limits.idle_time,
            header: limits.header_time,
        };
        let answer = hyper::service::service_fn(|request: Request<Incoming>| {
            let (service, socket) = (Arc::clone(&self.service), Arc::clone(&socket));
            let peer = peer.clone();
            async move { answer(&service, &socket, &peer, request).await }
        });
        let connection = http1::Builder::new()
            // The stream below sees to all times.
            .header_read_timeout(None)
            .max_buf_size(limits.header_section.max(8192))
            .max_header_size(limits.header_section)
            .max_headers(limits.header_fields)
            .half_close(true)
            .serve_connection(TokioIo::new(Http1Stream::new(stream, times)), answer);
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.begun() => {
                connection.as_mut().graceful_shutdown();
                connection.as_mut().await
            }
        };
        ended.map_err(io::Error::other)
    }

    async fn serve_http2<S>(&self, stream: S, mut peer: Peer, mut stop: Stop) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let limits = self.service.sandbox.limits();
        let metrics = &self.service.settings.metrics;
        let flags = Arc::new(ConnectionFlags::with_activity());
        peer.flags = None;
        let service = Arc::clone(&self.service);
        let shared = Arc::clone(&flags);
        let answer = hyper::service::service_fn(move |request: Request<Incoming>| {
            let (service, peer) = (Arc::clone(&service), peer.clone());
            let under_way = UnderWay::begin(Arc::clone(&shared));
            async move {
                // The connection is about to be closed: nothing is done for it any more.
                if under_way.is_unwanted() {
                    std::future::pending::<()>().await;
                }
                let response = service.handle(request, &peer, None).await;
                Ok::<_, Infallible>(response.map(|body| body.accompanied(under_way)))
            }
        });
        let connection = http2_settings(limits).serve_connection(TokioIo::new(stream), answer);
        let mut connection = pin!(connection);
        let mut watch = pin!(watch(&flags, limits, metrics));
        let ended = tokio::select! {
            ended = connection.as_mut() => return ended.map_err(io::Error::other),
            error = watch.as_mut() => error,
            () = stop.begun() => Ended::Told,
        };
        if let Ended::Badly(reason) = ended {
            return Err(io::Error::other(reason));
        }
        connection.as_mut().graceful_shutdown();
        loop {
            tokio::select! {
                ended = connection.as_mut() => return ended.map_err(io::Error::other),
                // A client that ignores the farewell is not waited for.
                () = tokio::time::sleep(GOODBYE_TIME) => {
                    let activity = flags.activity.as_ref();
                    if activity.is_none_or(|a| a.is_idle() || a.is_unsent() && a.quiet_for() > limits.send_time) {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// Why a connection is not kept.
enum Ended {
    /// It may end its requests.
    Told,
    /// It is closed at once.
    Badly(&'static str),
}

/// Watches a connection of several requests for as long as it is worth keeping.
async fn watch(flags: &ConnectionFlags, limits: &Limits, metrics: &Metrics) -> Ended {
    let Some(activity) = &flags.activity else {
        return std::future::pending().await;
    };
    // Nothing of this has to be exact.
    let often = Duration::from_secs(1).min(limits.idle_time.min(limits.send_time) / 2);
    loop {
        tokio::time::sleep(often).await;
        let quiet = activity.quiet_for();
        if activity.is_abused() {
            metrics.hit(LimitHit::Resets);
            return Ended::Badly("the client takes back most of its requests");
        } else if activity.is_idle() && quiet >= limits.idle_time {
            return Ended::Told;
        } else if activity.is_unsent() && quiet >= limits.send_time {
            metrics.hit(LimitHit::SendTime);
            return Ended::Badly("the client does not take its responses");
        }
    }
}

fn http2_settings(limits: &Limits) -> http2::Builder<TokioExecutor> {
    let section = u32::try_from(limits.header_section).unwrap_or(u32::MAX);
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(section)
        // Bodies stream: what a module does not read stays with the client.
        .initial_stream_window_size(256 * 1024)
        .initial_connection_window_size(1024 * 1024)
        .max_send_buf_size(64 * 1024)
        .keep_alive_interval(limits.idle_time)
        .keep_alive_timeout(limits.header_time);
    builder
}

fn speaks_http2(first: &[u8]) -> Option<bool> {
    let length = first.len().min(PREFACE.len());
    match first[..length] == PREFACE[..length] {
        false => Some(false),
        true if length == PREFACE.len() => Some(true),
        true => None,
    }
}

async fn within<T>(time: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match tokio::time::timeout(time, work).await {
        Ok(result) => result,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn answer(
    service: &Service,
    socket: &Socket,
    peer: &Peer,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, ClientLeft> {
    tokio::select! {
        biased;
        response = service.handle(request, peer, None) => Ok(response),
        () = client_left(socket) => Err(ClientLeft),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_shows_itself_by_its_first_bytes() {
        assert_eq!(speaks_http2(b""), None);
        assert_eq!(speaks_http2(b"PRI"), None);
        assert_eq!(
            speaks_http2(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0"),
            Some(true)
        );
        for other in ["POST / HTTP/1.1\r\n", "PRI * HTTP/1.1\r\n", "\r\n", "PRO"] {
            assert_eq!(speaks_http2(other.as_bytes()), Some(false), "{other}");
        }
    }
}
