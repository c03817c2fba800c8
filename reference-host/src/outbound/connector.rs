//! Connections to hosts that a module may reach.

use super::{OutboundError, OutboundPolicy, address};
use http::Uri;
use http::uri::Scheme;
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

/// Opens connections. Addresses are checked after the name was resolved and before anything is
/// sent, and the connection goes to the address that was checked: a name that changes its address
/// gains nothing.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    pub(super) policy: Arc<OutboundPolicy>,
    pub(super) timeout: Duration,
}

/// Host and port of a URL.
pub(super) fn place(uri: &Uri) -> Result<(&str, u16), OutboundError> {
    let default = match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTP => 80,
        Some(scheme) if *scheme == Scheme::HTTPS => 443,
        _ => return Err(OutboundError::InvalidUrl),
    };
    let authority = uri.authority().ok_or(OutboundError::InvalidUrl)?;
    if authority.host().is_empty() || authority.as_str().contains('@') {
        return Err(OutboundError::InvalidUrl);
    }
    Ok((authority.host(), authority.port_u16().unwrap_or(default)))
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = OutboundError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, OutboundError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OutboundError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Self { policy, timeout } = self.clone();
        Box::pin(async move {
            let connected = tokio::time::timeout(timeout, connect(&policy, &uri)).await;
            connected
                .unwrap_or(Err(OutboundError::Timeout))
                .map(TokioIo::new)
        })
    }
}

async fn connect(policy: &OutboundPolicy, uri: &Uri) -> Result<TcpStream, OutboundError> {
    let (host, port) = place(uri)?;
    let permission = policy
        .permission(host, port)
        .ok_or(OutboundError::NotAllowed)?;
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let literal: Option<IpAddr> = name.parse().ok();
    let found: Vec<SocketAddr> = match literal {
        Some(address) => vec![(address, port).into()],
        None => {
            let found = tokio::net::lookup_host((name, port)).await;
            found.map_err(|_| OutboundError::NotFound)?.collect()
        }
    };
    if found.is_empty() {
        return Err(OutboundError::NotFound);
    }
    let is_allowed =
        |address: &SocketAddr| address::is_allowed(permission, literal.is_some(), address.ip());
    let mut failure = OutboundError::AddressNotAllowed;
    for address in found.into_iter().filter(is_allowed) {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // A delay of small packets is all that could go wrong.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => failure = OutboundError::Connect(error.to_string()),
        }
    }
    Err(failure)
}
