//! Files that people write: read as text, with a clear word about what is no text.

use super::{Diagnostic, io_text};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Beyond this a file is no configuration (4 MiB).
const SIZE_LIMIT: u64 = 4 * 1024 * 1024;

/// Where a configuration was read from.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// As the user named it; diagnostics show it.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Why a file cannot be read as text: what is wrong, and where, if it is in a place.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) problem: Diagnostic,
    /// The file as far as it can be shown.
    pub(crate) source: Source,
}

impl Source {
    /// Reads a file of UTF-8 text.
    pub(crate) fn read(path: &Path) -> Result<Self, Box<Unreadable>> {
        let name = path.display().to_string();
        let unreadable = |problem: Diagnostic, text: String| {
            let path = name.clone();
            Box::new(Unreadable {
                problem,
                source: Self { path, text },
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
            Ok(text) => Ok(Self { path: name, text }),
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
