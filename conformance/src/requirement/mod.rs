//! The requirements, read from the chapters of the specification, which are compiled in.
//!
//! A requirement stands in a box of a chapter in `spec/src/`:
//!
//! ```markdown
//! <a id="env.gateway-interface"></a>
//!
//! > **env.gateway-interface** · MUST
//! >
//! > `GATEWAY_INTERFACE` is `CGI/1.1`.
//! >
//! > Source: RFC 3875 §4.1.4.
//! >
//! > Not testable: only where no case can exist.
//! ```

mod chapter;

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};

use crate::outcome::{Level, RequirementRecord};
use chapter::Chapter;

static CHAPTERS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../spec/src");

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The permanent id.
    pub id: String,
    /// How binding it is.
    pub level: Level,
    /// `MUST`, `MUST NOT`, `SHOULD`, `SHOULD NOT` or `MAY`.
    pub keyword: String,
    /// Its paragraphs, Markdown, separated by empty lines.
    pub text: String,
    /// Where the rule comes from.
    pub source: String,
    /// Why no case can test it, where that is so.
    pub excluded: Option<String>,
    /// The chapter, by the name of its file without `.md`.
    pub chapter: String,
    /// The chapter's title.
    pub chapter_title: String,
}

impl Requirement {
    /// The permanent link, relative to the root of the repository.
    pub fn link(&self) -> String {
        format!("spec/src/{}.md#{}", self.chapter, self.id)
    }

    /// As a report shows it.
    pub fn record(&self) -> RequirementRecord {
        RequirementRecord {
            keyword: self.keyword.clone(),
            text: self.text.clone(),
            chapter: self.chapter_title.clone(),
            link: self.link(),
        }
    }

    /// Whether the suite owes a case: MUST and SHOULD, unless the specification says why none can
    /// exist.
    pub fn is_binding(&self) -> bool {
        self.level != Level::May
    }
}

/// All requirements, in the order of the specification.
#[derive(Debug)]
pub struct Requirements {
    /// The version of the specification.
    pub version: String,
    /// The chapters in the order of the summary: file stem and title.
    pub chapters: Vec<(String, String)>,
    list: Vec<Requirement>,
    by_id: HashMap<String, usize>,
}

impl Requirements {
    /// The requirement of this id.
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        self.by_id.get(id).map(|&index| &self.list[index])
    }

    /// In the order of the specification.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.list.iter()
    }

    /// The place of a chapter in the order of the specification.
    pub fn chapter_order(&self, chapter: &str) -> usize {
        self.chapters
            .iter()
            .position(|(stem, _)| stem == chapter)
            .unwrap_or(self.chapters.len())
    }
}

/// What is wrong with the chapters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SpecError {
    /// Each with its place.
    pub problems: Vec<String>,
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

/// The specification that is compiled in.
pub fn all() -> Result<&'static Requirements, SpecError> {
    static ALL: OnceLock<Result<Requirements, SpecError>> = OnceLock::new();
    ALL.get_or_init(|| {
        read(|file| {
            CHAPTERS
                .get_file(file)
                .and_then(|found| found.contents_utf8())
        })
    })
    .as_ref()
    .map_err(Clone::clone)
}

/// Reads the chapters that `SUMMARY.md` names, through `open`, which gives the text of a file.
pub fn read<'a>(open: impl Fn(&str) -> Option<&'a str>) -> Result<Requirements, SpecError> {
    let mut problems = Vec::new();
    let mut list: Vec<Requirement> = Vec::new();
    let mut places: HashMap<String, String> = HashMap::new();
    let mut chapters = Vec::new();
    let mut version = None;
    let summary = open("SUMMARY.md").unwrap_or_default();
    for (file, line) in summary_files(summary) {
        let Some(text) = open(&file) else {
            problems.push(format!("SUMMARY.md:{line}: there is no chapter `{file}`"));
            continue;
        };
        let mut chapter = Chapter::new(&file, text);
        chapter.read();
        version = version.or(chapter.version);
        problems.append(&mut chapter.problems);
        for (line, requirement) in chapter.found {
            let place = format!("{file}:{line}");
            if let Some(first) = places.get(&requirement.id) {
                problems.push(format!(
                    "{place}: the id `{}` stands at {first} already; ids are unique",
                    requirement.id
                ));
                continue;
            }
            places.insert(requirement.id.clone(), place);
            list.push(requirement);
        }
        chapters.push((chapter.stem, chapter.title));
    }
    if chapters.is_empty() && problems.is_empty() {
        problems.push("SUMMARY.md: it names no chapter".to_owned());
    }
    let Some(version) = version else {
        problems.push("introduction.md: no line `**Version X.Y.Z**`".to_owned());
        return Err(SpecError { problems });
    };
    if !problems.is_empty() {
        return Err(SpecError { problems });
    }
    let by_id = list
        .iter()
        .enumerate()
        .map(|(index, one)| (one.id.clone(), index))
        .collect();
    Ok(Requirements {
        version,
        chapters,
        list,
        by_id,
    })
}

/// The files that the summary links, with the line of the link.
fn summary_files(summary: &str) -> Vec<(String, usize)> {
    summary
        .lines()
        .zip(1..)
        .filter_map(|(line, number)| {
            let (_, rest) = line.split_once("](")?;
            let (file, _) = rest.split_once(')')?;
            file.ends_with(".md").then(|| (file.to_owned(), number))
        })
        .collect()
}

#[cfg(test)]
mod tests;
