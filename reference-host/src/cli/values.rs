//! Values of options.

use crate::Volume;
pub(super) use crate::config::{duration, size};
use std::path::PathBuf;

/// `NAME=VALUE`; the value may be empty and may contain `=`.
pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_string(), value.to_string())),
        _ => Err("write it as NAME=VALUE".to_string()),
    }
}

/// `/guest/path=host/directory`.
pub(super) fn volume(text: &str) -> Result<Volume, String> {
    match text.split_once('=') {
        Some((guest, host)) if !guest.is_empty() && !host.is_empty() => Ok(Volume {
            guest: guest.to_string(),
            host: PathBuf::from(host),
        }),
        _ => Err("write it as /guest/path=host/directory".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs() {
        assert_eq!(variable("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert_eq!(variable("A="), Ok(("A".into(), String::new())));
        assert!(variable("A").is_err() && variable("=b").is_err());
        assert_eq!(volume("/a=b").unwrap().host, PathBuf::from("b"));
        assert!(volume("/a").is_err() && volume("/a=").is_err());
    }
}
