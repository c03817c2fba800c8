//! The forms of a report, and `--report json=F,junit=F,html=F`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The form in which a report is written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The whole record, for programs; documented in `conformance/README.md`.
    Json,
    /// JUnit XML, for CI.
    Junit,
    /// One self-contained page, for people.
    Html,
    /// As JSON, but only what does not change from run to run: for `matrix` and version control.
    Results,
}

impl Kind {
    /// All forms, in the order in which messages list them.
    pub const ALL: [Self; 4] = [Self::Json, Self::Junit, Self::Html, Self::Results];

    /// Its name in `--report`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Html => "html",
            Self::Results => "results",
        }
    }

    /// The file name extension that suits it.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json | Self::Results => "json",
            Self::Junit => "xml",
            Self::Html => "html",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A form and the file it goes to: one item of `--report`, written `html=report.html`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The form.
    pub kind: Kind,
    /// The file.
    pub path: PathBuf,
}

/// Why an item of `--report` is none; the text says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseDestinationError {
    /// Nothing before the first `=`, or a word that names no form.
    #[error("`{word}` is no form of report; there are {}", names())]
    UnknownKind {
        /// The word.
        word: String,
    },
    /// No file after the form.
    #[error("`{kind}` needs a file: `{kind}=report.{}`", kind.extension())]
    NoFile {
        /// The form.
        kind: Kind,
    },
}

fn names() -> String {
    let names: Vec<_> = Kind::ALL.iter().map(|kind| format!("`{kind}`")).collect();
    let (last, rest) = names.split_last().expect("there are several forms");
    format!("{} and {last}", rest.join(", "))
}

impl FromStr for Destination {
    type Err = ParseDestinationError;

    fn from_str(item: &str) -> Result<Self, Self::Err> {
        let (word, file) = item.split_once('=').unwrap_or((item, ""));
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.name() == word.trim())
            .ok_or_else(|| ParseDestinationError::UnknownKind {
                word: word.trim().to_owned(),
            })?;
        if file.is_empty() {
            return Err(ParseDestinationError::NoFile { kind });
        }
        Ok(Self {
            kind,
            path: file.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_and_a_file() {
        let destination: Destination = "html=out/report=1.html".parse().unwrap();
        assert_eq!(
            destination,
            Destination {
                kind: Kind::Html,
                path: "out/report=1.html".into()
            }
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_what_is_right() {
        let message = |item: &str| item.parse::<Destination>().unwrap_err().to_string();
        insta::assert_snapshot!(message("pdf=x"), @"`pdf` is no form of report; there are `json`, `junit`, `html` and `results`");
        insta::assert_snapshot!(message("junit"), @"`junit` needs a file: `junit=report.xml`");
        insta::assert_snapshot!(message("json="), @"`json` needs a file: `json=report.json`");
        insta::assert_snapshot!(message(""), @"`` is no form of report; there are `json`, `junit`, `html` and `results`");
    }
}
