//! Reading certificates and keys, and saying what is wrong with them.

use super::{TlsFiles, validity};
use rustls::Error as RustlsError;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// A certificate chain with its key.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) key: Arc<CertifiedKey>,
}

impl Identity {
    /// Reads both files. The error is a line for the operator: what, where, and what to do.
    pub(super) fn load(files: &TlsFiles) -> Result<Self, String> {
        let (certificate, key) = (files.certificate.display(), files.key.display());
        let chain = chain(&files.certificate)?;
        let private_key = private_key(&files.key)?;
        if let Some(end) = chain.first().and_then(|first| validity::not_after(first))
            && end < SystemTime::now()
        {
            let end = httpdate::fmt_http_date(end);
            return Err(format!(
                "the certificate in `{certificate}` is expired since {end}: renew it"
            ));
        }
        let provider = rustls::crypto::ring::default_provider();
        match CertifiedKey::from_der(chain, private_key, &provider) {
            Ok(key) => Ok(Self { key: Arc::new(key) }),
            Err(RustlsError::InconsistentKeys(_)) => Err(format!(
                "the key in `{key}` does not belong to the certificate in `{certificate}`, which \
                 has to be the first one in its file"
            )),
            Err(RustlsError::InvalidCertificate(error)) => Err(format!(
                "the certificate in `{certificate}` cannot be used: {error:?}"
            )),
            Err(error) => Err(format!("the key in `{key}` cannot be used: {error}")),
        }
    }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let file = path.display();
    let bytes = read(path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let chain =
        chain.map_err(|error| format!("`{file}` is no valid PEM file: {}", plain(&error)))?;
    if !chain.is_empty() {
        return Ok(chain);
    }
    Err(match Content::of(&bytes) {
        Content::Key => format!(
            "`{file}` has a private key and no certificate: are certificate and key mixed up?"
        ),
        Content::Binary => format!(
            "`{file}` is not in PEM form: convert it with `openssl x509 -inform DER -in {file}`"
        ),
        _ => format!("`{file}` has no certificate: it has to contain `BEGIN CERTIFICATE`"),
    })
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let file = path.display();
    let bytes = read(path)?;
    if Content::of(&bytes) == Content::EncryptedKey {
        return Err(format!(
            "the key in `{file}` is encrypted: decrypt it with `openssl pkey -in {file}` into a \
             file that only the server can read"
        ));
    }
    match PrivateKeyDer::from_pem_slice(&bytes) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) => Err(match Content::of(&bytes) {
            Content::Certificate => format!(
                "`{file}` has a certificate and no private key: are certificate and key mixed up?"
            ),
            Content::Binary => format!(
                "`{file}` is not in PEM form: convert it with `openssl pkey -inform DER -in {file}`"
            ),
            _ => format!("`{file}` has no private key: it has to contain `BEGIN PRIVATE KEY`"),
        }),
        Err(error) => Err(format!("`{file}` is no valid PEM file: {}", plain(&error))),
    }
}

/// Without the bytes, which may be those of a key.
fn plain(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "a section does not end",
        pem::Error::IllegalSectionStart { .. } => "a section begins wrongly",
        pem::Error::Base64Decode(_) => "it is damaged (base64)",
        pem::Error::SectionTooLarge => "a section is too large",
        _ => "it cannot be read",
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
}

/// What a file seems to be.
#[derive(Debug, PartialEq, Eq)]
enum Content {
    Certificate,
    Key,
    EncryptedKey,
    Binary,
    Other,
}

impl Content {
    fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
            Self::EncryptedKey
        } else if text.contains("PRIVATE KEY-----") {
            Self::Key
        } else if text.contains("BEGIN CERTIFICATE-----") {
            Self::Certificate
        } else if bytes.first() == Some(&0x30) {
            Self::Binary
        } else {
            Self::Other
        }
    }
}
