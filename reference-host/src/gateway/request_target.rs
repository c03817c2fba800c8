//! The path of a request: checked, freed of dot segments, decoded once, and ready to be split.

use std::fmt;

/// A request path that is safe to route: well-formed escapes, no NUL, UTF-8, no dot segments.
///
/// It keeps both spellings side by side, so that the path can be cut at any segment and both halves
/// are at hand, decoded (`SCRIPT_NAME`, `PATH_INFO`) and as sent (`X_RAW_PATH_INFO`).
///
/// Requirements: env.path-info.decoded-once, env.path-info.case-and-empty-segments,
/// env.raw-path-info, route.dot-segments, security.nul-in-path, security.path-not-utf8,
/// security.percent-escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestPath {
    raw: String,
    decoded: String,
    /// Where each segment's leading `/` stands, in `raw` and in `decoded`.
    starts: Vec<(usize, usize)>,
}

/// Why a path is refused with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// The path does not begin with `/`.
    NotAbsolute,
    /// A `%` that is not followed by two hexadecimal digits.
    MalformedEscape,
    /// A decoded NUL, which no environment can carry.
    Nul,
    /// The decoded path is not UTF-8.
    NotUtf8,
    /// `..` beyond the root, or dot segments hidden behind an encoded slash.
    ClimbsAboveRoot,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "the request path does not begin with a slash",
            Self::MalformedEscape => "the request path has a malformed percent-escape",
            Self::Nul => "the request path contains an encoded NUL",
            Self::NotUtf8 => "the decoded request path is not UTF-8",
            Self::ClimbsAboveRoot => "the request path climbs above the root",
        })
    }
}

impl std::error::Error for PathError {}

impl RequestPath {
    /// Checks and takes apart the path of a request target (without its query).
    ///
    /// ```
    /// let path = wagi_host::gateway::RequestPath::parse("/a/./caf%C3%A9//x%2By").unwrap();
    /// assert_eq!(path.raw(), "/a/caf%C3%A9//x%2By");
    /// assert_eq!(path.decoded(), "/a/café//x+y");
    /// ```
    pub fn parse(path: &str) -> Result<Self, PathError> {
        let Some(relative) = path.strip_prefix('/') else {
            return Err(PathError::NotAbsolute);
        };
        let mut result = Self {
            raw: String::with_capacity(path.len()),
            decoded: String::with_capacity(path.len()),
            starts: Vec::new(),
        };
        let mut pieces = relative.split('/').peekable();
        while let Some(piece) = pieces.next() {
            let segment = percent_decode(piece)?;
            let is_last = pieces.peek().is_none();
            match segment.as_ref() {
                "." | ".." => {
                    if segment == ".." {
                        result.pop()?;
                    }
                    if is_last {
                        result.push("", "");
                    }
                }
                _ if hides_dot_segments(&segment) => return Err(PathError::ClimbsAboveRoot),
                segment => result.push(piece, segment),
            }
        }
        Ok(result)
    }

    /// The path as sent, apart from resolved dot segments.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The path, decoded once.
    pub fn decoded(&self) -> &str {
        &self.decoded
    }

    /// The decoded segments; `/` has one, which is empty.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = &str> {
        let ends = self.starts.iter().skip(1).map(|start| start.1);
        let mut ends = ends.chain([self.decoded.len()]);
        self.starts.iter().map(move |&(_, start)| {
            let end = ends.next().unwrap_or(self.decoded.len());
            &self.decoded[start + 1..end]
        })
    }

    /// Cuts the path behind its first `segments` segments.
    pub fn split(&self, segments: usize) -> SplitPath<'_> {
        let (raw, decoded) = match self.starts.get(segments) {
            Some(&start) => start,
            None => (self.raw.len(), self.decoded.len()),
        };
        SplitPath {
            script_name: &self.decoded[..decoded],
            path_info: &self.decoded[decoded..],
            raw_path_info: &self.raw[raw..],
        }
    }

    fn push(&mut self, raw: &str, decoded: &str) {
        self.starts.push((self.raw.len(), self.decoded.len()));
        self.raw.push('/');
        self.raw.push_str(raw);
        self.decoded.push('/');
        self.decoded.push_str(decoded);
    }

    fn pop(&mut self) -> Result<(), PathError> {
        let (raw, decoded) = self.starts.pop().ok_or(PathError::ClimbsAboveRoot)?;
        self.raw.truncate(raw);
        self.decoded.truncate(decoded);
        Ok(())
    }
}

/// A path cut in two: what selected the module, and the rest.
///
/// Requirements: env.script-name, env.path-info, env.path-info.empty-or-slash, env.raw-path-info.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitPath<'a> {
    /// Decoded; empty for the route `/...`.
    pub script_name: &'a str,
    /// Decoded; empty, or beginning with `/`.
    pub path_info: &'a str,
    /// The same rest, as sent.
    pub raw_path_info: &'a str,
}

/// `%2e%2e%2fsecret` is one segment for routing, but decodes to a path info that climbs.
fn hides_dot_segments(segment: &str) -> bool {
    segment.contains('/') && segment.split('/').any(|part| part == "." || part == "..")
}

