//! What a trusted proxy says about the client: `X-Forwarded-For`, `-Proto` and `-Host`, or
//! `Forwarded` (RFC 7239).
//!
//! Each proxy adds to what it was sent, at the right; what stands further left than the last
//! trusted proxy was written by the client and means nothing.

use super::RequestHost;
use http::header::{HeaderMap, HeaderName};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// Which fields the proxies write. Only one kind is read: the other would come from the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedFields {
    /// `X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host`.
    #[default]
    XForwarded,
    /// `Forwarded`.
    Forwarded,
}

/// What is known of the client; whatever the proxy does not say is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// The address of the client.
    pub client: Option<IpAddr>,
    /// Whether the client's connection is encrypted.
    pub https: Option<bool>,
    /// The host that the client asked for.
    pub host: Option<RequestHost>,
}

/// A trusted proxy wrote something that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidForwarded;

impl fmt::Display for InvalidForwarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fields of the proxy are malformed")
    }
}

impl std::error::Error for InvalidForwarded {}

/// Reads the fields of a request that came from a trusted proxy. `trusts` tells which addresses are
/// proxies too, so that a chain of them is followed to its end.
///
/// Requirement: env.remote-addr.
pub fn forwarded(
    headers: &HeaderMap,
    fields: ForwardedFields,
    trusts: impl Fn(IpAddr) -> bool,
) -> Result<Forwarded, InvalidForwarded> {
    match fields {
        ForwardedFields::XForwarded => x_forwarded(headers, trusts),
        ForwardedFields::Forwarded => standard(headers, trusts),
    }
}

fn x_forwarded(
    headers: &HeaderMap,
    trusts: impl Fn(IpAddr) -> bool,
) -> Result<Forwarded, InvalidForwarded> {
    let clients = list(headers, "x-forwarded-for")?;
    let (client, hops) = follow(clients.iter().rev().map(|text| address(text)), trusts);
    let said = |name: &'static str| {
        let values = list(headers, name)?;
        // A proxy that adds to the list has said it as often as it named a client.
        let at_same_hop = values.len().checked_sub(hops.max(1));
        Ok(match at_same_hop {
            Some(at) if values.len() == clients.len() => Some(values[at]),
            _ => values.last().copied(),
        })
    };
    Ok(Forwarded {
        client,
        https: said("x-forwarded-proto")?.map(scheme).transpose()?,
        host: said("x-forwarded-host")?.map(host).transpose()?,
    })
}

fn standard(
    headers: &HeaderMap,
    trusts: impl Fn(IpAddr) -> bool,
) -> Result<Forwarded, InvalidForwarded> {
    let mut elements = Vec::new();
    for value in headers.get_all(http::header::FORWARDED) {
        let text = value.to_str().map_err(|_| InvalidForwarded)?;
        for element in split_unquoted(text, b',')? {
            elements.push(Element::parse(element)?);
        }
    }
    let clients = elements.iter().rev().map(|element| {
        let client = element.client.as_deref()?;
        address(client)
    });
    let (client, hops) = follow(clients, trusts);
    let Some(element) = elements.iter().rev().nth(hops.max(1) - 1) else {
        return Ok(Forwarded::default());
    };
    Ok(Forwarded {
        client,
        https: element.scheme.as_deref().map(scheme).transpose()?,
        host: element.host.as_deref().map(host).transpose()?,
    })
}

/// From the last proxy towards the client: the first address that is no proxy, or the last one that
/// can be read; and how many steps that took.
fn follow(
    addresses: impl Iterator<Item = Option<IpAddr>>,
    trusts: impl Fn(IpAddr) -> bool,
) -> (Option<IpAddr>, usize) {
    let mut client = None;
    let mut hops = 0;
    for address in addresses {
        let Some(address) = address else { break };
        client = Some(address);
        hops += 1;
        if !trusts(address) {
            break;
        }
    }
    (client, hops)
}

fn list<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Vec<&'a str>, InvalidForwarded> {
    let mut values = Vec::new();
    for value in headers.get_all(HeaderName::from_static(name)) {
        let text = value.to_str().map_err(|_| InvalidForwarded)?;
        values.extend(text.split(',').map(str::trim).filter(|t| !t.is_empty()));
    }
    Ok(values)
}

/// An address, with or without a port; words like `unknown` are none.
fn address(text: &str) -> Option<IpAddr> {
    let unbracketed = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let address = match unbracketed {
        Some(text) => text.parse().ok(),
        None => text.parse().ok(),
    };
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    Some(address.or_else(with_port)?.to_canonical())
}

fn scheme(text: &str) -> Result<bool, InvalidForwarded> {
    match text {
        _ if text.eq_ignore_ascii_case("https") => Ok(true),
        _ if text.eq_ignore_ascii_case("http") => Ok(false),
        _ => Err(InvalidForwarded),
    }
}

fn host(text: &str) -> Result<RequestHost, InvalidForwarded> {
    RequestHost::parse(text).map_err(|_| InvalidForwarded)
}

/// One proxy's part of `Forwarded`.
#[derive(Default)]
struct Element {
    client: Option<String>,
    scheme: Option<String>,
    host: Option<String>,
}

impl Element {
    fn parse(text: &str) -> Result<Self, InvalidForwarded> {
        let mut element = Self::default();
        for pair in split_unquoted(text, b';')? {
            if pair.is_empty() {
                continue;
            }
            let (name, value) = pair.split_once('=').ok_or(InvalidForwarded)?;
            let place = match name.to_ascii_lowercase().as_str() {
                "for" => &mut element.client,
                "proto" => &mut element.scheme,
                "host" => &mut element.host,
                _ => continue,
            };
            // Each parameter may stand once.
            if place.replace(unquoted(value)?).is_some() {
                return Err(InvalidForwarded);
            }
        }
        Ok(element)
    }
}

/// Cuts at a separator that stands outside of quotes; quotes have to be closed.
fn split_unquoted(text: &str, separator: u8) -> Result<Vec<&str>, InvalidForwarded> {
    let mut pieces = Vec::new();
    let (mut start, mut is_quoted, mut is_escaped) = (0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            _ if byte == separator && !is_quoted => {
                pieces.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(text[start..].trim());
    match is_quoted {
        true => Err(InvalidForwarded),
        false => Ok(pieces),
    }
}

fn unquoted(value: &str) -> Result<String, InvalidForwarded> {
    let Some(inner) = value.strip_prefix('"') else {
        let is_token = |byte: u8| byte.is_ascii_graphic() && !b"\"(),/;<=>?@[\\]{}".contains(&byte);
        return match !value.is_empty() && value.bytes().all(is_token) {
            true => Ok(value.to_string()),
            false => Err(InvalidForwarded),
        };
    };
    let inner = inner.strip_suffix('"').ok_or(InvalidForwarded)?;
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return Err(InvalidForwarded),
            '\\' => text.push(characters.next().ok_or(InvalidForwarded)?),
            character => text.push(character),
        }
    }
    Ok(text)
}

#[cfg(test)]
#[path = "forwarded_tests.rs"]
mod tests;
