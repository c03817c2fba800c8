//! Bytes as people read them.

use std::fmt::Write as _;

/// Text as it is, everything else escaped: `\r`, `\n`, `\t`, `\\`, `\0`, `\xE9`.
///
/// Printable UTF-8 stays; a byte that belongs to no character and every control character is
/// escaped, so that two different byte strings never look alike.
pub fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\r' => text.push_str("\\r"),
                '\n' => text.push_str("\\n"),
                '\t' => text.push_str("\\t"),
                '\0' => text.push_str("\\0"),
                '\\' => text.push_str("\\\\"),
                // Invisible and bidirectional characters could make two values look alike.
                c if c.is_control() || is_invisible(c) => {
                    let _ = write!(text, "\\u{{{:X}}}", u32::from(c));
                }
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
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
    fn text_stays_and_bytes_are_escaped() {
        assert_eq!(escaped("caf\u{e9}".as_bytes()), "café");
        assert_eq!(
            escaped(b"caf\xE9\r\n\0\\\x01"),
            "caf\\xE9\\r\\n\\0\\\\\\u{1}"
        );
        assert_eq!(escaped("a\u{202E}b".as_bytes()), "a\\u{202E}b");
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
