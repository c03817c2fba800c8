//! The forms of a report, and `--report json=F,junit=F,html=F,md=F,tap=F,badge=F,github`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The form in which a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The whole record, for programs; documented in `conformance/README.md`.
    Json,
    /// JUnit XML, for CI.
    Junit,
    /// One self-contained page, for people.
    Html,
    /// Markdown, for the summary of a CI job.
    Markdown,
    /// TAP 14, for whatever reads the Test Anything Protocol.
    Tap,
    /// A badge as an image.
    BadgeSvg,
    /// A badge as JSON, for shields.io's endpoint.
    BadgeEndpoint,
    /// Workflow commands, which GitHub shows as annotations.
    Github,
    /// As JSON, but only what does not change from run to run: for `matrix` and version control.
    Results,
}

impl Kind {
    /// All forms, in the order in which messages list them.
    pub const ALL: [Self; 9] = [
        Self::Json,
        Self::Junit,
        Self::Html,
        Self::Markdown,
        Self::Tap,
        Self::BadgeSvg,
        Self::BadgeEndpoint,
        Self::Github,
        Self::Results,
    ];

    /// Its name in `--report`; both forms of the badge have the same.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Html => "html",
            Self::Markdown => "md",
            Self::Tap => "tap",
            Self::BadgeSvg | Self::BadgeEndpoint => "badge",
            Self::Github => "github",
            Self::Results => "results",
        }
    }

    /// The file name extension that suits it.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json | Self::BadgeEndpoint | Self::Results => "json",
            Self::Junit => "xml",
            Self::Html => "html",
            Self::Markdown => "md",
            Self::Tap => "tap",
            Self::BadgeSvg => "svg",
            Self::Github => "txt",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// A file, replaced as a whole.
    File(PathBuf),
    /// Standard output: `-`.
    Stdout,
}

/// A form and where it goes: one item of `--report`, written `html=report.html`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The form.
    pub kind: Kind,
    /// Where it goes.
    pub output: Output,
}

impl Destination {
    /// A report in a file.
    pub fn file(kind: Kind, path: impl Into<PathBuf>) -> Self {
        Self {
            kind,
            output: Output::File(path.into()),
        }
    }

    /// Whether it is the one thing that standard output is for: the results in words then go to
    /// standard error. Workflow commands may stand among words.
    pub fn takes_stdout(&self) -> bool {
        self.output == Output::Stdout && self.kind != Kind::Github
    }
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
    /// A badge whose file name does not say which of its two forms is meant.
    #[error(
        "`badge` needs a file that ends in `.svg` (an image) or `.json` (for the endpoint of shields.io): \
         `badge=badge.svg`"
    )]
    WhichBadge,
    /// A file for what belongs to standard output.
    #[error("`github` takes no file: its workflow commands go to standard output")]
    GithubFile,
}

/// Two reports that would go to the same place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{first}` and `{second}` would both go to {place}: give each a place of its own")]
pub struct SamePlace {
    first: Kind,
    second: Kind,
    place: String,
}

/// Refuses two reports at one place: the later would replace the earlier.
pub fn check_places(destinations: &[Destination]) -> Result<(), SamePlace> {
    let resolved: Vec<_> = destinations
        .iter()
        .map(|one| resolved(&one.output))
        .collect();
    for (later, place) in resolved.iter().enumerate() {
        if let Some(earlier) = resolved[..later].iter().position(|other| other == place) {
            return Err(SamePlace {
                first: destinations[earlier].kind,
                second: destinations[later].kind,
                place: match &destinations[later].output {
                    Output::File(path) => path.display().to_string(),
                    Output::Stdout => "standard output".to_owned(),
                },
            });
        }
    }
    Ok(())
}

/// The file that a path names, however it is written; nothing for standard output.
fn resolved(output: &Output) -> Option<PathBuf> {
    let Output::File(path) = output else {
        return None;
    };
    if let Ok(there) = path.canonicalize() {
        return Some(there);
    }
    // The file is still to come; its folder may stand already, behind whatever links.
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = folder
        .canonicalize()
        .or_else(|_| std::path::absolute(folder))
        .unwrap_or_else(|_| folder.to_owned());
    Some(folder.join(path.file_name().unwrap_or_default()))
}

