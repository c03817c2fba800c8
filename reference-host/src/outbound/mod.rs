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
mod policy;
mod redirect;

pub use allowed_host::InvalidAllowedHost;
pub(crate) use allowed_host::{AllowedHost, Permission};
pub(crate) use body::{BoxError, InboundBody, OutboundBody};
pub(crate) use client::OutboundClient;
pub(crate) use error::OutboundError;
pub(crate) use policy::OutboundPolicy;
pub(crate) use redirect::redirected;
