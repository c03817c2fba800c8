//! Encryption: certificates from files, exchanged while the server runs.

mod files;
mod resolver;
mod validity;
mod watch;

use arc_swap::ArcSwap;
use files::Identity;
use resolver::Identities;
use rustls::ServerConfig;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
pub(crate) use watch::Watch;

/// A certificate with its chain, and the private key that belongs to it; both in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by those that lead to a root.
    pub certificate: PathBuf,
    /// The private key, not encrypted.
    pub key: PathBuf,
}

/// Certificates that a host serves with. Several are told apart by the name that a client asks for;
/// the first one is for clients whose name none of them has.
#[derive(Clone)]
pub struct Tls {
    files: Arc<[TlsFiles]>,
    identities: Arc<Identities>,
    config: Arc<ServerConfig>,
}

/// What is wrong with the files, all of it; each in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsError(Vec<String>);

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for TlsError {}

impl TlsError {
    /// The problems one by one.
    pub fn problems(&self) -> &[String] {
        &self.0
    }
}

impl Tls {
    /// Reads certificates and keys, and checks that they are of use.
    pub fn load(files: Vec<TlsFiles>) -> Result<Self, TlsError> {
        let identities = Arc::new(Identities(ArcSwap::from_pointee(load_all(&files)?)));
        let wrong = |error: rustls::Error| TlsError(vec![format!("cannot set up TLS: {error}")]);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(wrong)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&identities) as Arc<_>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.ticketer = rustls::crypto::ring::Ticketer::new().map_err(wrong)?;
        Ok(Self {
            files: files.into(),
            identities,
            config: Arc::new(config),
        })
    }

    /// Reads the files again. New connections get the new certificates; with a problem everything
    /// stays as it was.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.identities.0.store(Arc::new(load_all(&self.files)?));
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

fn load_all(files: &[TlsFiles]) -> Result<Vec<Identity>, TlsError> {
    let mut problems = Vec::new();
    let mut identities = Vec::new();
    for files in files {
        match Identity::load(files) {
            Ok(identity) => identities.push(identity),
            Err(problem) => problems.push(problem),
        }
    }
    match problems.is_empty() {
        true => Ok(identities),
        false => Err(TlsError(problems)),
    }
}

/// Whether client and server have agreed on HTTP/2.
pub(super) fn is_http2<S>(stream: &TlsStream<S>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(b"h2")
}
