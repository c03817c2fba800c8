//! Placeholders in texts.

use super::Problems;
use crate::case::bytes::{PLACEHOLDERS, words};
use crate::case::schema::{Bytes, Part};

pub(super) fn texts(list: &[String], problems: &mut Problems<'_>) {
    for text in list {
        placeholders(&Bytes::Text(text.clone()), problems);
    }
}

/// Words in braces that are no placeholder, and parts that say `false`.
pub(super) fn placeholders(bytes: &Bytes, problems: &mut Problems<'_>) {
    if let Bytes::Parts(parts) = bytes
        && parts.contains(&Part::EveryByte { every_byte: false })
    {
        problems.add("every-byte", "`every-byte` is always true");
    }
    for text in texts_of(bytes) {
        for word in words(text) {
            if !PLACEHOLDERS.contains(&word) {
                let known = PLACEHOLDERS.join("}, {");
                problems.add(
                    &format!("{{{word}}}"),
                    format_args!("`{{{word}}}` is no placeholder; there are {{{known}}}"),
                );
            }
        }
    }
}

fn texts_of(bytes: &Bytes) -> Vec<&str> {
    match bytes {
        Bytes::Text(text) => vec![text],
        Bytes::Parts(parts) => parts
            .iter()
            .filter_map(|part| match part {
                Part::Text(text) | Part::Repeat { repeat: text, .. } => Some(text.as_str()),
                Part::Byte(_) | Part::EveryByte { .. } | Part::Filler { .. } => None,
            })
            .collect(),
    }
}

pub(super) fn held(bytes: &Bytes, holds: &dyn Fn(&str) -> bool) -> bool {
    texts_of(bytes).into_iter().any(holds)
}
