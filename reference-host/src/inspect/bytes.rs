//! Bytes and lists in JSON, with what was cut.

use crate::observe::{Excerpt, ShortList};
use serde::Serialize;
use std::fmt::Write as _;

/// Bytes: as text where they are UTF-8, otherwise in hexadecimal.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    /// How many there were.
    length: u64,
    /// How many of them are here: the first ones.
    kept: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

impl From<&Excerpt> for Shown {
    fn from(excerpt: &Excerpt) -> Self {
        let bytes = excerpt.bytes();
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Some(text),
            // Where it was cut a character may be, too.
            Err(error) if excerpt.is_cut() && error.error_len().is_none() => {
                std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()
            }
            Err(_) => None,
        };
        Self {
            length: excerpt.total(),
            kept: text.map_or(bytes.len(), str::len),
            text: text.map(str::to_string),
            hex: text.is_none().then(|| hex(bytes)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A list.
#[derive(Debug, Serialize)]
pub(super) struct Listed<T> {
    entries: Vec<T>,
    /// How many more there were.
    left_out: usize,
}

impl<T> Listed<T> {
    pub(super) fn new<'a, U>(list: &'a ShortList<U>, show: impl Fn(&'a U) -> T) -> Self {
        Self {
            entries: list.entries().iter().map(show).collect(),
            left_out: list.left_out(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(limit: usize, bytes: &[u8]) -> String {
        let mut excerpt = Excerpt::up_to(limit);
        excerpt.add(bytes);
        serde_json::to_string(&Shown::from(&excerpt)).unwrap()
    }

    #[test]
    fn text_and_bytes() {
        assert_eq!(
            shown(9, "é\0".as_bytes()),
            r#"{"length":3,"kept":3,"text":"é\u0000"}"#
        );
        assert_eq!(shown(9, b"a\xff"), r#"{"length":2,"kept":2,"hex":"61ff"}"#);
        assert_eq!(shown(9, b""), r#"{"length":0,"kept":0,"text":""}"#);
    }

    #[test]
    fn a_character_that_was_cut_is_no_binary() {
        assert_eq!(
            shown(2, "aé".as_bytes()),
            r#"{"length":3,"kept":1,"text":"a"}"#
        );
        assert_eq!(shown(2, b"a\xffb"), r#"{"length":3,"kept":2,"hex":"61ff"}"#);
        assert_eq!(shown(9, b"a\xc3"), r#"{"length":2,"kept":2,"hex":"61c3"}"#);
    }
}
