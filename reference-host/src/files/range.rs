//! `Range`: which part of a file is sent.

/// What a `Range` field asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RangeVerdict {
    /// The whole file: the field is malformed, of another unit, or asks for several parts.
    Whole,
    /// One part, of at least a byte: where it starts, and how long it is.
    Part { start: u64, length: u64 },
    /// No byte of the file is asked for: 416.
    Unsatisfiable,
}

/// Reads the value of a `Range` field.
///
/// Several parts are answered with the whole file, which RFC 9110 section 14.2 allows: assembling
/// them costs a server more than it helps any client.
pub(super) fn range(value: &str, size: u64) -> RangeVerdict {
    let Some((unit, set)) = value.split_once('=') else {
        return RangeVerdict::Whole;
    };
    let mut ranges = set
        .split(',')
        .map(str::trim)
        .filter(|range| !range.is_empty());
    let (Some(range), None) = (ranges.next(), ranges.next()) else {
        return RangeVerdict::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return RangeVerdict::Whole;
    }
    let Some((first, last)) = range.split_once('-') else {
        return RangeVerdict::Whole;
    };
    let part = match (number(first), number(last)) {
        // The last bytes.
        (None, Some(count)) if first.is_empty() => Some((size.saturating_sub(count), size)),
        (Some(first), None) if last.is_empty() => Some((first, size)),
        (Some(first), Some(last)) if first <= last => {
            Some((first, last.saturating_add(1).min(size)))
        }
        _ => None,
    };
    match part {
        None => RangeVerdict::Whole,
        Some((start, end)) if start < end => RangeVerdict::Part {
            start,
            length: end - start,
        },
        Some(_) => RangeVerdict::Unsatisfiable,
    }
}

/// Digits; more of them than fit are the largest number.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms() {
        let part = |start, length| RangeVerdict::Part { start, length };
        for (value, size, expected) in [
            ("bytes=0-0", 10, part(0, 1)),
            ("bytes=2-5", 10, part(2, 4)),
            ("bytes=2-", 10, part(2, 8)),
            ("bytes=-3", 10, part(7, 3)),
            ("bytes=-30", 10, part(0, 10)),
            ("bytes=2-99999999999999999999999", 10, part(2, 8)),
            ("Bytes = 2-5", 10, part(2, 4)),
            ("bytes= 2-5 ,", 10, part(2, 4)),
            ("bytes=10-", 10, RangeVerdict::Unsatisfiable),
            (
                "bytes=99999999999999999999999-",
                10,
                RangeVerdict::Unsatisfiable,
            ),
            ("bytes=-0", 10, RangeVerdict::Unsatisfiable),
            ("bytes=0-", 0, RangeVerdict::Unsatisfiable),
            ("bytes=-1", 0, RangeVerdict::Unsatisfiable),
            ("bytes=5-2", 10, RangeVerdict::Whole),
            ("bytes=0-1,3-4", 10, RangeVerdict::Whole),
            ("bytes=", 10, RangeVerdict::Whole),
            ("bytes=-", 10, RangeVerdict::Whole),
            ("bytes=a-b", 10, RangeVerdict::Whole),
            ("bytes=+1-2", 10, RangeVerdict::Whole),
            ("items=0-1", 10, RangeVerdict::Whole),
            ("0-1", 10, RangeVerdict::Whole),
            ("", 10, RangeVerdict::Whole),
        ] {
            assert_eq!(range(value, size), expected, "{value} of {size}");
        }
    }

    proptest! {
        #[test]
        fn a_part_is_inside(value in "bytes=[0-9]{0,3}-[0-9]{0,3}", size in 0..500u64) {
            if let RangeVerdict::Part { start, length } = range(&value, size) {
                prop_assert!(length > 0 && start + length <= size);
            }
        }

        #[test]
        fn any_text_is_read(value in any::<String>(), size in any::<u64>()) {
            if let RangeVerdict::Part { start, length } = range(&value, size) {
                prop_assert!(start.checked_add(length).is_some_and(|end| end <= size));
            }
        }
    }
}
