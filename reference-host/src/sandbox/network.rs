//! The network as an instance sees it: requests to allowed hosts, and nothing else.

use super::experimental_http::OpenResponses;
use crate::outbound::{BoxError, InboundBody, OutboundBody, OutboundClient, OutboundError};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use std::sync::Arc;
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpHooks};

/// What an instance has that imports HTTP.
#[derive(Default)]
pub(super) struct HttpState {
    pub(super) context: WasiHttpCtx,
    pub(super) network: Network,
    pub(super) responses: OpenResponses,
}

/// Sends requests for an instance, or refuses all of them.
#[derive(Clone, Default)]
pub(super) struct Network(Option<Open>);

#[derive(Clone)]
struct Open {
    client: Arc<OutboundClient>,
    /// How many responses may be open.
    places: Arc<Semaphore>,
}

impl HttpState {
    pub(super) fn new(client: Option<&Arc<OutboundClient>>) -> Self {
        let open = |client: &Arc<OutboundClient>| Open {
            places: Arc::new(Semaphore::new(client.max_open())),
            client: Arc::clone(client),
        };
        Self {
            network: Network(client.map(open)),
            ..Self::default()
        }
    }
}

impl Network {
    pub(super) fn check(&self, uri: &http::Uri) -> Result<(), OutboundError> {
        match &self.0 {
            Some(open) => open.client.check(uri),
            None => Err(OutboundError::NotAllowed),
        }
    }

    pub(super) async fn send(
        &self,
        request: Request<OutboundBody>,
    ) -> Result<Response<InboundBody>, OutboundError> {
        let Some(Open { client, places }) = &self.0 else {
            return Err(OutboundError::NotAllowed);
        };
        let host = request.uri().authority().map(ToString::to_string);
        let result = client.send(request, places).await;
        if let Err(error) = &result {
            tracing::info!(target: "wagi_host::outbound", host, %error, "a module's request failed");
        }
        result
    }
}

type Sent = (
    Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
);

impl WasiHttpHooks for Network {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        let network = self.clone();
        let patience = options.and_then(|options| {
            let times = [options.connect_timeout, options.first_byte_timeout];
            times.into_iter().flatten().max()
        });
        Box::new(async move {
            let request = request.map(|body| body.map_err(BoxError::from).boxed_unsync());
            let sending = network.send(request);
            let response = match patience {
                Some(time) => tokio::time::timeout(time, sending)
                    .await
                    .unwrap_or(Err(OutboundError::Timeout)),
                None => sending.await,
            };
            let response = response.map_err(guest_error)?;
            let response = response.map(|body| body.map_err(guest_error).boxed_unsync());
            let done: Box<dyn Future<Output = Result<(), Error>> + Send> =
                Box::new(async { Ok(()) });
            Ok((response, done))
        })
    }
}

/// What a component is told.
fn guest_error(error: OutboundError) -> Error {
    match error {
        OutboundError::NotAllowed => Error::HttpRequestDenied,
        OutboundError::AddressNotAllowed => Error::DestinationIpProhibited,
        OutboundError::InvalidUrl => Error::HttpRequestUriInvalid,
        OutboundError::TooMany => Error::ConnectionLimitReached,
        OutboundError::NotFound => Error::DestinationNotFound,
        OutboundError::Connect(_) => Error::ConnectionRefused,
        OutboundError::Tls(_) => Error::TlsCertificateError,
        OutboundError::Timeout => Error::ConnectionTimeout,
        OutboundError::TooLarge => Error::HttpResponseBodySize(None),
        OutboundError::Protocol(_) => Error::HttpProtocolError,
    }
}

/// A body that is there as a whole.
pub(super) fn whole(bytes: Bytes) -> OutboundBody {
    http_body_util::Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}
