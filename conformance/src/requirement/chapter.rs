//! One chapter: finds the boxes and reads them.

use std::fmt;

use super::Requirement;
use crate::outcome::Level;

/// Reads one chapter.
pub(super) struct Chapter<'a> {
    file: &'a str,
    pub(super) stem: String,
    lines: Vec<&'a str>,
    pub(super) title: String,
    pub(super) version: Option<String>,
    pub(super) found: Vec<(usize, Requirement)>,
    pub(super) problems: Vec<String>,
}

impl<'a> Chapter<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
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

    pub(super) fn read(&mut self) {
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
