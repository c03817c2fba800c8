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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::AllowedHost;
    use bytes::Bytes;
    use http_body_util::BodyExt;
    use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::TlsAcceptor;

    fn certificate() -> (CertificateDer<'static>, PrivatePkcs8KeyDer<'static>) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
        (
            made.cert.der().clone(),
            made.signing_key.serialize_der().into(),
        )
    }

    /// A server that answers every request over TLS.
    async fn serve(certificate: CertificateDer<'static>, key: PrivatePkcs8KeyDer<'static>) -> u16 {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key.into())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let _ = stream.read(&mut [0; 4096]).await;
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
                    stream.write_all(answer).await.unwrap();
                    let _ = stream.read(&mut [0; 1]).await;
                });
            }
        });
        port
    }

    async fn get(client: &OutboundClient, url: String) -> Result<Bytes, OutboundError> {
        let body = http_body_util::Empty::new()
            .map_err(|never| match never {})
            .boxed_unsync();
        let request = Request::get(url).body(body).unwrap();
        let response = client.send(request, &Arc::new(Semaphore::new(1))).await?;
        Ok(response.into_body().collect().await?.to_bytes())
    }

    #[tokio::test]
    async fn certificates_are_checked() {
        let (certificate, key) = certificate();
        let port = serve(certificate.clone(), key).await;
        let policy = OutboundPolicy {
            allowed_hosts: ["localhost", "127.0.0.1"]
                .map(|host| AllowedHost::parse(host).unwrap())
                .into(),
            max_concurrency: None,
        };
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let trusting = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let limits = Limits::default();
        let client = OutboundClient::with_tls(&policy, &limits, trusting);
        let url = format!("https://localhost:{port}/");
        assert_eq!(get(&client, url.clone()).await.unwrap(), "hi");
        // Another name than the one in the certificate.
        let wrong = get(&client, format!("https://127.0.0.1:{port}/")).await;
        assert!(matches!(wrong, Err(OutboundError::Tls(_))), "{wrong:?}");
        // Nobody vouches for it.
        let client = OutboundClient::with_tls(&policy, &limits, public_roots());
        let unknown = get(&client, url).await;
        assert!(matches!(unknown, Err(OutboundError::Tls(_))), "{unknown:?}");
    }
}
