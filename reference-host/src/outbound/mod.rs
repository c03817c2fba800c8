//! HTTP requests that modules send: where they may go, and how they get there.
//!
//! Off unless `allowed_hosts` names hosts. Nothing here knows how a module asks for a request; that
//! is `sandbox/`. Beside `server/` this is the only place that opens sockets.
//!
//! Requirement: isolation.no-network.

mod address;
mod allowed_host;
mod body;
mod client;
mod connector;
mod error;
mod redirect;

pub use allowed_host::InvalidAllowedHost;
pub(crate) use allowed_host::{AllowedHost, Permission};
pub(crate) use body::{BoxError, InboundBody, OutboundBody};
pub(crate) use client::OutboundClient;
pub(crate) use error::OutboundError;
pub(crate) use redirect::redirected;

/// What a module may do on the network: the keys `allowed_hosts` and `http_max_concurrency`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OutboundPolicy {
    /// Without any, the module has no network.
    pub(crate) allowed_hosts: Vec<AllowedHost>,
    /// How many responses an instance may have open at the same time.
    pub(crate) max_concurrency: Option<u32>,
}

impl OutboundPolicy {
    /// Whether requests to this place are allowed. A host that is allowed by its name is not
    /// restricted by a wildcard that matches as well.
    pub(crate) fn permission(&self, host: &str, port: u16) -> Option<Permission> {
        let entries = self.allowed_hosts.iter();
        let permissions: Vec<_> = entries
            .filter_map(|entry| entry.permits(host, port))
            .collect();
        let named = permissions
            .iter()
            .find(|permission| **permission == Permission::Named);
        named.or(permissions.first()).copied()
    }
}
