//! Bytes and text as people read them: nothing that comes from the network acts on a terminal or
//! hides.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A stretch of bytes as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Printable text.
    Text(&'a str),
    /// One character or byte that is none: `\r`, `\xE9`, `\u{202E}`. A backslash is one, too.
    Escape(String),
}

/// Splits `bytes` into printable text and escapes.
pub fn pieces(bytes: &[u8]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for chunk in bytes.utf8_chunks() {
        let text = chunk.valid();
        let mut start = 0;
        for (at, c) in text
            .char_indices()
            .filter(|&(_, c)| c == '\\' || is_invisible(c))
        {
            if start < at {
                pieces.push(Piece::Text(&text[start..at]));
            }
            pieces.push(Piece::Escape(escape(c)));
            start = at + c.len_utf8();
        }
        if start < text.len() {
            pieces.push(Piece::Text(&text[start..]));
        }
        pieces.extend(
            chunk
                .invalid()
                .iter()
                .map(|byte| Piece::Escape(format!("\\x{byte:02X}"))),
        );
    }
    pieces
}

/// `bytes` as one line of text in which every byte can be told.
pub fn escaped(bytes: &[u8]) -> String {
    let mut line = String::with_capacity(bytes.len());
    for piece in pieces(bytes) {
        match piece {
            Piece::Text(text) => line.push_str(text),
            Piece::Escape(escape) => line.push_str(&escape),
        }
    }
    line
}

/// `text` with controls and invisible characters escaped. Backslashes stay: the text is for people,
/// or its bytes are escaped already.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_invisible(c) {
            line.push_str(&escape(c));
        } else {
            line.push(c);
        }
    }
    Cow::Owned(line)
}

fn escape(c: char) -> String {
    match c {
        '\\' => "\\\\".to_owned(),
        '\r' => "\\r".to_owned(),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        '\0' => "\\0".to_owned(),
        c if c.is_ascii() => format!("\\x{:02X}", u32::from(c)),
        c => {
            let mut text = String::new();
            // Each UTF-8 byte would be exact as well, but hides which character it is.
            let _ = write!(text, "\\u{{{:04X}}}", u32::from(c));
            text
        }
    }
}

/// Controls, and characters that show nothing or change how their neighbours are shown.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// The two values for a report: escaped, and where they are long only the surroundings of the first
/// difference.
pub fn compared(expected: &[u8], actual: &[u8]) -> (String, String) {
    const SHOWN: usize = 256;
    const BEFORE: usize = 32;
    if expected.len() <= SHOWN && actual.len() <= SHOWN {
        return (escaped(expected), escaped(actual));
    }
    let same = expected
        .iter()
        .zip(actual)
        .take_while(|(a, b)| a == b)
        .count();
    let start = same.saturating_sub(BEFORE);
    let window = |bytes: &[u8]| {
        let end = bytes.len().min(start + SHOWN);
        let shown = escaped(bytes.get(start..end).unwrap_or_default());
        let (before, after) = (
            if start > 0 { "…" } else { "" },
            if end < bytes.len() { "…" } else { "" },
        );
        format!(
            "{before}{shown}{after} ({} bytes, different from byte {same} on)",
            bytes.len()
        )
    };
    (window(expected), window(actual))
}

/// One value for a report, cut where it is long.
pub fn shortened(bytes: &[u8]) -> String {
    const SHOWN: usize = 512;
    if bytes.len() <= SHOWN {
        return escaped(bytes);
    }
    format!("{}… ({} bytes)", escaped(&bytes[..SHOWN]), bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_can_be_told() {
        assert_eq!(
            escaped(b"caf\xE9 caf\xC3\xA9 a\\b\r\n\t\0\x1b[31m\x7f"),
            r"caf\xE9 café a\\b\r\n\t\0\x1B[31m\x7F"
        );
    }

    #[test]
    fn nothing_hides_or_turns_the_line_round() {
        assert_eq!(
            escaped("a\u{202E}b\u{200B}c\u{FEFF}".as_bytes()),
            r"a\u{202E}b\u{200B}c\u{FEFF}"
        );
        assert_eq!(visible("a\u{2028}b\u{85}"), r"a\u{2028}b\u{0085}");
    }

    #[test]
    fn what_is_escaped_already_stays() {
        assert_eq!(visible(r"caf\xE9 \r\n"), r"caf\xE9 \r\n");
    }

    #[test]
    fn cut_characters_are_bytes() {
        assert_eq!(escaped(b"\xE2\x82"), r"\xE2\x82");
        assert_eq!(escaped(b"\xED\xA0\x80x"), r"\xED\xA0\x80x");
    }

    #[test]
    fn long_values_show_the_first_difference() {
        let mut expected = vec![b'a'; 5000];
        let actual = expected.clone();
        expected[4000] = b'b';
        let (left, right) = compared(&expected, &actual);
        assert!(left.starts_with("…aaaa") && left.contains("aba"), "{left}");
        assert!(
            left.ends_with("(5000 bytes, different from byte 4000 on)"),
            "{left}"
        );
        assert!(right.contains("aaa") && !right.contains('b'.to_string().repeat(2).as_str()));
        let (short, _) = compared(&expected, b"");
        assert!(short.contains("different from byte 0 on"), "{short}");
    }
}
