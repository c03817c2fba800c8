//! The HTTP server. The only part of the host that opens sockets.
//!
//! A [`Service`] answers requests wherever they come from; the rest of this module brings them in.

mod connection;
mod error_response;
mod exchange;
mod framing_guard;
mod listener;
mod request_body;
mod response_body;
mod service;
mod shutdown;
mod spool;
mod stream;

pub(crate) use listener::serve;
pub(crate) use request_body::BoxError;
pub(crate) use response_body::ResponseBody;
pub(crate) use service::{Explanation, Peer, Service};
pub(crate) use shutdown::Shutdown;
