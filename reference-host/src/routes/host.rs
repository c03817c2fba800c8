//! Virtual hosts: `shop.example.com` and `*.example.com`.

use std::fmt;

/// The name of a host that a route answers on, without a port; compared without regard to case.
///
/// `*.example.com` matches every name below `example.com`, at any depth, and not `example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    /// In lower case; for a wildcard without its `*`, so that it begins with a dot.
    name: String,
    is_wildcard: bool,
}

/// Why a text is no host pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostPatternError {
    /// Nothing, or `*` alone.
    Everything,
    /// A scheme or a path.
    Url,
    /// A port: routes do not depend on it.
    Port,
    /// A `*` that is not the first label.
    WildcardInside,
    /// Letters beyond ASCII.
    NotAscii,
    /// Neither a name nor an address.
    Invalid,
}

impl HostPatternError {
    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Everything => "leave `host` out: the route answers on every host then",
            Self::Url => "write the name alone: `shop.example.com`",
            Self::Port => "leave out the port: a route answers on every port",
            Self::WildcardInside => "the wildcard stands in front: `*.example.com`",
            Self::NotAscii => "write the name as it is sent, with `xn--` labels",
            Self::Invalid => "write a name like `shop.example.com` or `*.example.com`",
        }
    }
}

impl fmt::Display for HostPatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everything => "a host that is every host",
            Self::Url => "a host is no URL",
            Self::Port => "a host with a port",
            Self::WildcardInside => "`*` in the middle of a host",
            Self::NotAscii => "a host with letters beyond ASCII",
            Self::Invalid => "this is no name of a host",
        })
    }
}

impl std::error::Error for HostPatternError {}

impl HostPattern {
    /// Reads a pattern.
    ///
    /// ```
    /// # use wagi_host::routes::HostPattern;
    /// let pattern = HostPattern::parse("*.example.com").unwrap();
    /// assert!(pattern.matches("shop.Example.com") && !pattern.matches("example.com"));
    /// ```
    pub fn parse(text: &str) -> Result<Self, HostPatternError> {
        if text.is_empty() || text == "*" {
            return Err(HostPatternError::Everything);
        }
        if text.contains('/') {
            return Err(HostPatternError::Url);
        }
        if !text.is_ascii() {
            return Err(HostPatternError::NotAscii);
        }
        let text = text.to_ascii_lowercase();
        if text.starts_with('[') {
            return Self::literal(text);
        }
        if text.contains(':') {
            return Err(HostPatternError::Port);
        }
        let (name, is_wildcard) = match text.strip_prefix('*') {
            Some(suffix) => (suffix, true),
            None => (text.as_str(), false),
        };
        if name.contains('*') || (is_wildcard && !name.starts_with('.')) {
            return Err(HostPatternError::WildcardInside);
        }
        let labels = name.strip_prefix('.').filter(|_| is_wildcard);
        let labels = without_root(labels.unwrap_or(name));
        if !labels.split('.').all(is_label) {
            return Err(HostPatternError::Invalid);
        }
        Ok(Self {
            name: without_root(name).to_string(),
            is_wildcard,
        })
    }

    fn literal(text: String) -> Result<Self, HostPatternError> {
        let Some((address, rest)) = text[1..].split_once(']') else {
            return Err(HostPatternError::Invalid);
        };
        match (address.parse::<std::net::Ipv6Addr>(), rest) {
            (Ok(_), "") => Ok(Self {
                name: text,
                is_wildcard: false,
            }),
            (Ok(_), rest) if rest.starts_with(':') => Err(HostPatternError::Port),
            _ => Err(HostPatternError::Invalid),
        }
    }

    /// Whether a host, without its port, matches.
    pub fn matches(&self, host: &str) -> bool {
        let (host, name) = (without_root(host).as_bytes(), self.name.as_bytes());
        match self.is_wildcard {
            false => host.eq_ignore_ascii_case(name),
            true => {
                host.len() > name.len()
                    && host[host.len() - name.len()..].eq_ignore_ascii_case(name)
            }
        }
    }

    /// Orders patterns that match the same host: a name before a wildcard, a longer wildcard before
    /// a shorter one.
    pub fn specificity(&self) -> (bool, usize) {
        (!self.is_wildcard, self.name.len())
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wildcard = if self.is_wildcard { "*" } else { "" };
        write!(f, "{wildcard}{}", self.name)
    }
}

/// `example.com.` is the same name as `example.com`.
fn without_root(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

fn is_label(label: &str) -> bool {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=63).contains(&label.len()) && label.bytes().all(is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn matching() {
        for (pattern, host, expected) in [
            ("example.com", "example.com", true),
            ("Example.com", "EXAMPLE.COM", true),
            ("example.com", "example.com.", true),
            ("example.com.", "example.com", true),
            ("example.com", "www.example.com", false),
            ("*.example.com", "www.example.com", true),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", ".example.com", false),
            ("*.example.com", "badexample.com", false),
            ("[::1]", "[::1]", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("localhost", "localhost", true),
        ] {
            let parsed = HostPattern::parse(pattern).unwrap();
            assert_eq!(parsed.matches(host), expected, "{pattern} on {host}");
        }
    }

    #[test]
    fn refused() {
        for (pattern, error) in [
            ("", HostPatternError::Everything),
            ("*", HostPatternError::Everything),
            ("http://a", HostPatternError::Url),
            ("a:80", HostPatternError::Port),
            ("[::1]:80", HostPatternError::Port),
            ("a.*.b", HostPatternError::WildcardInside),
            ("*a.b", HostPatternError::WildcardInside),
            ("käse.de", HostPatternError::NotAscii),
            ("a b", HostPatternError::Invalid),
            ("a..b", HostPatternError::Invalid),
            ("*.", HostPatternError::Invalid),
            ("[x]", HostPatternError::Invalid),
        ] {
            assert_eq!(HostPattern::parse(pattern), Err(error), "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in any::<String>(), host in any::<String>()) {
            if let Ok(pattern) = HostPattern::parse(&text) {
                let _ = pattern.matches(&host);
                prop_assert_eq!(HostPattern::parse(&pattern.to_string()), Ok(pattern));
            }
        }
    }
}
