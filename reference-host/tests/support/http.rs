//! Clients that speak HTTP properly, encrypted or not, version 1.1 or 2.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by tests, each of which uses a part of it"
)]

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// An HTTP/2 connection.
pub type Http2 = http2::SendRequest<Full<Bytes>>;

/// A response that has come to its end.
#[derive(Debug)]
pub struct Whole {
    pub status: StatusCode,
    pub version: Version,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Whole {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a variable in the answer of the module `env`.
    pub fn variable(&self, name: &str) -> Option<String> {
        let text = self.text();
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("{name}=")))?;
        Some(line[name.len() + 1..].to_string())
    }
}

/// Everything in here runs on one thread of its own.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let time = std::time::Duration::from_secs(60);
    runtime.block_on(async { tokio::time::timeout(time, future).await.unwrap() })
}

/// Encrypted, with the certificates of the server as the only ones that are trusted.
pub async fn tls(
    address: SocketAddr,
    name: &str,
    trusted: &[CertificateDer<'static>],
    protocol: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in trusted {
        roots.add(certificate.clone()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name.to_string()).unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

pub async fn http2_over<S>(stream: S) -> Http2
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let handshake = http2::Builder::new(TokioExecutor::new()).handshake(TokioIo::new(stream));
    let (client, connection) = handshake.await.unwrap();
    tokio::spawn(async move {
        // How it ends is told by the requests on it.
        let _ = connection.await;
    });
    client
}

/// HTTP/2 with prior knowledge.
pub async fn http2(address: SocketAddr) -> Http2 {
    http2_over(TcpStream::connect(address).await.unwrap()).await
}

/// One request in HTTP/1.1.
pub async fn http1_once<S>(stream: S, request: Request<Full<Bytes>>) -> Whole
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut client, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(async move {
        let _ = connection.await;
    });
    whole(client.send_request(request).await.unwrap())
        .await
        .unwrap()
}

pub fn get(uri: &str) -> Request<Full<Bytes>> {
    Request::get(uri).body(Full::default()).unwrap()
}

pub fn post(uri: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::post(uri).body(Full::new(body.into())).unwrap()
}

/// Reads the body; an error means that the response was broken off.
pub async fn whole(response: http::Response<Incoming>) -> Result<Whole, hyper::Error> {
    let (parts, body) = response.into_parts();
    Ok(Whole {
        status: parts.status,
        version: parts.version,
        headers: parts.headers,
        body: body.collect().await?.to_bytes(),
    })
}

/// Sends a request and reads the response to its end.
pub async fn ask(client: &mut Http2, request: Request<Full<Bytes>>) -> Whole {
    whole(client.send_request(request).await.unwrap())
        .await
        .unwrap()
}