fn names() -> String {
    let mut names: Vec<_> = Kind::ALL.iter().map(|kind| format!("`{kind}`")).collect();
    names.dedup();
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
        let output = match (kind, file) {
            (Kind::Github, "" | "-") => Output::Stdout,
            (Kind::Github, _) => return Err(ParseDestinationError::GithubFile),
            (Kind::BadgeSvg, file) => return badge(file),
            (_, "") => return Err(ParseDestinationError::NoFile { kind }),
            (_, "-" | "/dev/stdout") => Output::Stdout,
            (_, file) => Output::File(file.into()),
        };
        Ok(Self { kind, output })
    }
}

/// Which badge it is, the end of the file's name says.
fn badge(file: &str) -> Result<Destination, ParseDestinationError> {
    let extension = Path::new(file).extension().unwrap_or_default();
    let kind = [Kind::BadgeSvg, Kind::BadgeEndpoint]
        .into_iter()
        .find(|kind| extension.eq_ignore_ascii_case(kind.extension()))
        .ok_or(ParseDestinationError::WhichBadge)?;
    Ok(Destination::file(kind, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(item: &str) -> Destination {
        item.parse().unwrap()
    }

    #[test]
    fn a_form_and_a_file() {
        assert_eq!(
            parsed("html=out/report=1.html"),
            Destination::file(Kind::Html, "out/report=1.html")
        );
        assert_eq!(parsed("badge=b.svg").kind, Kind::BadgeSvg);
        assert_eq!(parsed("badge=b.JSON").kind, Kind::BadgeEndpoint);
    }

    #[test]
    fn standard_output() {
        for item in ["md=-", "tap=-", "json=/dev/stdout", "github", "github=-"] {
            assert_eq!(parsed(item).output, Output::Stdout, "{item}");
        }
        assert!(parsed("md=-").takes_stdout());
        assert!(!parsed("github").takes_stdout());
        assert!(!parsed("md=x").takes_stdout());
    }

    #[test]
    fn what_is_wrong_is_said_with_what_is_right() {
        let message = |item: &str| item.parse::<Destination>().unwrap_err().to_string();
        insta::assert_snapshot!(message("pdf=x"), @"`pdf` is no form of report; there are `json`, `junit`, `html`, `md`, `tap`, `badge`, `github` and `results`");
        insta::assert_snapshot!(message("junit"), @"`junit` needs a file: `junit=report.xml`");
        insta::assert_snapshot!(message("json="), @"`json` needs a file: `json=report.json`");
        insta::assert_snapshot!(message(""), @"`` is no form of report; there are `json`, `junit`, `html`, `md`, `tap`, `badge`, `github` and `results`");
        insta::assert_snapshot!(message("badge=b.png"), @"`badge` needs a file that ends in `.svg` (an image) or `.json` (for the endpoint of shields.io): `badge=badge.svg`");
        assert_eq!(message("badge"), message("badge=-"));
        insta::assert_snapshot!(message("github=x"), @"`github` takes no file: its workflow commands go to standard output");
    }

    #[test]
    fn one_place_for_one_report() {
        let check = |items: &[&str]| {
            let all: Vec<_> = items.iter().map(|item| parsed(item)).collect();
            check_places(&all).map_err(|error| error.to_string())
        };
        assert_eq!(check(&["json=a", "md=b", "html=x/a", "tap=-"]), Ok(()));
        let error = check(&["json=a", "md=b", "html=./a"]).unwrap_err();
        insta::assert_snapshot!(error, @"`json` and `html` would both go to ./a: give each a place of its own");
        let error = check(&["github", "tap=-"]).unwrap_err();
        insta::assert_snapshot!(error, @"`github` and `tap` would both go to standard output: give each a place of its own");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "").unwrap();
        std::os::unix::fs::symlink("a", folder.path().join("b")).unwrap();
        let at = |name: &str| Destination::file(Kind::Json, folder.path().join(name));
        assert!(check_places(&[at("a"), at("b")]).is_err());
        assert!(check_places(&[at("a"), at("c")]).is_ok());
    }
}