/// Decodes percent-escapes once.
pub(crate) fn percent_decode(text: &str) -> Result<std::borrow::Cow<'_, str>, PathError> {
    if !text.bytes().any(|byte| byte == b'%' || byte == 0) {
        return Ok(text.into());
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => {
                let high = bytes.next().and_then(hex_digit);
                let low = bytes.next().and_then(hex_digit);
                match (high, low) {
                    (Some(high), Some(low)) => high << 4 | low,
                    _ => return Err(PathError::MalformedEscape),
                }
            }
            other => other,
        };
        if byte == 0 {
            return Err(PathError::Nul);
        }
        decoded.push(byte);
    }
    match String::from_utf8(decoded) {
        Ok(decoded) => Ok(decoded.into()),
        Err(_) => Err(PathError::NotUtf8),
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    // A hexadecimal digit is below 16.
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(path: &str, segments: usize) -> (String, String, String) {
        let path = RequestPath::parse(path).unwrap();
        let split = path.split(segments);
        let own = |text: &str| text.to_string();
        (
            own(split.script_name),
            own(split.path_info),
            own(split.raw_path_info),
        )
    }

    #[test]
    fn dot_segments_are_resolved_in_every_spelling() {
        for (sent, resolved) in [
            ("/a/./b", "/a/b"),
            ("/a/../b", "/b"),
            ("/a/%2e%2E/b", "/b"),
            ("/a/.%2e/b", "/b"),
            ("/a/..", "/"),
            ("/a/.", "/a/"),
            ("/a/b/../", "/a/"),
            ("/a//../b", "/a/b"),
            ("/a//b", "/a//b"),
            ("/...", "/..."),
            ("/", "/"),
            ("//", "//"),
        ] {
            assert_eq!(RequestPath::parse(sent).unwrap().raw(), resolved, "{sent}");
        }
    }

    #[test]
    fn refusals() {
        for (path, error) in [
            ("", PathError::NotAbsolute),
            ("*", PathError::NotAbsolute),
            ("/%", PathError::MalformedEscape),
            ("/%4", PathError::MalformedEscape),
            ("/%zz", PathError::MalformedEscape),
            ("/%+1", PathError::MalformedEscape),
            ("/a%00b", PathError::Nul),
            ("/%FF", PathError::NotUtf8),
            ("/%C3/%A9", PathError::NotUtf8),
            ("/..", PathError::ClimbsAboveRoot),
            ("/a/../..", PathError::ClimbsAboveRoot),
            ("/a/..%2f..%2fetc", PathError::ClimbsAboveRoot),
            ("/a/%2e%2e%2fetc", PathError::ClimbsAboveRoot),
        ] {
            assert_eq!(RequestPath::parse(path), Err(error), "{path}");
        }
    }

    #[test]
    fn a_path_is_cut_in_both_spellings_at_once() {
        let own = |(a, b, c): (&str, &str, &str)| (a.to_string(), b.to_string(), c.to_string());
        assert_eq!(
            split("/f%6fo/b%2fc/%41+", 1),
            own(("/foo", "/b/c/A+", "/b%2fc/%41+"))
        );
        assert_eq!(split("/foo", 1), own(("/foo", "", "")));
        assert_eq!(split("/foo/", 1), own(("/foo", "/", "/")));
        assert_eq!(split("/foo//x", 1), own(("/foo", "//x", "//x")));
        assert_eq!(split("/x/y", 0), own(("", "/x/y", "/x/y")));
        assert_eq!(split("/%252F", 0), own(("", "/%2F", "/%252F")));
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in any::<String>()) {
            let _ = RequestPath::parse(&text);
        }

        /// Requirement: env.script-name.rebuilds-path.
        #[test]
        fn encoding_the_halves_again_names_the_same_path(
            segments in prop::collection::vec("[^/\0]{0,6}", 1..5),
            cut in 0_usize..6,
        ) {
            let path: String = segments.iter().map(|s| format!("/{}", encode(s))).collect();
            let Ok(path) = RequestPath::parse(&path) else { return Ok(()) };
            let halves = path.split(cut);
            prop_assert!(halves.path_info.is_empty() || halves.path_info.starts_with('/'));
            let again = format!("{}{}", encode(halves.script_name), encode(halves.path_info));
            let again = RequestPath::parse(&again).unwrap();
            prop_assert_eq!(again.split(cut).script_name, halves.script_name);
            prop_assert_eq!(again.split(cut).path_info, halves.path_info);
        }

        #[test]
        fn no_dot_segment_survives(path in "(/(\\.|%2e|%2E|a|%2f|%2F){0,4}){1,6}") {
            if let Ok(path) = RequestPath::parse(&path) {
                prop_assert!(path.decoded().split('/').all(|s| s != "." && s != ".."), "{:?}", path);
                let joined: String = path.segments().map(|s| format!("/{s}")).collect();
                prop_assert_eq!(joined, path.decoded());
            }
        }
    }

    fn encode(text: &str) -> String {
        text.bytes()
            .map(|byte| match byte {
                b'/' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
                byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect()
    }
}
