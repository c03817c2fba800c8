//! Which certificate a client gets.

use super::files::Identity;
use arc_swap::ArcSwap;
use rustls::client::verify_server_name;
use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::sync::Arc;

/// The certificates in effect.
#[derive(Debug)]
pub(super) struct Identities(pub(super) ArcSwap<Vec<Identity>>);

impl ResolvesServerCert for Identities {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let identities = self.0.load();
        let named = match (&identities[..], hello.server_name()) {
            ([_], _) | (_, None) => None,
            (several, Some(name)) => {
                let name = ServerName::try_from(name).ok()?;
                several.iter().find(|identity| has_name(identity, &name))
            }
        };
        let identity = named.or(identities.first())?;
        Some(Arc::clone(&identity.key))
    }
}

fn has_name(identity: &Identity, name: &ServerName<'_>) -> bool {
    let certificate = identity
        .key
        .end_entity_cert()
        .and_then(ParsedCertificate::try_from);
    certificate.is_ok_and(|certificate| verify_server_name(&certificate, name).is_ok())
}
