//! Where two values part, so that a reader need not search.

use unicode_width::UnicodeWidthStr as _;

/// A value, cut in three: what it shares with the other at the beginning, what differs, and what
/// it shares with the other at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// Alike at the beginning.
    pub(super) before: &'a str,
    /// Different; empty where the value merely lacks something.
    pub(super) different: &'a str,
    /// Alike at the end.
    pub(super) after: &'a str,
}

impl Parts<'_> {
    /// The same cut, with no more than the first character of what differs.
    pub(super) fn first_only(self) -> Self {
        let first = units(self.different).next().map_or(0, str::len);
        let (different, after) = self.different.split_at(first);
        // Only where nothing is shared at the end do the two halves stay in one piece.
        if self.after.is_empty() {
            Self {
                different,
                after,
                ..self
            }
        } else {
            self
        }
    }
}

/// Compares two values in the notation of [`crate::outcome::Mismatch`].
pub(super) fn parts<'a>(expected: &'a str, actual: &'a str) -> (Parts<'a>, Parts<'a>) {
    let (left, right): (Vec<_>, Vec<_>) = (units(expected).collect(), units(actual).collect());
    let before = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let after = left[before..]
        .iter()
        .rev()
        .zip(right[before..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let cut = |text: &'a str, units: &[&str]| {
        let length = |units: &[&str]| units.iter().map(|unit| unit.len()).sum::<usize>();
        let (start, end) = (
            length(&units[..before]),
            length(&units[..units.len() - after]),
        );
        Parts {
            before: &text[..start],
            different: &text[start..end],
            after: &text[end..],
        }
    };
    (cut(expected, &left), cut(actual, &right))
}

/// The characters of `text`, an escape such as `\xE9`, `\r` or `\u{202E}` being one.
fn units(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = escape_length(rest).unwrap_or(first.len_utf8());
        let (unit, tail) = rest.split_at(length);
        rest = tail;
        Some(unit)
    })
}

fn escape_length(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('\\')?;
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    match rest.bytes().next()? {
        b'r' | b'n' | b't' | b'0' | b'\\' | b'"' | b'\'' => Some(2),
        b'x' => rest.get(1..3).filter(|digits| is_hex(digits)).map(|_| 4),
        b'u' => {
            let digits = rest.strip_prefix("u{")?;
            let end = digits
                .find('}')
                .filter(|&end| end <= 6 && is_hex(&digits[..end]))?;
            Some("\\u{".len() + end + 1)
        }
        _ => None,
    }
}

/// What of two values is shown on lines of a limited width, and the column of the first difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The expected value, or the stretch around the difference.
    pub(super) expected: String,
    /// The actual value, or the stretch around the difference, beginning at the same place.
    pub(super) actual: String,
    /// How many columns stand before the first difference.
    pub(super) column: usize,
}

/// Cuts two values to `width` columns so that the first difference shows, `…` marking the cuts.
pub(super) fn excerpt(expected: &str, actual: &str, width: usize) -> Excerpt {
    let common = parts(expected, actual).0.before;
    let (mut skipped, mut column) = (0, common.width());
    if expected.width().max(actual.width()) > width && column > width / 2 {
        // Keep a third of the line for what leads up to the difference.
        let keep = width / 3;
        for unit in units(common) {
            if column <= keep {
                break;
            }
            skipped += unit.len();
            column -= unit.width();
        }
        column += 1;
    }
    let cut = |value: &str| {
        let lead = if skipped > 0 { "…" } else { "" };
        let value = format!("{lead}{}", &value[skipped..]);
        if value.width() <= width {
            return value;
        }
        let (mut line, mut columns) = (String::new(), 0);
        for unit in units(&value) {
            columns += unit.width();
            if columns > width - 1 {
                break;
            }
            line.push_str(unit);
        }
        line.push('…');
        line
    };
    Excerpt {
        expected: cut(expected),
        actual: cut(actual),
        column,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differing<'a>(expected: &'a str, actual: &'a str) -> (&'a str, &'a str) {
        let (expected, actual) = parts(expected, actual);
        (expected.different, actual.different)
    }

    #[test]
    fn the_middle_differs() {
        assert_eq!(differing("/a%2Fb", "/a/b"), ("%2F", "/"));
        assert_eq!(differing("302", "301"), ("2", "1"));
        assert_eq!(differing("same", "same"), ("", ""));
        assert_eq!(differing("ab", "abc"), ("", "c"));
        assert_eq!(differing("", "x"), ("", "x"));
        assert_eq!(differing("aa", "aaa"), ("", "a"));
    }

    #[test]
    fn an_escape_is_one_unit() {
        assert_eq!(differing(r"caf\xE9", r"caf\xE8"), (r"\xE9", r"\xE8"));
        assert_eq!(differing(r"a\r", r"a\n"), (r"\r", r"\n"));
        assert_eq!(
            differing(r"\u{202E}", r"\u{202D}"),
            (r"\u{202E}", r"\u{202D}")
        );
        // No escapes: too short, no digits.
        assert_eq!(differing(r"\xZZ", r"\xZY"), ("Z", "Y"));
        assert_eq!(differing(r"\", r"\u{}"), ("", "u{}"));
    }

    #[test]
    fn short_values_are_shown_whole() {
        let shown = excerpt("/a%2Fb", "/a/b", 40);
        assert_eq!(
            (shown.expected.as_str(), shown.actual.as_str()),
            ("/a%2Fb", "/a/b")
        );
        assert_eq!(shown.column, 2);
    }

    #[test]
    fn columns_are_those_of_the_terminal() {
        assert_eq!(excerpt("日本x", "日本y", 40).column, 4);
    }

    #[test]
    fn long_values_show_the_place_where_they_part() {
        let (expected, actual) = (
            format!("{}b{}", "a".repeat(500), "c".repeat(500)),
            "a".repeat(900),
        );
        let shown = excerpt(&expected, &actual, 40);
        for line in [&shown.expected, &shown.actual] {
            assert_eq!(line.width(), 40, "{line}");
            assert!(line.starts_with('…') && line.ends_with('…'), "{line}");
        }
        assert_eq!(shown.expected.chars().nth(shown.column), Some('b'));
        assert_eq!(shown.actual.chars().nth(shown.column), Some('a'));
        assert_eq!(
            shown.expected.find('b'),
            shown.actual.find('a').map(|_| "…".len() + shown.column - 1)
        );
    }

    #[test]
    fn no_width_is_too_small() {
        for width in 1..12 {
            let shown = excerpt(
                "aaaaaaaaaaaaaaaaaaaaé日",
                r"aaaaaaaaaaaaaaaaaaaa\xE9",
                width,
            );
            assert!(shown.actual.width() <= width.max(1), "{width}: {shown:?}");
        }
    }
}
