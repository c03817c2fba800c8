//! The path of a request: escapes, dot segments, empty segments.

/// A path, or the rest of one, as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawPath<'a>(pub &'a [u8]);

/// A percent sign that two hexadecimal digits do not follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedEscape;

impl RawPath<'_> {
    /// With every escape decoded, once; `+` stays.
    pub fn decode(self) -> Result<Vec<u8>, MalformedEscape> {
        let mut decoded = Vec::with_capacity(self.0.len());
        let mut rest = self.0.iter();
        while let Some(&byte) = rest.next() {
            if byte != b'%' {
                decoded.push(byte);
                continue;
            }
            let mut digit = || rest.next().and_then(|&b| char::from(b).to_digit(16));
            match (digit(), digit()) {
                // Two hexadecimal digits make one byte.
                (Some(high), Some(low)) => decoded.push((high * 16 + low) as u8),
                _ => return Err(MalformedEscape),
            }
        }
        Ok(decoded)
    }

    /// In the normal form of RFC 3986 §6.2.2: escapes of unreserved characters decoded, the others
    /// in upper case.
    pub fn normalize(self) -> Vec<u8> {
        let mut normal = Vec::with_capacity(self.0.len());
        let mut rest = self.0;
        while let [first, behind @ ..] = rest {
            let escape = rest.get(..3).filter(|_| *first == b'%');
            match escape
                .and_then(|escape| RawPath(escape).decode().ok())
                .as_deref()
            {
                Some([byte]) if is_unreserved(*byte) => normal.push(*byte),
                Some(_) => normal.extend(rest[..3].to_ascii_uppercase()),
                None => {
                    normal.push(*first);
                    rest = behind;
                    continue;
                }
            }
            rest = &rest[3..];
        }
        normal
    }

    /// Whether an encoded slash stands in it.
    pub fn has_encoded_slash(self) -> bool {
        self.0
            .windows(3)
            .any(|escape| escape.eq_ignore_ascii_case(b"%2F"))
    }

    /// Whether a byte stands in it that a URI path cannot hold.
    pub fn has_bytes_outside_uris(self) -> bool {
        !self.0.iter().all(|&b| is_path_byte(b))
    }

    /// Whether `.` or `..` is one of its segments, also with `%2e` for the dot.
    pub fn has_dot_segments(self) -> bool {
        self.segments()
            .any(|segment| Dots::of(segment, true).is_some())
    }

    /// Whether decoding makes dot segments of what was none before, by an encoded slash.
    pub fn hides_dot_segments(self) -> bool {
        let Ok(decoded) = self.decode() else {
            return false;
        };
        let dots = |bytes: &[u8]| {
            RawPath(bytes)
                .segments()
                .filter(|s| matches!(*s, b"." | b".."))
                .count()
        };
        dots(&decoded)
            > self
                .segments()
                .filter(|s| Dots::of(s, true).is_some())
                .count()
    }

    /// With dot segments resolved (RFC 3986 §5.2.4); `encoded` takes `%2e` for a dot. `None` for a
    /// path that climbs above the root.
    pub fn resolve(self, encoded: bool) -> Option<Vec<u8>> {
        let mut kept: Vec<&[u8]> = Vec::new();
        let segments: Vec<&[u8]> = self.segments().collect();
        for (index, segment) in segments.iter().enumerate() {
            let last = index + 1 == segments.len();
            match Dots::of(segment, encoded) {
                None => kept.push(segment),
                Some(dots) => {
                    // The first element is the empty one in front of the leading slash.
                    if dots == Dots::Parent && (kept.len() < 2 || kept.pop().is_none()) {
                        return None;
                    }
                    if last {
                        kept.push(b"");
                    }
                }
            }
        }
        Some(super::join(&kept, b"/"))
    }

    /// With every run of slashes made one.
    pub fn merge_slashes(self) -> Vec<u8> {
        let mut merged = self.0.to_vec();
        merged.dedup_by(|b, a| *a == b'/' && *b == b'/');
        merged
    }

    fn segments(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|&b| b == b'/')
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dots {
    Same,
    Parent,
}

