//! A host as a tower service, for programs that have a server already.

use crate::Host;
use crate::server::{BoxError, Peer, ResponseBody, Service};
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A tower service that answers requests with the modules of a host. Clones are cheap and share it.
///
/// It has to be called inside of a tokio runtime with time. Who calls it frames and sends the
/// response, and sees to it that a body which ends with an error is visibly broken off, as hyper does.
/// The path of the request is compared with the routes as it is: mount the service where nothing is
/// taken off the path.
#[derive(Clone)]
pub struct HttpService {
    service: Arc<Service>,
}

/// Where a request came from. Put it into the extensions of a request; without it the request is
/// taken to have come over HTTP, to port 80, from this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientConnection {
    /// `REMOTE_ADDR`.
    pub remote: IpAddr,
    /// `SERVER_PORT`.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub https: bool,
}

impl Default for ClientConnection {
    fn default() -> Self {
        Self {
            remote: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 80,
            https: false,
        }
    }
}

impl Host {
    /// Makes a tower service of the host, in place of serving by itself.
    pub fn into_service(self) -> HttpService {
        HttpService {
            service: self.service,
        }
    }
}

impl<B> tower_service::Service<Request<B>> for HttpService
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<HttpBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<HttpBody>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let service = Arc::clone(&self.service);
        let connection = request.extensions().get::<ClientConnection>().copied();
        let ClientConnection {
            remote,
            port,
            https,
        } = connection.unwrap_or_default();
        Box::pin(async move {
            let peer = Peer {
                address: remote,
                is_proxy: false,
                server_port: Some(port),
                https,
                flags: None,
            };
            let response = service.handle(request, &peer, None).await;
            Ok(response.map(HttpBody))
        })
    }
}

impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpService").finish_non_exhaustive()
    }
}

/// The body of a response. An error means that the module failed after its response had begun.
#[derive(Debug)]
pub struct HttpBody(ResponseBody);

impl Body for HttpBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = Pin::new(&mut self.0).poll_frame(cx);
        frame.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
