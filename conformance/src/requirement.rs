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

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};

use crate::outcome::{Level, RequirementRecord};

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

/// Reads one chapter.
struct Chapter<'a> {
    file: &'a str,
    stem: String,
    lines: Vec<&'a str>,
    title: String,
    version: Option<String>,
    found: Vec<(usize, Requirement)>,
    problems: Vec<String>,
}

impl<'a> Chapter<'a> {
    fn new(file: &'a str, text: &'a str) -> Self {
        let lines: Vec<_> = text.lines().collect();
        let stem = file.strip_suffix(".md").unwrap_or(file).to_owned();
        let title = lines
            .iter()
            .find_map(|line| line.strip_prefix("# "))
            .map_or_else(|| stem.clone(), |title| title.trim().to_owned());
        Self {
            file,
            stem,
            lines,
            title,
            version: None,
            found: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn read(&mut self) {
        let mut fenced = false;
        let mut anchor = None;
        let mut at = 0;
        while let Some(&line) = self.lines.get(at) {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            }
            if fenced {
                at += 1;
                continue;
            }
            if self.version.is_none() && self.stem == "introduction" {
                self.version = version_of(line);
            }
            if let Some(id) = line
                .strip_prefix("<a id=\"")
                .and_then(|l| l.strip_suffix("\"></a>"))
            {
                anchor = Some(id);
            } else if line.starts_with("> **") {
                let end = self.lines[at..].iter().position(|l| !l.starts_with('>'));
                let end = end.map_or(self.lines.len(), |length| at + length);
                self.requirement(at, end, anchor.take());
                at = end;
                continue;
            } else if !line.trim().is_empty() {
                anchor = None;
            }
            at += 1;
        }
    }

    fn problem(&mut self, at: usize, what: impl fmt::Display) {
        self.problems
            .push(format!("{}:{}: {what}", self.file, at + 1));
    }

    /// The box in the lines `at..end`, which comes after `anchor`.
    fn requirement(&mut self, at: usize, end: usize, anchor: Option<&str>) {
        let heading = self.lines[at].trim_start_matches("> **");
        let Some((id, rest)) = heading.split_once("**") else {
            return self.problem(at, "a box that begins with `**` and names no id");
        };
        if id.is_empty()
            || !id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
        {
            return self.problem(
                at,
                format_args!("`{id}` is no id: small letters, digits, `-` and `.`"),
            );
        }
        match anchor {
            None => self.problem(
                at,
                format_args!("`{id}` has no anchor `<a id=\"{id}\"></a>` before it"),
            ),
            Some(other) if other != id => {
                self.problem(
                    at,
                    format_args!("`{id}` stands below the anchor of `{other}`"),
                );
            }
            Some(_) => {}
        }
        let keyword = rest.trim().trim_start_matches('·').trim();
        let level = match keyword {
            "MUST" | "MUST NOT" => Level::Must,
            "SHOULD" | "SHOULD NOT" => Level::Should,
            "MAY" => Level::May,
            "" => return self.problem(at, format_args!("`{id}` has no level")),
            other => {
                return self.problem(
                    at,
                    format_args!("`{id}` has the level `{other}`; known: MUST, MUST NOT, SHOULD, SHOULD NOT, MAY"),
                );
            }
        };
        let (mut text, mut source, mut excluded) = (Vec::new(), None, None);
        for paragraph in paragraphs(&self.lines[at + 1..end]) {
            if let Some(rest) = paragraph.strip_prefix("Source: ") {
                source = Some(rest.to_owned());
            } else if let Some(rest) = paragraph.strip_prefix("Not testable: ") {
                excluded = Some(rest.to_owned());
            } else {
                text.push(paragraph);
            }
        }
        if text.is_empty() {
            self.problem(at, format_args!("`{id}` has no text"));
        }
        let Some(source) = source else {
            return self.problem(at, format_args!("`{id}` has no line `> Source: …`"));
        };
        let requirement = Requirement {
            id: id.to_owned(),
            level,
            keyword: keyword.to_owned(),
            text: text.join("\n\n"),
            source,
            excluded,
            chapter: self.stem.clone(),
            chapter_title: self.title.clone(),
        };
        self.found.push((at + 1, requirement));
    }
}

/// The paragraphs of a blockquote.
fn paragraphs(lines: &[&str]) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in lines {
        let line = line.strip_prefix('>').unwrap_or(line);
        let line = line.strip_prefix(' ').unwrap_or(line);
        if line.trim().is_empty() {
            paragraphs.push(String::new());
        } else if let Some(last) = paragraphs.last_mut() {
            if !last.is_empty() {
                last.push('\n');
            }
            last.push_str(line);
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// `X.Y.Z` of a line `**Version X.Y.Z**`.
fn version_of(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("Version ")?;
    let version: String = rest
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    let version = version.trim_end_matches('.');
    (version.split('.').count() == 3 && version.split('.').all(|part| !part.is_empty()))
        .then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(chapter: &str) -> Result<Requirements, SpecError> {
        let introduction = "# Introduction\n\n**Version 1.2.3**\n";
        read(|file| match file {
            "SUMMARY.md" => Some("[Introduction](introduction.md)\n- [Status](status.md)\n"),
            "introduction.md" => Some(introduction),
            "status.md" => Some(chapter),
            _ => None,
        })
    }

    const BOX: &str = "# Status\n\n<a id=\"status.one\"></a>\n\n> **status.one** · MUST NOT\n>\n> First `line`\n> second.\n>\n> More.\n>\n> Source: RFC 3875 §6.\n>\n> Not testable: because.\n";

    #[test]
    fn a_box_is_read() {
        let requirements = with(BOX).unwrap();
        assert_eq!(requirements.version, "1.2.3");
        let one = requirements.get("status.one").unwrap();
        assert_eq!((one.level, one.keyword.as_str()), (Level::Must, "MUST NOT"));
        assert_eq!(one.text, "First `line`\nsecond.\n\nMore.");
        assert_eq!(one.source, "RFC 3875 §6.");
        assert_eq!(one.excluded.as_deref(), Some("because."));
        assert_eq!(one.link(), "spec/src/status.md#status.one");
        assert_eq!(one.chapter_title, "Status");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let problem = |text: &str| with(text).unwrap_err().problems.join("\n");
        let twice = format!("{BOX}\n{}", BOX.trim_start_matches("# Status\n\n"));
        assert_eq!(
            problem(&twice),
            "status.md:18: the id `status.one` stands at status.md:5 already; ids are unique"
        );
        assert_eq!(
            problem(&BOX.replace(" · MUST NOT", "")),
            "status.md:5: `status.one` has no level"
        );
        assert!(
            problem(&BOX.replace("MUST NOT", "OUGHT"))
                .starts_with("status.md:5: `status.one` has the level `OUGHT`")
        );
        assert_eq!(
            problem(&BOX.replace("Source: ", "From: ")),
            "status.md:5: `status.one` has no line `> Source: …`"
        );
        assert_eq!(
            problem(&BOX.replace("id=\"status.one\"", "id=\"status.two\"")),
            "status.md:5: `status.one` stands below the anchor of `status.two`"
        );
        assert!(problem(&BOX.replace("<a id=\"status.one\"></a>", "")).contains("has no anchor"));
        assert!(
            problem(&BOX.replace("> First `line`\n> second.\n>\n> More.\n>\n", ""))
                .contains("has no text")
        );
    }

    #[test]
    fn a_missing_chapter_and_a_missing_version_are_errors() {
        let error =
            read(|file| (file == "SUMMARY.md").then_some("- [Status](status.md)")).unwrap_err();
        assert_eq!(
            error.problems,
            [
                "SUMMARY.md:1: there is no chapter `status.md`",
                "introduction.md: no line `**Version X.Y.Z**`"
            ]
        );
    }

    #[test]
    fn code_is_not_read() {
        let fenced = format!("# Status\n\n```markdown\n{BOX}```\n");
        assert_eq!(with(&fenced).unwrap().iter().count(), 0);
    }

    #[test]
    fn the_specification_is_sound() {
        let requirements = all().unwrap_or_else(|error| panic!("{error}"));
        assert!(requirements.iter().count() >= 176);
        assert!(requirements.get("env.path-info.decoded-once").is_some());
    }
}
