//! A request, taken apart.

use std::net::IpAddr;

use super::path::RawPath;

/// A request as the client sent it, taken apart.
#[derive(Debug, Clone)]
pub struct RequestModel {
    /// The method.
    pub method: String,
    /// The path of the request target, undecoded; begins with the mount's path.
    pub path: Vec<u8>,
    /// What follows the first `?`; `None` without one.
    pub query: Option<Vec<u8>>,
    /// The minor version of HTTP/1.
    pub minor_version: u8,
    /// The header fields in order, with names and values as written behind the colon.
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body, without any framing; `None` without one.
    pub body: Option<Vec<u8>>,
    /// Whether the body is sent chunked.
    pub chunked: bool,
    /// Where the probe is mounted.
    pub mount: MountModel,
    /// The client's address as the server sees it, where that is known.
    pub peer: Option<IpAddr>,
    /// `http` or `https`.
    pub scheme: &'static str,
}

/// The mount that a request goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountModel {
    /// The URL path that selects it.
    pub path: String,
    /// The route pattern.
    pub pattern: String,
}

impl RequestModel {
    /// The path behind the mount, undecoded.
    pub fn rest(&self) -> &[u8] {
        self.path
            .strip_prefix(self.mount.path.as_bytes())
            .unwrap_or(&self.path)
    }

    /// Whether the path, its dot segments resolved, is no longer below the mount.
    pub fn leaves_mount(&self) -> bool {
        let path = RawPath(&self.path);
        let resolved = || path.resolve(true);
        path.has_dot_segments() && resolved().is_none_or(|path| self.below_mount(&path).is_none())
    }

    /// What of an undecoded path is behind the mount, if it is below the mount.
    pub fn below_mount<'a>(&self, path: &'a [u8]) -> Option<&'a [u8]> {
        let rest = path.strip_prefix(self.mount.path.as_bytes())?;
        matches!(rest, [] | [b'/', ..]).then_some(rest)
    }

    /// The value of the first field of this name, without surrounding blanks.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        let named = |(n, _): &&(Vec<u8>, Vec<u8>)| n.eq_ignore_ascii_case(name.as_bytes());
        self.fields
            .iter()
            .find(named)
            .map(|(_, value)| super::trim(value))
    }

    /// Whether the request ends its connection: by its version, or because it says so.
    pub fn ends_connection(&self) -> bool {
        let says_so = |(name, value): &(Vec<u8>, Vec<u8>)| {
            name.eq_ignore_ascii_case(b"Connection")
                && value
                    .split(|&b| b == b',')
                    .any(|option| super::trim(option).eq_ignore_ascii_case(b"close"))
        };
        self.minor_version == 0 || self.fields.iter().any(says_so)
    }

    /// The query, which is empty for none and for a lone `?`.
    pub fn query_string(&self) -> &[u8] {
        self.query.as_deref().unwrap_or_default()
    }

    /// The body, empty for none.
    pub fn content(&self) -> &[u8] {
        self.body.as_deref().unwrap_or_default()
    }
}
