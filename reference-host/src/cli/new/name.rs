//! The name of a project.

use std::fmt;
use std::path::Path;

/// A name that Cargo, Go, npm and file systems take: lower case letters, digits, `-` and `_`, beginning
/// with a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProjectName(String);

/// Why there is no project of this name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NameError {
    name: String,
    reason: &'static str,
    suggestion: Option<String>,
}

const MAX_LENGTH: usize = 64;

/// Rust's words, and names that Cargo keeps for itself.
const RESERVED: &str = "abstract alloc as async await become box break build const continue core crate deps do dyn \
    else enum examples extern false final fn for gen if impl in incremental let loop macro match mod move mut override \
    priv proc-macro proc_macro pub ref return self static std struct super test trait true try type typeof union \
    unsafe unsized use virtual where while yield";

/// What the templates depend on: a package cannot depend on one of its own name.
const DEPENDENCIES: [&str; 3] = ["serde", "wagi-sdk", "wagi_sdk"];

impl ProjectName {
    /// The name that a folder gives to the project in it: its last part.
    ///
    /// # Errors
    ///
    /// If it has none, or none that is usable everywhere.
    pub(super) fn of_folder(folder: &Path) -> Result<Self, NameError> {
        match folder.file_name() {
            Some(name) => Self::parse(&name.to_string_lossy()),
            None => Err(NameError {
                name: folder.display().to_string(),
                reason: "it names no new folder; `hello` would",
                suggestion: None,
            }),
        }
    }

    fn parse(name: &str) -> Result<Self, NameError> {
        match problem(name) {
            None => Ok(Self(name.to_owned())),
            Some(reason) => Err(NameError {
                name: name.to_owned(),
                reason,
                suggestion: suggestion(name).filter(|suggestion| problem(suggestion).is_none()),
            }),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is wrong with a name.
fn problem(name: &str) -> Option<&'static str> {
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        Some("it has to begin with a lower case letter from a to z")
    } else if !name.chars().all(is_allowed) {
        Some("it may have lower case letters from a to z, digits, `-` and `_`")
    } else if name.len() > MAX_LENGTH {
        Some("it is longer than 64 characters")
    } else if RESERVED.split_whitespace().any(|word| word == name) {
        Some("it is a word of Rust or a name that Cargo keeps for itself")
    } else if DEPENDENCIES.contains(&name) {
        Some("it is the name of a library that the project uses")
    } else {
        None
    }
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
}

/// A similar name that is allowed.
fn suggestion(name: &str) -> Option<String> {
    let lower: String = name
        .to_lowercase()
        .chars()
        .map(|c| if is_allowed(c) { c } else { '-' })
        .collect();
    let parts: Vec<_> = lower.split('-').filter(|part| !part.is_empty()).collect();
    let joined = parts.join("-");
    let joined = joined.trim_start_matches('_');
    match joined.chars().next()? {
        'a'..='z' if joined == name => Some(format!("{joined}-handler")),
        'a'..='z' => Some(joined.to_owned()),
        _ => Some(format!("wagi-{joined}")),
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, reason, .. } = self;
        write!(f, "`{name}` cannot be the name of a project: {reason}")?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; `{suggestion}` would do"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_part_of_a_path_is_the_name() {
        for (folder, name) in [("hello", "hello"), ("a/b_2-c", "b_2-c"), ("../x/", "x")] {
            assert_eq!(
                ProjectName::of_folder(Path::new(folder)).unwrap().as_str(),
                name
            );
        }
    }

    #[test]
    fn what_is_no_name() {
        let names = [
            "",
            ".",
            "..",
            "/",
            "Hello World",
            "2fast",
            "-x",
            "_",
            "ümlaut",
            "fn",
            "test",
            "wagi-sdk",
            "a.b",
            "日本",
        ];
        let messages = names.map(|name| {
            ProjectName::of_folder(Path::new(name))
                .unwrap_err()
                .to_string()
        });
        insta::assert_snapshot!(messages.join("\n"), @r"
        `` cannot be the name of a project: it names no new folder; `hello` would
        `.` cannot be the name of a project: it names no new folder; `hello` would
        `..` cannot be the name of a project: it names no new folder; `hello` would
        `/` cannot be the name of a project: it names no new folder; `hello` would
        `Hello World` cannot be the name of a project: it has to begin with a lower case letter from a to z; `hello-world` would do
        `2fast` cannot be the name of a project: it has to begin with a lower case letter from a to z; `wagi-2fast` would do
        `-x` cannot be the name of a project: it has to begin with a lower case letter from a to z; `x` would do
        `_` cannot be the name of a project: it has to begin with a lower case letter from a to z
        `ümlaut` cannot be the name of a project: it has to begin with a lower case letter from a to z; `mlaut` would do
        `fn` cannot be the name of a project: it is a word of Rust or a name that Cargo keeps for itself; `fn-handler` would do
        `test` cannot be the name of a project: it is a word of Rust or a name that Cargo keeps for itself; `test-handler` would do
        `wagi-sdk` cannot be the name of a project: it is the name of a library that the project uses; `wagi-sdk-handler` would do
        `a.b` cannot be the name of a project: it may have lower case letters from a to z, digits, `-` and `_`; `a-b` would do
        `日本` cannot be the name of a project: it has to begin with a lower case letter from a to z
        ");
        ProjectName::parse(&"a".repeat(64)).unwrap();
        ProjectName::parse(&"a".repeat(65)).unwrap_err();
    }

    proptest! {
        #[test]
        fn what_is_suggested_is_allowed(name in ".{0,80}") {
            if let Err(NameError { suggestion: Some(suggestion), .. }) = ProjectName::parse(&name) {
                ProjectName::parse(&suggestion).unwrap();
            }
        }
    }
}
