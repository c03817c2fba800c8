//! The host that a request names, in its Host field or in an absolute-form target.

use std::fmt;
use std::net::Ipv6Addr;

/// A valid `host[:port]`, as it was sent.
///
/// Requirements: env.server-name, env.server-name.ipv6, env.full-url.authority, security.host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHost {
    authority: String,
    name_length: usize,
}

/// A Host value that is not `host[:port]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidHost;

impl fmt::Display for InvalidHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a host name or address with an optional port")
    }
}

impl std::error::Error for InvalidHost {}

impl RequestHost {
    /// Checks `host[:port]` by the grammar of RFC 3986 section 3.2, without user information.
    ///
    /// ```
    /// let host = wagi_host::gateway::RequestHost::parse("[::1]:8080").unwrap();
    /// assert_eq!(host.name(), "[::1]");
    /// assert_eq!(host.authority(), "[::1]:8080");
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidHost> {
        let name_length = match text.strip_prefix('[') {
            Some(rest) => {
                let address = &rest[..rest.find(']').ok_or(InvalidHost)?];
                let is_literal = address.parse::<Ipv6Addr>().is_ok() || is_future_literal(address);
                is_literal.then_some(address.len() + 2).ok_or(InvalidHost)?
            }
            None => text.find(':').unwrap_or(text.len()),
        };
        let (name, port) = text.split_at(name_length);
        let name_is_valid = name.starts_with('[') || (!name.is_empty() && is_registered_name(name));
        let port_is_valid = port.is_empty()
            || port
                .strip_prefix(':')
                .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        if name_is_valid && port_is_valid {
            Ok(Self {
                authority: text.to_string(),
                name_length,
            })
        } else {
            Err(InvalidHost)
        }
    }

    /// The value as sent, with its port if it has one.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The port, if one is named.
    pub fn port(&self) -> Option<u16> {
        let port = self.authority[self.name_length..].strip_prefix(':')?;
        port.parse().ok()
    }

    /// Whether another spelling names the same host and port: letter case does not count.
    pub fn is_same(&self, other: &Self) -> bool {
        self.authority.eq_ignore_ascii_case(&other.authority)
    }

    /// The host without the port; an IPv6 literal keeps its brackets.
    pub fn name(&self) -> &str {
        &self.authority[..self.name_length]
    }
}

fn is_registered_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    while let Some(byte) = bytes.next() {
        let valid = match byte {
            b'%' => {
                let is_hex = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
                is_hex(bytes.next()) && is_hex(bytes.next())
            }
            byte => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte),
        };
        if !valid {
            return false;
        }
    }
    true
}

/// `v1.x`: the form that RFC 3986 reserves for addresses to come.
fn is_future_literal(address: &str) -> bool {
    let Some((version, rest)) = address
        .strip_prefix(['v', 'V'])
        .and_then(|a| a.split_once('.'))
    else {
        return false;
    };
    let is_version = !version.is_empty() && version.bytes().all(|b| b.is_ascii_hexdigit());
    let is_address = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:".contains(&byte);
    is_version && !rest.is_empty() && rest.bytes().all(is_address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn valid_hosts() {
        for (host, name) in [
            ("example.com", "example.com"),
            ("Example.COM:8080", "Example.COM"),
            ("127.0.0.1:", "127.0.0.1"),
            ("[::1]", "[::1]"),
            ("[2001:db8::7]:443", "[2001:db8::7]"),
            ("a_b.local:1", "a_b.local"),
        ] {
            let parsed = RequestHost::parse(host).unwrap();
            assert_eq!((parsed.name(), parsed.authority()), (name, host));
        }
    }

    #[test]
    fn invalid_hosts() {
        for host in [
            "",
            ":80",
            "a:xyz",
            "a:1:2",
            "user@a",
            "a b",
            "a/b",
            "[::1",
            "[::1]x",
            "[x]",
            "::1",
            "a?b",
            "a#b",
            "a,b/",
            "ü",
            "%zz",
            "a\\b",
            "[::1%25eth0]",
        ] {
            assert_eq!(RequestHost::parse(host), Err(InvalidHost), "{host}");
        }
    }

    proptest! {
        #[test]
        fn name_is_a_prefix_and_the_rest_is_a_port(text in any::<String>()) {
            if let Ok(host) = RequestHost::parse(&text) {
                let port = host.authority().strip_prefix(host.name()).unwrap();
                prop_assert!(port.is_empty() || port.starts_with(':'));
                prop_assert!(port.bytes().skip(1).all(|byte| byte.is_ascii_digit()));
            }
        }
    }
}
