//! The field `Range` (RFC 9110 §14.2).

/// What of a file is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Range {
    All,
    /// From `start` up to before `end`; never empty.
    Part {
        start: u64,
        end: u64,
    },
    /// Nothing that exists.
    Outside,
}

/// Reads the field. What is no byte range, and several at once, are ignored, as the RFC allows.
pub(super) fn range(field: &[u8], length: u64) -> Range {
    wanted(field, length).unwrap_or(Range::All)
}

fn wanted(field: &[u8], length: u64) -> Option<Range> {
    let text = std::str::from_utf8(field).ok()?;
    let (unit, set) = text.split_once('=')?;
    if !unit.trim_ascii().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = set.trim_ascii().split_once('-')?;
    let (start, end) = match (first.trim_ascii(), last.trim_ascii()) {
        ("", last) => (length.saturating_sub(number(last)?), length),
        (first, "") => (number(first)?, length),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            (first, length.min(last.saturating_add(1)))
        }
    };
    Some(if start < end {
        Range::Part { start, end }
    } else {
        Range::Outside
    })
}

/// `parse` alone would let a sign pass. A number that is too large is larger than any file.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::Range::{All, Outside, Part};
    use super::range;

    #[test]
    fn ranges_as_the_rfc_has_them() {
        let of = |field: &str| range(field.as_bytes(), 10);
        assert_eq!(of("bytes=0-3"), Part { start: 0, end: 4 });
        assert_eq!(of("bytes=9-"), Part { start: 9, end: 10 });
        assert_eq!(of("Bytes = 2-99"), Part { start: 2, end: 10 });
        assert_eq!(of("bytes=-3"), Part { start: 7, end: 10 });
        assert_eq!(of("bytes=-99"), Part { start: 0, end: 10 });
        assert_eq!(
            of("bytes=5-99999999999999999999999"),
            Part { start: 5, end: 10 }
        );
        for outside in [
            "bytes=10-",
            "bytes=10-12",
            "bytes=-0",
            "bytes=99999999999999999999999-",
        ] {
            assert_eq!(of(outside), Outside, "{outside}");
        }
        for all in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=3-2",
            "bytes=0-1,3-4",
            "lines=1-2",
            "bytes=+1-2",
            "bytes=1--2",
        ] {
            assert_eq!(of(all), All, "{all}");
        }
        assert_eq!(range(b"bytes=0-", 0), Outside);
        assert_eq!(range(b"bytes=-5", 0), Outside);
    }
}
