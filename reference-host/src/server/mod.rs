//! The HTTP server. The only part of the host that opens sockets.
//!
//! A [`Service`] answers requests wherever they come from; the rest of this module brings them in:
//! listener → connection (PROXY, TLS, protocol) → HTTP/1.1 or HTTP/2 → service.

mod activity;
mod address;
mod admin;
mod admission;
mod call;
mod connection;
mod error_response;
mod exchange;
mod framing_guard;
mod http1_stream;
mod inspector;
mod listener;
mod peer;
mod peers;
mod proxied;
mod request_body;
mod response_body;
mod serve;
mod service;
mod shutdown;
mod side_door;
mod socket;
mod spool;
mod stream;
mod systemd;
mod tls;
mod unix_socket;

pub use address::{InvalidAddress, ListenAddress};
pub(crate) use admin::Admin;
pub(crate) use inspector::Inspector;
pub use listener::Listener;
pub(crate) use peer::Peer;
pub(crate) use proxied::Proxies;
pub(crate) use request_body::BoxError;
pub(crate) use response_body::ResponseBody;
pub(crate) use serve::{Aside, open, serve};
pub(crate) use service::Service;
pub(crate) use shutdown::{Phase, Shutdown};
pub(crate) use systemd::{NotifyState, notify};
pub(crate) use tls::Watch;
pub use tls::{Tls, TlsError, TlsFiles};
