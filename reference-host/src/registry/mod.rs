//! Modules from OCI registries: `oci:REGISTRY/REPOSITORY:TAG`, with `@sha256:…` in place of the tag
//! or behind it.
//!
//! A module is pulled when it is loaded, checked against the digest that the manifest tells, and
//! kept by that digest, so that the next start needs the registry for the manifest only, and not even
//! for that where it cannot be reached or the digest is part of the reference.

#[cfg(feature = "oci")]
mod client;
#[cfg(feature = "oci")]
mod credentials;
#[cfg(feature = "oci")]
mod limited;
#[cfg(feature = "oci")]
mod protocol;
#[cfg(feature = "oci")]
mod store;
#[cfg(feature = "oci")]
mod trouble;

#[cfg(feature = "oci")]
pub(crate) use client::pull;

use std::path::PathBuf;

/// How registries are used.
#[derive(Clone, Debug, Default)]
#[cfg_attr(
    not(feature = "oci"),
    allow(dead_code, reason = "there is nobody to ask registries")
)]
pub(crate) struct RegistryOptions {
    /// Where modules are kept; without it they are pulled at every start.
    pub(crate) folder: Option<PathBuf>,
    /// Registries that are asked over plain HTTP, as `host` or `host:port`. Those on the loopback
    /// interface are without being named.
    pub(crate) plain_http: Vec<String>,
}

impl RegistryOptions {
    /// The folder inside of the one that the user names, so that its permissions are the server's to
    /// choose.
    pub(crate) fn store(&self) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join("wagi-registry"))
    }
}

/// Why a registry did not give a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegistryError {
    pub(crate) problem: String,
    pub(crate) hint: String,
}

/// Without the feature there is nobody to ask.
#[cfg(not(feature = "oci"))]
pub(crate) fn pull(reference: &str, _: &RegistryOptions) -> Result<Vec<u8>, RegistryError> {
    Err(RegistryError {
        problem: format!(
            "`oci:{reference}` cannot be pulled: this server was built without registries"
        ),
        hint: "build it with the feature `oci`, or name a file".to_string(),
    })
}
