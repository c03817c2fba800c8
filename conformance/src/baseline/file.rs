//! The file that a baseline is read from and written to.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Deserialize;

use super::{Baseline, Entry};
use crate::run::Pattern;

/// Why a baseline cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file cannot be opened.
    #[error("cannot read the baseline {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not the TOML of a baseline.
    #[error("{}: {source}\na baseline is a list of `[[entry]]` with `id`, `reason`, and if wanted `link`, `sometimes` and `expires`", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// With line and column.
        source: Box<toml::de::Error>,
    },
    /// An entry says nothing, or its `expires` is no day.
    #[error("{}: the entry `{id}`: {problem}", path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// The entry's id.
        id: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    entry: Vec<FileEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEntry {
    id: String,
    reason: String,
    link: Option<String>,
    #[serde(default)]
    sometimes: bool,
    expires: Option<toml::value::Datetime>,
}

fn day(value: toml::value::Datetime) -> Result<NaiveDate, ()> {
    match (value.date, value.time) {
        (Some(day), None) => {
            let (year, month) = (i32::from(day.year), u32::from(day.month));
            NaiveDate::from_ymd_opt(year, month, u32::from(day.day)).ok_or(())
        }
        _ => Err(()),
    }
}

impl Baseline {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let text = std::fs::read_to_string(path).map_err(|source| BaselineError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, path)
    }

    /// Reads the text of a file; `path` is for error messages.
    pub fn parse(text: &str, path: &Path) -> Result<Self, BaselineError> {
        let file: File = toml::from_str(text).map_err(|source| BaselineError::Malformed {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let entry = |entry: FileEntry| {
            let problem = |problem| BaselineError::Entry {
                path: path.to_owned(),
                id: entry.id.clone(),
                problem,
            };
            if entry.id.trim().is_empty() {
                return Err(problem("`id` is empty; name a case or a pattern"));
            }
            if entry.reason.trim().is_empty() {
                return Err(problem(
                    "`reason` is empty; say what the server does instead",
                ));
            }
            let expires = entry.expires.map(day).transpose();
            let expires =
                expires.map_err(|()| problem("`expires` is a day, such as 2026-12-31"))?;
            Ok(Entry {
                id: Pattern(entry.id),
                reason: entry.reason,
                link: entry.link,
                sometimes: entry.sometimes,
                expires,
            })
        };
        let heading = text.lines().map_while(|line| line.strip_prefix('#'));
        Ok(Self {
            heading: heading.map(|line| line.trim().to_owned()).collect(),
            entries: file
                .entry
                .into_iter()
                .map(entry)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The text of a file that reads as this baseline.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for line in &self.heading {
            text.push_str(format!("# {line}").trim_end());
            text.push('\n');
        }
        for entry in &self.entries {
            let quoted = |value: &str| toml::Value::from(value).to_string();
            text.push_str(&format!("\n[[entry]]\nid = {}\n", quoted(&entry.id.0)));
            text.push_str(&format!("reason = {}\n", quoted(&entry.reason)));
            if let Some(link) = &entry.link {
                text.push_str(&format!("link = {}\n", quoted(link)));
            }
            if entry.sometimes {
                text.push_str("sometimes = true\n");
            }
            if let Some(expires) = entry.expires {
                text.push_str(&format!("expires = {expires}\n"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Baseline, BaselineError> {
        Baseline::parse(text, Path::new("baseline.toml"))
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let text = "# Known failures of a server.\n#\n# Looked at by hand.\n\n[[entry]]\nid = \"status.*\"\n\
                    reason = 'says \"200\" \\ too often'\nlink = \"https://example.org/1\"\nsometimes = true\nexpires = 2026-12-31\n\n\
                    [[entry]]\nid = \"a\"\nreason = \"b\"\n";
        let baseline = parse(text).unwrap();
        assert_eq!(
            baseline.heading,
            ["Known failures of a server.", "", "Looked at by hand."]
        );
        assert_eq!(
            baseline.entries[0].expires.unwrap().to_string(),
            "2026-12-31"
        );
        assert_eq!(parse(&baseline.render()).unwrap(), baseline);
    }

    proptest::proptest! {
        #[test]
        fn any_reason_survives(reason in "\\PC*[a-z]\\PC*", control in proptest::char::range('\0', '\u{1f}')) {
            let entry = Entry {
                id: Pattern("a".to_owned()),
                reason: format!("{reason}{control}"),
                link: None,
                sometimes: false,
                expires: None,
            };
            let baseline = Baseline { heading: Vec::new(), entries: vec![entry] };
            proptest::prop_assert_eq!(parse(&baseline.render()).unwrap(), baseline);
        }
    }

    #[test]
    fn mistakes() {
        let texts = [
            "[[entry]]\nid = \"a\"\n",
            "[[entry]]\nid = \"a\"\nreason = \"b\"\nexpiry = 2026-12-31\n",
            "[[entry]]\nid = \"a\"\nreason = \" \"\n",
            "[[entry]]\nid = \"a\"\nreason = \"b\"\nexpires = 12:00:00\n",
            "[[entry]]\nid = \"\"\nreason = \"b\"\n",
            "entry = 1",
        ];
        let errors = texts.map(|text| parse(text).unwrap_err().to_string());
        insta::assert_snapshot!(errors.join("\n\n"));
    }
}
