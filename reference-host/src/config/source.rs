//! Files that people write: read as text, with a clear word about what is no text.

use super::{Diagnostic, io_text};
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

/// Beyond this a file is no configuration (4 MiB).
const SIZE_LIMIT: u64 = 4 * 1024 * 1024;

/// Where a configuration was read from.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// As the user named it; diagnostics show it.
    pub(crate) path: String,
    pub(crate) text: String,
    /// Where lines begin, once somebody has asked.
    lines: OnceLock<Vec<usize>>,
}

/// Whole lines of a source.
pub(crate) struct Excerpt<'a> {
    pub(crate) text: &'a str,
    /// Where it begins in the source.
    pub(crate) start: usize,
    /// The number of its first line, from 1.
    pub(crate) line: usize,
}

/// Why a file cannot be read as text: what is wrong, and where, if it is in a place.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) problem: Diagnostic,
    /// The file as far as it can be shown.
    pub(crate) source: Source,
}

impl Source {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
            lines: OnceLock::new(),
        }
    }

    /// The lines that a place is in. A large file has many findings, and none of them needs the rest of it.
    pub(crate) fn excerpt(&self, place: Range<usize>) -> Excerpt<'_> {
        let lines = self.lines.get_or_init(|| {
            let ends = self.text.match_indices('\n');
            std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect()
        });
        let line = lines.partition_point(|start| *start <= place.start);
        let start = lines[line - 1];
        let next = lines.partition_point(|start| *start < place.end);
        let end = lines.get(next).copied().unwrap_or(self.text.len());
        Excerpt {
            text: &self.text[start..end],
            start,
            line,
        }
    }

    /// Reads a file of UTF-8 text.
    pub(crate) fn read(path: &Path) -> Result<Self, Box<Unreadable>> {
        let name = path.display().to_string();
        let unreadable = |problem: Diagnostic, text: String| {
            let path = name.clone();
            Box::new(Unreadable {
                problem,
                source: Self::new(path, text),
            })
        };
        let bytes = match read_bytes(path) {
            Ok(bytes) => bytes,
            Err(Problem { text, hint }) => {
                let problem = Diagnostic::error(format!("cannot read `{name}`: {text}"), 0..0);
                let problem = match hint {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                };
                return Err(unreadable(problem, String::new()));
            }
        };
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(name, text)),
            Err(error) => {
                let (problem, text) = not_utf8(&name, error.as_bytes());
                Err(unreadable(problem, text))
            }
        }
    }
}

struct Problem {
    text: String,
    hint: Option<String>,
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, Problem> {
    let problem = |error: std::io::Error| Problem {
        text: io_text(&error),
        hint: hint_at_link(path),
    };
    let plain = |text: &str, hint: &str| Problem {
        text: text.to_string(),
        hint: Some(hint.to_string()),
    };
    let file = File::open(path).map_err(problem)?;
    if file.metadata().map_err(problem)?.is_dir() {
        return Err(plain("it is a directory", "name the file in it"));
    }
    let mut bytes = Vec::new();
    let mut limited = file.take(SIZE_LIMIT + 1);
    limited.read_to_end(&mut bytes).map_err(problem)?;
    match bytes.len() as u64 > SIZE_LIMIT {
        true => Err(plain(
            "it is larger than 4 MiB",
            "a file of that size was probably named by mistake",
        )),
        false => Ok(bytes),
    }
}

/// A link that leads nowhere looks like a file to who lists the directory.
fn hint_at_link(path: &Path) -> Option<String> {
    let target = std::fs::read_link(path).ok()?;
    Some(format!(
        "it is a link to `{}`, which cannot be opened",
        target.display()
    ))
}

fn not_utf8(name: &str, bytes: &[u8]) -> (Diagnostic, String) {
    let hint = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it seems to be UTF-16: save it as UTF-8",
        _ => "save it as UTF-8",
    };
    let text = String::from_utf8_lossy(bytes).into_owned();
    // What replaces the first wrong bytes stands where they stood.
    let start = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let span = start..start + char::REPLACEMENT_CHARACTER.len_utf8();
    let byte = bytes.get(start).copied().unwrap_or_default();
    let problem = Diagnostic::error(format!("`{name}` is not UTF-8"), span)
        .label(format!("the byte 0x{byte:02X}"))
        .hint(hint);
    (problem, text)
}

#[cfg(test)]
mod tests {
    use super::Source;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_excerpt_is_the_lines_of_its_place(text in "[a\n]{1,12}", from in 0..12_usize, length in 1..12_usize) {
            let from = from % text.len();
            let end = (from + length).min(text.len());
            let source = Source::new("a", text.as_str());
            let excerpt = source.excerpt(from..end);
            let last = excerpt.start + excerpt.text.len();
            prop_assert!(excerpt.start <= from && end <= last);
            prop_assert_eq!(&text[excerpt.start..last], excerpt.text);
            prop_assert_eq!(excerpt.line, 1 + text[..excerpt.start].matches('\n').count());
            // Whole lines, and no more of them than the place is in.
            prop_assert!(text[..excerpt.start].is_empty() || text[..excerpt.start].ends_with('\n'));
            prop_assert!(!text[excerpt.start..from].contains('\n'));
            prop_assert!(last == text.len() || excerpt.text.ends_with('\n'));
            prop_assert!(!text[end - 1..last - 1].contains('\n'));
        }
    }
}
