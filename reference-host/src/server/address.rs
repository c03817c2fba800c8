//! Where to listen, as operators write it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// An address to listen on: `127.0.0.1:3000`, `[::1]:0`, `https://0.0.0.0:443`, `unix:/run/wagi.sock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress {
    pub(super) place: Place,
    pub(super) scheme: Option<Scheme>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `host:port`
    Tcp(String),
    Unix(PathBuf),
}

/// Said in front of an address; without it, TLS is used if there are certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

/// A text that is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidAddress;

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "write it like 127.0.0.1:3000, [::1]:3000, https://0.0.0.0:443 or unix:/run/wagi.sock",
        )
    }
}

impl std::error::Error for InvalidAddress {}

impl FromStr for ListenAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let (scheme, text) = match text.split_once("://") {
            Some(("http", rest)) => (Some(Scheme::Http), rest),
            Some(("https", rest)) => (Some(Scheme::Https), rest),
            Some(_) => return Err(InvalidAddress),
            None => (None, text),
        };
        let place = match text.strip_prefix("unix:") {
            Some(path) if !path.is_empty() => Place::Unix(path.into()),
            Some(_) => return Err(InvalidAddress),
            None => {
                let (host, port) = text.rsplit_once(':').ok_or(InvalidAddress)?;
                let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
                let is_host = !host.is_empty()
                    && (!host.contains(':') || host.starts_with('[') && host.ends_with(']'))
                    && !host.contains(['/', ' ']);
                match is_port && port.parse::<u16>().is_ok() && is_host {
                    true => Place::Tcp(text.to_string()),
                    false => return Err(InvalidAddress),
                }
            }
        };
        Ok(Self { place, scheme })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scheme {
            Some(Scheme::Http) => f.write_str("http://")?,
            Some(Scheme::Https) => f.write_str("https://")?,
            None => {}
        }
        match &self.place {
            Place::Tcp(address) => f.write_str(address),
            Place::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for text in [
            "127.0.0.1:3000",
            "localhost:0",
            "[::1]:80",
            "https://0.0.0.0:443",
            "http://[::]:80",
            "unix:/run/wagi.sock",
            "https://unix:relative",
        ] {
            assert_eq!(text.parse::<ListenAddress>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "3000",
            ":3000",
            "a:",
            "a:x",
            "a:70000",
            "::1:80",
            "ftp://a:1",
            "unix:",
            "a/b:1",
        ] {
            assert_eq!(text.parse::<ListenAddress>(), Err(InvalidAddress), "{text}");
        }
    }
}
