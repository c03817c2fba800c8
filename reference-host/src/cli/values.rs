//! Values of options.

pub(super) use crate::config::{duration, size};
use crate::outbound::AllowedHost;
use crate::{ListenAddress, Volume};
use std::path::PathBuf;
use std::time::Duration;

/// A time, and `0s` for none.
pub(super) fn duration_or_none(text: &str) -> Result<Duration, String> {
    match text.trim_end_matches(|c: char| c.is_ascii_alphabetic()) {
        "0" => Ok(Duration::ZERO),
        _ => duration(text),
    }
}

/// Permissions of a file in octal, as `chmod` takes them.
pub(super) fn mode(text: &str) -> Result<u32, String> {
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o777 => Ok(mode),
        _ => Err("write it like 660 or 600".to_string()),
    }
}

/// `NAME=VALUE`; the value may be empty and may contain `=`.
pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_string(), value.to_string())),
        _ => Err("write it as NAME=VALUE".to_string()),
    }
}

/// `/guest/path=host/directory`, with `:ro` behind it for reading only.
pub(super) fn volume(text: &str) -> Result<Volume, String> {
    let (guest, host) = text.split_once('=').unwrap_or_default();
    let (host, read_only) = match host.strip_suffix(":ro") {
        Some(host) => (host, true),
        None => (host.strip_suffix(":rw").unwrap_or(host), false),
    };
    match guest.is_empty() || host.is_empty() {
        true => Err("write it as /guest/path=host/directory or …:ro".to_string()),
        false => Ok(Volume {
            guest: guest.to_string(),
            host: PathBuf::from(host),
            read_only,
        }),
    }
}

/// A host as in `allowed_hosts`.
pub(super) fn allowed_host(text: &str) -> Result<String, String> {
    match AllowedHost::parse(text) {
        Ok(_) => Ok(text.to_string()),
        Err(error) => Err(format!("{error}; {}", error.hint())),
    }
}

/// An address on this machine, for which a port is enough.
pub(super) fn near_address(text: &str) -> Result<ListenAddress, String> {
    let address = match text.parse::<u16>() {
        Ok(port) => format!("127.0.0.1:{port}"),
        Err(_) => text.to_string(),
    };
    address.parse().map_err(|_| {
        "write it like 3001, 127.0.0.1:3001, [::1]:3001 or unix:/run/inspector.sock".to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes() {
        assert_eq!(mode("660"), Ok(0o660));
        for text in ["", "888", "1777", "rw", "-1"] {
            assert!(mode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn pairs() {
        assert_eq!(variable("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert_eq!(variable("A="), Ok(("A".into(), String::new())));
        assert!(variable("A").is_err() && variable("=b").is_err());
        for (text, host, read_only) in [
            ("/a=b", "b", false),
            ("/a=b:rw", "b", false),
            ("/a=b:ro", "b", true),
        ] {
            let volume = volume(text).unwrap();
            assert_eq!(
                (volume.host, volume.read_only),
                (PathBuf::from(host), read_only)
            );
        }
        assert!(volume("/a").is_err() && volume("/a=").is_err() && volume("=b:ro").is_err());
    }
}
