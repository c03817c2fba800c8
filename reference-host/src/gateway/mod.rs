//! The gateway: HTTP to CGI and CGI to HTTP, as functions over bytes.
//!
//! Nothing here knows sockets, clocks or wasm. A request's facts become [`variables()`] and
//! [`arguments`]; a module's output becomes a [`HeaderBlock`], and that a response head.

mod arguments;
mod forwarded;
mod header_block;
mod host;
mod network;
mod proxy_protocol;
mod refusal;
mod request_target;
mod response;
mod review;
mod variables;

pub use arguments::{ArgumentTemplate, arguments};
pub use forwarded::{Forwarded, ForwardedFields, InvalidForwarded, forwarded};
pub use header_block::{BlockLimits, HeaderBlock, MalformedBlock, find_block_end};
pub use host::{InvalidHost, RequestHost};
pub use network::{InvalidNetwork, Network};
pub use proxy_protocol::{InvalidProxyHeader, ProxyHeader, proxy_header};
pub use refusal::{Accepted, Refusal, accept};
pub(crate) use request_target::percent_decode;
pub use request_target::{PathError, RequestPath, SplitPath};
pub use response::{ResponseHead, response_head};
#[cfg(test)]
pub(crate) use review::Rule;
pub(crate) use review::{Remark, Written, escaped, review};
pub use variables::{META_VARIABLES, RequestFacts, Variables, variables};

/// `SERVER_SOFTWARE` and the `Server` field.
///
/// Requirement: env.server-software.
pub const SERVER_SOFTWARE: &str = concat!("wagi/", env!("CARGO_PKG_VERSION"));
