//! An entry of `allowed_hosts`.

use std::fmt;

/// What allows every host, in the words of deislabs/wagi.
const ALLOW_ALL: &str = "insecure:allow-all";

/// A host that a module may send requests to.
///
/// As in deislabs/wagi 0.8 the host decides; the scheme and the path of an entry say nothing. An
/// entry with a port allows this port only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedHost {
    names: Names,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Names {
    All,
    /// `.example.com`: every name below it, but not `example.com`.
    Below(String),
    Exactly(String),
}

/// How a host came to be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permission {
    /// By its own name: it may be on a private network.
    Named,
    /// By a wildcard: it has to be a public address.
    Wildcard,
}

/// Why a text is no entry of `allowed_hosts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidAllowedHost(&'static str);

impl fmt::Display for InvalidAllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidAllowedHost {}

impl InvalidAllowedHost {
    /// What to write instead.
    pub fn hint(self) -> &'static str {
        "for example \"https://api.example.com\", \"http://localhost:8080\", \
         \"https://*.example.com\" or, for every public host, \"insecure:allow-all\""
    }
}

impl AllowedHost {
    /// Reads `https://api.example.com`, `api.example.com:8080`, `*.example.com` or
    /// `insecure:allow-all`.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidAllowedHost> {
        if text == ALLOW_ALL {
            return Ok(Self {
                names: Names::All,
                port: None,
            });
        }
        let rest = match text.split_once("://") {
            Some((scheme, rest))
                if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") =>
            {
                rest
            }
            Some(_) => return Err(InvalidAllowedHost("only `http` and `https` are schemes")),
            None => text,
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (host, port) = split_port(authority)?;
        let names = match host.strip_prefix('*') {
            Some(suffix) if suffix.len() > 1 && suffix.starts_with('.') => {
                Names::Below(host_name(suffix)?)
            }
            Some(_) => {
                return Err(InvalidAllowedHost(
                    "a `*` stands in front of a domain, as in `*.example.com`",
                ));
            }
            None => Names::Exactly(host_name(host)?),
        };
        Ok(Self { names, port })
    }

    /// Whether the entry allows a host and a port. `host` is written as in a URL, an IPv6 address in
    /// brackets.
    pub(crate) fn permits(&self, host: &str, port: u16) -> Option<Permission> {
        if self.port.is_some_and(|only| only != port) {
            return None;
        }
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        match &self.names {
            Names::All => Some(Permission::Wildcard),
            Names::Below(suffix) => (host.len() > suffix.len() && host.ends_with(suffix.as_str()))
                .then_some(Permission::Wildcard),
            Names::Exactly(name) => (host == *name).then_some(Permission::Named),
        }
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), InvalidAllowedHost> {
    let behind_brackets = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[behind_brackets..].rfind(':') {
        None => Ok((authority, None)),
        Some(at) => {
            let (host, port) = authority.split_at(behind_brackets + at);
            let port = port[1..].parse().ok().filter(|port| *port != 0);
            let problem = InvalidAllowedHost("the port is no number from 1 to 65535");
            Ok((host, Some(port.ok_or(problem)?)))
        }
    }
}

fn host_name(host: &str) -> Result<String, InvalidAllowedHost> {
    let is_address = host.starts_with('[') && host.ends_with(']');
    let is_allowed = |c: char| match is_address {
        true => c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '[' | ']'),
        false => c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'),
    };
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    match name.is_empty() || !name.chars().all(is_allowed) {
        true if !host.is_ascii() => Err(InvalidAllowedHost(
            "a name with other letters is written in its ASCII form (`xn--…`)",
        )),
        true => Err(InvalidAllowedHost("there is no host in it")),
        false => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(entry: &str, host: &str, port: u16) -> Option<Permission> {
        AllowedHost::parse(entry).unwrap().permits(host, port)
    }

    #[test]
    fn the_host_decides() {
        for entry in [
            "https://api.example.com",
            "http://api.example.com/any/path?x",
            "API.example.com.",
        ] {
            assert_eq!(
                permits(entry, "api.example.com", 443),
                Some(Permission::Named)
            );
            assert_eq!(
                permits(entry, "Api.Example.Com.", 8080),
                Some(Permission::Named)
            );
            assert_eq!(permits(entry, "example.com", 443), None);
            assert_eq!(permits(entry, "xapi.example.com", 443), None);
            assert_eq!(permits(entry, "api.example.com.evil.org", 443), None);
        }
    }

    #[test]
    fn a_port_is_compared_where_it_is_written() {
        assert_eq!(
            permits("http://localhost:8080", "localhost", 8080),
            Some(Permission::Named)
        );
        assert_eq!(permits("http://localhost:8080", "localhost", 80), None);
        assert_eq!(
            permits("[::1]:8080", "[::1]", 8080),
            Some(Permission::Named)
        );
        assert_eq!(permits("http://[::1]", "[::1]", 1), Some(Permission::Named));
    }

    #[test]
    fn wildcards() {
        for entry in ["*.example.com", "https://*.example.com"] {
            assert_eq!(
                permits(entry, "a.b.example.com", 1),
                Some(Permission::Wildcard)
            );
            assert_eq!(permits(entry, "example.com", 1), None);
            assert_eq!(permits(entry, "badexample.com", 1), None);
        }
        assert_eq!(
            permits(ALLOW_ALL, "anything", 1),
            Some(Permission::Wildcard)
        );
    }

    #[test]
    fn what_is_no_entry() {
        let entries = [
            "",
            "https://",
            "ftp://a",
            "a b",
            "user@a",
            "*",
            "*example.com",
            "a.*.com",
            "a:0",
            "a:x",
            "a:70000",
            "*.",
            "bücher.example",
            "::1",
        ];
        for entry in entries {
            assert!(AllowedHost::parse(entry).is_err(), "{entry}");
        }
    }
}
