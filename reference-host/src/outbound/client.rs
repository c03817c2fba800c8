//! Sends the requests of one module.

use super::connector::{Connector, place};
use super::{InboundBody, OutboundBody, OutboundError, OutboundPolicy};
use crate::sandbox::Limits;
use http::{Request, Response, Uri};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Connections that are kept open for further requests, and for how long.
const IDLE_CONNECTIONS: usize = 8;
const IDLE_TIME: Duration = Duration::from_secs(30);

/// What sends the requests of one module. Its connections are used for this module only.
pub(crate) struct OutboundClient {
    policy: Arc<OutboundPolicy>,
    client: Client<HttpsConnector<Connector>, OutboundBody>,
    timeout: Duration,
    max_body: u64,
    max_open: usize,
}

impl OutboundClient {
    /// A client for a module, or none when it has no network.
    pub(crate) fn new(policy: &OutboundPolicy, limits: &Limits) -> Option<Arc<Self>> {
        (!policy.allowed_hosts.is_empty())
            .then(|| Arc::new(Self::with_tls(policy, limits, public_roots())))
    }

    fn with_tls(policy: &OutboundPolicy, limits: &Limits, tls: ClientConfig) -> Self {
        let policy = Arc::new(policy.clone());
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(Connector {
                policy: Arc::clone(&policy),
                timeout: limits.outbound_time,
            });
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIME)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .build(connector);
        let max_open = policy.max_concurrency.map(|most| most as usize);
        Self {
            policy,
            client,
            timeout: limits.outbound_time,
            max_body: limits.outbound_body,
            max_open: max_open.unwrap_or(limits.outbound_responses),
        }
    }

    /// How many responses an instance may have open at the same time.
    pub(crate) fn max_open(&self) -> usize {
        self.max_open
    }

    /// Whether a request to this URL may be sent.
    pub(crate) fn check(&self, uri: &Uri) -> Result<(), OutboundError> {
        let (host, port) = place(uri)?;
        let permission = self.policy.permission(host, port);
        permission.map(|_| ()).ok_or(OutboundError::NotAllowed)
    }

    /// Sends a request and waits for the head of the response. Redirects are not followed.
    pub(crate) async fn send(
        &self,
        request: Request<OutboundBody>,
        open: &Arc<Semaphore>,
    ) -> Result<Response<InboundBody>, OutboundError> {
        self.check(request.uri())?;
        let place = Arc::clone(open).try_acquire_owned();
        let place = place.map_err(|_| OutboundError::TooMany)?;
        let response = tokio::time::timeout(self.timeout, self.client.request(request));
        let response = response.await.map_err(|_| OutboundError::Timeout)??;
        Ok(response.map(|body| InboundBody::new(body, self.max_body, place)))
    }
}

impl fmt::Debug for OutboundClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboundClient")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// The authorities that browsers trust.
fn public_roots() -> ClientConfig {
    static ROOTS: OnceLock<ClientConfig> = OnceLock::new();
    let config = ROOTS.get_or_init(|| {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let Ok(builder) = builder else {
            unreachable!("the provider has the ciphers of the default versions");
        };
        builder.with_webpki_roots().with_no_client_auth()
    });
    config.clone()
}
