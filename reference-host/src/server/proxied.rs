//! Connections that come through a proxy: whom is believed, and what.

use super::Peer;
use super::stream::ClientStream;
use crate::gateway::{
    Forwarded, ForwardedFields, InvalidForwarded, Network, RequestHost, forwarded, proxy_header,
};
use http::HeaderMap;
use std::io;
use std::net::IpAddr;

/// The proxies in front of a host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies {
    pub(crate) networks: Vec<Network>,
    /// Whoever may connect to the Unix sockets is a proxy.
    pub(crate) over_unix_sockets: bool,
    pub(crate) fields: ForwardedFields,
    /// Connections begin with a PROXY header.
    pub(crate) speak_proxy_protocol: bool,
}

impl Proxies {
    /// Whether a connection comes from a proxy; Unix sockets have no address.
    pub(super) fn trusts(&self, remote: Option<IpAddr>) -> bool {
        match remote {
            Some(address) => self.has(address),
            None => self.over_unix_sockets,
        }
    }

    fn has(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(address))
    }

    /// The client behind a proxy, and the host that it asked the proxy for.
    pub(super) fn client_behind(
        &self,
        proxy: &Peer,
        headers: &HeaderMap,
    ) -> Result<(Peer, Option<RequestHost>), InvalidForwarded> {
        let said = forwarded(headers, self.fields, |address| self.has(address))?;
        let Forwarded {
            client,
            https,
            host,
        } = said;
        let peer = Peer {
            address: client.unwrap_or(proxy.address),
            https: https.unwrap_or(proxy.https),
            ..proxy.clone()
        };
        Ok((peer, host))
    }
}

/// What a PROXY header says.
pub(super) struct Proxied {
    /// The client; none when the proxy speaks for itself.
    pub(super) client: Option<IpAddr>,
    /// The port that the client connected to.
    pub(super) port: Option<u16>,
}

/// Reads the header in front of a connection.
pub(super) async fn header(stream: &mut ClientStream) -> io::Result<Proxied> {
    let read = stream.look_ahead(|bytes| proxy_header(bytes).transpose());
    let header = read.await?.map_err(io::Error::other)?;
    stream.consume(header.length);
    Ok(match header.addresses {
        Some((client, server)) => Proxied {
            client: Some(client.ip().to_canonical()),
            port: Some(server.port()),
        },
        None => Proxied {
            client: None,
            port: None,
        },
    })
}
