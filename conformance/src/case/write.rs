//! Bytes as they stand in a case file.

use super::bytes::{filler, words};

/// Bytes, or a placeholder for some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// These, whatever they look like.
    Bytes(&'a [u8]),
    /// A placeholder, without its braces.
    Placeholder(&'static str),
}

/// A stretch of one byte is written as a repetition from this length on.
const RUN: usize = 48;
/// A stretch of the documented sequence is looked for in bytes that are longer.
const FILLED: usize = 256;

/// The pieces, one after another, as a TOML value that [`super::schema::Bytes`] is read from.
pub fn bytes(pieces: &[Piece<'_>]) -> String {
    let mut writer = Writer::default();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => writer.bytes(bytes),
            Piece::Placeholder(word) => writer.text.push_str(&format!("{{{word}}}")),
        }
    }
    writer.flush();
    match writer.parts.as_slice() {
        [] => "\"\"".to_owned(),
        [only] if only.starts_with('"') => only.clone(),
        parts => format!("[{}]", parts.join(", ")),
    }
}

#[derive(Default)]
struct Writer {
    parts: Vec<String>,
    text: String,
}

impl Writer {
    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.parts.push(string(&self.text));
            self.text.clear();
        }
    }

    fn part(&mut self, part: String) {
        self.flush();
        self.parts.push(part);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if let Some(start) = filled_from(bytes) {
            self.unfilled(&bytes[..start]);
            let length = bytes.len() - start;
            self.part(format!("{{ filler = {length} }}"));
        } else {
            self.unfilled(bytes);
        }
    }

    fn unfilled(&mut self, bytes: &[u8]) {
        let (mut start, mut at) = (0, 0);
        while let Some(&first) = bytes.get(at) {
            let run = bytes[at..]
                .iter()
                .take_while(|&&byte| byte == first)
                .count();
            if run >= RUN && first.is_ascii() {
                self.plain(&bytes[start..at]);
                let text = string(&char::from(first).to_string());
                self.part(format!("{{ repeat = {text}, times = {run} }}"));
                start = at + run;
            }
            at += run;
        }
        self.plain(&bytes[start..]);
    }

    /// Bytes without long stretches of one.
    fn plain(&mut self, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            for c in chunk.valid().chars() {
                self.text.push(c);
                // A text that looks like a placeholder is none: its last brace becomes a byte.
                if c == '}' && self.ends_in_word() {
                    self.text.pop();
                    self.part("0x7D".to_owned());
                }
            }
            for byte in chunk.invalid() {
                self.part(format!("0x{byte:02X}"));
            }
        }
    }

    fn ends_in_word(&self) -> bool {
        let open = self.text.rfind('{');
        open.is_some_and(|open| !words(&self.text[open..]).is_empty())
    }
}

/// From where on the bytes are the documented sequence from its beginning.
fn filled_from(bytes: &[u8]) -> Option<usize> {
    if bytes.len() < FILLED {
        return None;
    }
    let sequence = filler(bytes.len());
    (0..bytes.len() - FILLED).find(|&start| {
        bytes[start] == sequence[0] && bytes[start..] == sequence[..bytes.len() - start]
    })
}

/// A basic TOML string on one line.
pub fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if crate::text::visible(c.encode_utf8(&mut [0; 4])).len() > c.len_utf8() => {
                let code = u32::from(c);
                quoted.push_str(&match code {
                    ..0x1_0000 => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                });
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::case::bytes::Context;
    use crate::case::schema::Bytes;

    fn read(value: &str) -> Vec<u8> {
        #[derive(serde::Deserialize)]
        struct Table {
            value: Bytes,
        }
        let table: Table = toml::from_str(&format!("value = {value}")).expect(value);
        let context = Context {
            mount: "/m".to_owned(),
            pattern: "/m/...".to_owned(),
            nonce: "n".to_owned(),
            host: "h:1".to_owned(),
        };
        context.bytes(&table.value)
    }

    #[test]
    fn what_is_written() {
        let written = |bytes: &[u8]| super::bytes(&[Piece::Bytes(bytes)]);
        assert_eq!(written(b""), r#""""#);
        assert_eq!(written(b"a\"b\\\r\n\t\x01"), r#""a\"b\\\r\n\t\u0001""#);
        assert_eq!(written("caf\u{e9}".as_bytes()), "\"caf\u{e9}\"");
        assert_eq!(written(b"caf\xE9 x"), r#"["caf", 0xE9, " x"]"#);
        assert_eq!(written(b"{host}"), r#"["{host", 0x7D]"#);
        assert_eq!(written(&[b'a'; 60]), r#"[{ repeat = "a", times = 60 }]"#);
        let large = [b"a\n".as_slice(), &filler(3000)].concat();
        assert_eq!(written(&large), r#"["a\n", { filler = 3000 }]"#);
        let pieces = [
            Piece::Bytes(b"GET "),
            Piece::Placeholder("mount"),
            Piece::Bytes(b"/{a}"),
        ];
        assert_eq!(super::bytes(&pieces), r#"["GET {mount}/{a", 0x7D]"#);
        assert_eq!(read(&super::bytes(&pieces)), b"GET /m/{a}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_back(bytes in any::<Vec<u8>>()) {
            prop_assert_eq!(read(&super::bytes(&[Piece::Bytes(&bytes)])), bytes);
        }

        #[test]
        fn any_text_is_read_back(
            parts in proptest::collection::vec(
                prop_oneof!["\\PC{0,5}", Just("{host}".to_owned()), Just("{".to_owned()), Just("x".repeat(50)), Just("{".repeat(50)), Just("\u{e9}".repeat(30))],
                0..6,
            )
        ) {
            let bytes = parts.concat().into_bytes();
            prop_assert_eq!(read(&super::bytes(&[Piece::Bytes(&bytes)])), bytes);
        }
    }
}
