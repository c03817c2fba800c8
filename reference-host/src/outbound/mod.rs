//! HTTP requests that modules send: where they may go, and how they get there.
//!
//! Off unless `allowed_hosts` names hosts. Nothing here knows how a module asks for a request; that
//! is `sandbox/`.
//!
//! Requirement: isolation.no-network.

mod allowed_host;

pub(crate) use allowed_host::{AllowedHost, InvalidAllowedHost};

/// What a module may do on the network: the keys `allowed_hosts` and `http_max_concurrency`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OutboundPolicy {
    /// Without any, the module has no network.
    pub(crate) allowed_hosts: Vec<AllowedHost>,
    /// How many responses an instance may have open at the same time.
    pub(crate) max_concurrency: Option<u32>,
}
