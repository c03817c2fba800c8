//! Where a module comes from.

use crate::bindle::ParcelFile;
use std::fmt;
use std::path::{Path, PathBuf};

/// The largest module that is taken from a bindle or a registry (256 MiB).
pub(crate) const MODULE_SIZE_LIMIT: u64 = 256 * 1024 * 1024;

/// Where a module comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ModuleSource {
    /// A `.wasm` or `.wat` file.
    File(PathBuf),
    /// An artifact in a registry: what stands behind `oci:`.
    Oci(String),
    /// A parcel of a bindle.
    Parcel(ParcelFile),
}

/// What `module` says, before paths are resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// A path, absolute or relative to the configuration file.
    Path(PathBuf),
    /// `oci:…`
    Oci(String),
}

/// Why a text refers to no module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WrongReference {
    pub(super) problem: String,
    pub(super) hint: &'static str,
}

const FORMS: &str =
    "name a file, as a path or as `file:///absolute/path`, or `oci:REGISTRY/REPOSITORY:TAG`";

impl Reference {
    /// Reads a path, `file:…` or `oci:…`.
    pub(super) fn parse(text: &str) -> Result<Self, WrongReference> {
        let wrong = |problem: &str, hint| {
            Err(WrongReference {
                problem: problem.to_string(),
                hint,
            })
        };
        if text.is_empty() {
            return wrong("`module` is empty", FORMS);
        }
        let scheme = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme));
        match scheme {
            None => Ok(Self::Path(text.into())),
            Some(("file", path)) => file_path(path),
            Some(("oci", reference)) => Ok(Self::Oci(reference.trim_start_matches('/').into())),
            Some(("bindle", _)) => wrong(
                "single modules from a bindle are not supported",
                "serve the whole bindle: `wagi serve --bindle NAME/VERSION --bindle-path DIR`",
            ),
            Some(("http" | "https", _)) => wrong(
                "modules are not downloaded from web servers",
                "download it once, or push it to a registry and use `oci:`",
            ),
            Some((scheme, _)) => {
                let problem = format!("unknown scheme `{scheme}:`");
                wrong(&problem, FORMS)
            }
        }
    }
}

/// `file:path`, `file:/path`, `file:///path` and `file://localhost/path`, percent-encoded or not.
fn file_path(rest: &str) -> Result<Reference, WrongReference> {
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(rest) => match rest.find('/') {
            Some(slash) if matches!(&rest[..slash], "" | "localhost") => &rest[slash..],
            // What deislabs/wagi calls legacy: `file://relative/path`.
            _ => rest,
        },
    };
    match crate::gateway::percent_decode(path) {
        Ok(decoded) => Ok(Reference::Path(decoded.into_owned().into())),
        // A percent sign of the file's name.
        Err(_) => Ok(Reference::Path(path.into())),
    }
}

/// A name before a colon that cannot be the beginning of a file's name in practice.
fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() > 1
        && bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

impl ModuleSource {
    /// The file, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Oci(_) | Self::Parcel(_) => None,
        }
    }

    /// How tables call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => path.file_name().map_or_else(
                || path.display().to_string(),
                |name| name.to_string_lossy().into_owned(),
            ),
            Self::Oci(_) | Self::Parcel(_) => self.to_string(),
        }
    }
}

impl fmt::Display for ModuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Oci(reference) => write!(f, "oci:{reference}"),
            Self::Parcel(file) => f.write_str(&file.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        for (text, path) in [
            ("a.wasm", "a.wasm"),
            ("/srv/a.wasm", "/srv/a.wasm"),
            ("./a:b.wasm", "./a:b.wasm"),
            ("file:///srv/a.wasm", "/srv/a.wasm"),
            ("file:////srv/a.wasm", "//srv/a.wasm"),
            ("file:/srv/a.wasm", "/srv/a.wasm"),
            ("file://localhost/srv/a.wasm", "/srv/a.wasm"),
            ("file:///srv/my%20app.wasm", "/srv/my app.wasm"),
            ("file:///srv/100%.wasm", "/srv/100%.wasm"),
            ("file:a.wasm", "a.wasm"),
            ("file://a.wasm", "a.wasm"),
        ] {
            assert_eq!(
                Reference::parse(text),
                Ok(Reference::Path(path.into())),
                "{text}"
            );
        }
        for (text, reference) in [
            ("oci:example.com/a:1", "example.com/a:1"),
            (
                "oci://example.com:5000/a@sha256:0",
                "example.com:5000/a@sha256:0",
            ),
        ] {
            assert_eq!(Reference::parse(text), Ok(Reference::Oci(reference.into())));
        }
        for text in ["", "bindle:a/1.0.0", "https://example.com/a.wasm", "ftp:x"] {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
    }
}