impl Dots {
    fn of(segment: &[u8], encoded: bool) -> Option<Dots> {
        let mut dots = 0;
        let mut rest = segment;
        while !rest.is_empty() {
            rest = match rest {
                [b'.', rest @ ..] => rest,
                [b'%', b'2', b'e' | b'E', rest @ ..] if encoded => rest,
                _ => return None,
            };
            dots += 1;
        }
        match dots {
            1 => Some(Dots::Same),
            2 => Some(Dots::Parent),
            _ => None,
        }
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Unreserved characters, sub-delimiters, `:`, `@`, `/`, and the percent sign of an escape.
fn is_path_byte(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@/%".contains(&byte)
}

/// Whether a byte stands in the query that a URI query cannot hold.
pub fn query_has_bytes_outside_uris(query: &[u8]) -> bool {
    !query.iter().all(|&b| is_path_byte(b) || b == b'?')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decoded_once() {
        let table: &[(&str, Result<&[u8], MalformedEscape>)] = &[
            ("/caf%C3%A9/a%2Bb", Ok("/café/a+b".as_bytes())),
            ("/%252F", Ok(b"/%2F")),
            ("/a+b", Ok(b"/a+b")),
            ("/%2f%41", Ok(b"//A")),
            ("/%FF%00", Ok(b"/\xFF\0")),
            ("", Ok(b"")),
            ("/%zz", Err(MalformedEscape)),
            ("/%4", Err(MalformedEscape)),
            ("/%", Err(MalformedEscape)),
            ("/%é", Err(MalformedEscape)),
        ];
        for (raw, expected) in table {
            assert_eq!(
                RawPath(raw.as_bytes()).decode().as_deref(),
                expected.as_deref(),
                "{raw}"
            );
        }
    }

    #[test]
    fn normalized() {
        let table = [
            ("%41%7e", "A~"),
            ("%2f%C3%a9", "%2F%C3%A9"),
            ("a+%%4", "a+%%4"),
        ];
        for (raw, expected) in table {
            assert_eq!(
                RawPath(raw.as_bytes()).normalize(),
                expected.as_bytes(),
                "{raw}"
            );
        }
    }

    #[test]
    fn dot_segments_resolved() {
        // The examples of RFC 3986 §5.2.4, and what climbs.
        let table: &[(&str, bool, Option<&str>)] = &[
            ("/a/b/c/./../../g", false, Some("/a/g")),
            ("/mid/content=5/../6", false, Some("/mid/6")),
            ("/a/.", false, Some("/a/")),
            ("/a/..", false, Some("/")),
            ("/a//..", false, Some("/a/")),
            ("/..", false, None),
            ("/a/../../b", false, None),
            ("/a/%2e%2E/b", true, Some("/b")),
            ("/a/%2e%2E/b", false, Some("/a/%2e%2E/b")),
            ("/a/.../b", true, Some("/a/.../b")),
            ("/a/.b", true, Some("/a/.b")),
        ];
        for &(raw, encoded, expected) in table {
            let resolved = RawPath(raw.as_bytes()).resolve(encoded);
            assert_eq!(resolved.as_deref(), expected.map(str::as_bytes), "{raw}");
        }
    }

    #[test]
    fn dot_segments_found() {
        let table = [
            ("/a/./b", true, false),
            ("/a/%2e", true, false),
            ("/a/.%2E/", true, false),
            ("/a/...", false, false),
            ("/a.b/..c", false, false),
            ("/a%2F..%2Fb", false, true),
            ("/a%2Fb", false, false),
        ];
        for (raw, open, hidden) in table {
            let path = RawPath(raw.as_bytes());
            assert_eq!(
                (path.has_dot_segments(), path.hides_dot_segments()),
                (open, hidden),
                "{raw}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_to_itself(bytes: Vec<u8>) {
            let encoded: String = bytes.iter().map(|b| format!("%{b:02x}")).collect();
            prop_assert_eq!(RawPath(encoded.as_bytes()).decode(), Ok(bytes));
        }

        #[test]
        fn a_resolved_path_has_no_dots_left(raw in "(/(\\.|\\.\\.|%2e|a|)){0,8}") {
            if let Some(resolved) = RawPath(raw.as_bytes()).resolve(true) {
                prop_assert!(!RawPath(&resolved).has_dot_segments());
                prop_assert_eq!(RawPath(&resolved).resolve(true), Some(resolved.clone()));
            }
        }
    }
}
