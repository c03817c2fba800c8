//! Where a new project takes wagi-sdk from.

use super::Failure;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The version that the templates are written for.
const VERSION: &str = "0.1";

/// Where a new project takes wagi-sdk from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Sdk {
    /// From crates.io.
    #[default]
    Published,
    /// From a folder that the user names.
    Folder(PathBuf),
    /// From the checkout in which this program was built.
    Checkout(PathBuf),
}

impl Sdk {
    pub(super) fn in_folder(folder: &Path) -> Result<Self, Failure> {
        let folder = folder.canonicalize().map_err(|error| {
            Failure::wrong(format_args!("--sdk-path {}: {error}", folder.display()))
        })?;
        if is_sdk(&folder) {
            Ok(Self::Folder(folder))
        } else {
            Err(Failure::wrong(format_args!(
                "--sdk-path {}: there is no Cargo.toml of `wagi-sdk` in it",
                folder.display()
            )))
        }
    }

    /// The one in the checkout whose `target` folder the program is in. Whoever could put another one
    /// there could replace the program as well.
    pub(super) fn beside(program: &Path) -> Option<Self> {
        let mut above = program.ancestors().map(|folder| folder.join("wagi-sdk"));
        above.find(|folder| is_sdk(folder)).map(Self::Checkout)
    }

    /// The line in the project's manifest.
    pub(super) fn requirement(&self) -> Result<String, Failure> {
        match self {
            Self::Published => Ok(format!("wagi-sdk = \"{VERSION}\"")),
            Self::Folder(folder) | Self::Checkout(folder) => {
                let text = folder.to_str().ok_or_else(|| {
                    Failure::wrong(format_args!(
                        "{}: a path in a manifest has to be UTF-8",
                        folder.display()
                    ))
                })?;
                let path = toml::Value::from(text);
                Ok(format!("wagi-sdk = {{ path = {path} }}"))
            }
        }
    }
}

fn is_sdk(folder: &Path) -> bool {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    manifest.lines().any(|line| line == "name = \"wagi-sdk\"")
}

impl fmt::Display for Sdk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Published => write!(
                f,
                "from crates.io, version {VERSION}; `--sdk-path DIR` takes it from a clone of the project"
            ),
            Self::Folder(folder) => write!(f, "from {}", folder.display()),
            Self::Checkout(folder) => write!(
                f,
                "from {}, beside which this wagi was built",
                folder.display()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_beside_the_program() {
        let checkout = tempfile::tempdir().unwrap();
        let program = checkout.path().join("target/debug/wagi");
        assert_eq!(Sdk::beside(&program), None);

        let sdk = checkout.path().join("wagi-sdk");
        fs::create_dir(&sdk).unwrap();
        fs::write(sdk.join("Cargo.toml"), "[package]\nname = \"other\"\n").unwrap();
        assert_eq!(Sdk::beside(&program), None);
        fs::write(sdk.join("Cargo.toml"), "[package]\nname = \"wagi-sdk\"\n").unwrap();
        assert_eq!(Sdk::beside(&program), Some(Sdk::Checkout(sdk)));
    }

    #[test]
    fn paths_are_quoted() {
        let requirement = Sdk::Folder(r#"/a "b"\c"#.into()).requirement().unwrap();
        assert_eq!(
            toml::from_str::<toml::Table>(&requirement).unwrap()["wagi-sdk"]["path"].as_str(),
            Some(r#"/a "b"\c"#)
        );
        assert_eq!(Sdk::Published.requirement().unwrap(), "wagi-sdk = \"0.1\"");
    }
}
