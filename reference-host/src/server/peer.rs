//! The other end of a connection.

use super::stream::ConnectionFlags;
use crate::gateway::RequestHost;
use crate::observe::Caller;
use http::{Version, request};
use std::net::IpAddr;
use std::sync::Arc;

/// The other end of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// A proxy that is believed what it says about its client.
    pub(crate) is_proxy: bool,
    /// None over a Unix socket, which has no port.
    ///
    /// Requirement: env.server-port.received.
    pub(crate) server_port: Option<u16>,
    pub(crate) https: bool,
    pub(crate) flags: Option<Arc<ConnectionFlags>>,
}

impl Peer {
    /// Without a port of its own, the one that the client named or means.
    pub(super) fn port(&self, host: &RequestHost) -> u16 {
        let default = if self.https { 443 } else { 80 };
        self.server_port.or(host.port()).unwrap_or(default)
    }

    /// Before HTTP/1.1 the end of a streamed body is the end of the connection: only a reset tells
    /// it from one that was broken off.
    pub(super) fn broken_off_by_reset(
        &self,
        parts: &request::Parts,
    ) -> Option<Arc<ConnectionFlags>> {
        self.flags
            .clone()
            .filter(|_| parts.version < Version::HTTP_11)
    }

    pub(super) fn caller(&self) -> Caller {
        Caller {
            remote: self.address,
            port: self.server_port,
        }
    }
}
