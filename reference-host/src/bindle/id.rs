//! The name of a bindle.

use crate::digest::sha256;
use std::fmt;
use std::str::FromStr;

/// `NAME/VERSION`, such as `example.com/hello/1.0.0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BindleId {
    name: String,
    version: semver::Version,
}

/// Why a text names no bindle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InvalidBindleId {
    /// No slash, or nothing on one of its sides.
    Form,
    /// The version is not semantic.
    Version(String),
}

impl fmt::Display for InvalidBindleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => f.write_str("write it as NAME/VERSION, like example.com/hello/1.0.0"),
            Self::Version(version) => {
                write!(f, "`{version}` is no semantic version, like 1.0.0")
            }
        }
    }
}

impl std::error::Error for InvalidBindleId {}

impl FromStr for BindleId {
    type Err = InvalidBindleId;

    fn from_str(text: &str) -> Result<Self, InvalidBindleId> {
        match text.rsplit_once('/') {
            Some((name, version)) if !name.is_empty() && !version.is_empty() => {
                Self::new(name, version)
            }
            _ => Err(InvalidBindleId::Form),
        }
    }
}

impl BindleId {
    pub(crate) fn new(name: &str, version: &str) -> Result<Self, InvalidBindleId> {
        let version = version
            .parse()
            .map_err(|_| InvalidBindleId::Version(version.to_string()))?;
        Ok(Self {
            name: name.to_string(),
            version,
        })
    }

    /// The name of its folder.
    pub(super) fn folder(&self) -> String {
        sha256(self.to_string().as_bytes())
    }
}

impl fmt::Display for BindleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_their_folders() {
        let id: BindleId = "print-env/0.1.0".parse().unwrap();
        let folder = "8b90d4296616f9f12690d70b0b90041947fac2b7a1dd6324232f8b7b0c5d5395";
        assert_eq!(id.folder(), folder);
        for text in ["a", "a/", "/1.0.0", "1.0.0"] {
            assert_eq!(
                text.parse::<BindleId>(),
                Err(InvalidBindleId::Form),
                "{text}"
            );
        }
        for text in ["a/1.0", "a/b", "a/01.0.0"] {
            assert!(text.parse::<BindleId>().is_err(), "{text}");
        }
        let long = "example.com/a/1.0.0-rc.1+build";
        assert_eq!(long.parse::<BindleId>().unwrap().to_string(), long);
    }
}
