//! Route patterns: `/exact` and `/prefix/...`.

use crate::gateway::{RequestPath, percent_decode};
use std::fmt;

/// A route pattern, compared with paths segment by segment after decoding, so that `/%65nv` matches
/// `/env` and an encoded slash never separates segments.
///
/// Requirements: route.exact, route.wildcard, route.root-wildcard, route.encoded-unreserved,
/// route.encoded-slash, env.matched-route.
#[derive(Clone, Debug)]
pub struct RoutePattern {
    text: String,
    /// Decoded; for a wildcard without its `/...`.
    segments: Vec<String>,
    is_wildcard: bool,
}

/// Why a text is no route pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// It does not begin with `/`.
    NotAbsolute,
    /// `...` that is not the last segment.
    WildcardInside,
    /// A `?` or `#`: the query plays no part in routing.
    QueryOrFragment,
    /// A space or a control character.
    Blank,
    /// A malformed percent-escape, or one that decodes to NUL or to something else than UTF-8.
    Escape,
    /// `.` or `..`, which no request path contains when routes are compared.
    DotSegment,
}

impl PatternError {
    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::NotAbsolute => "begin the route with a slash",
            Self::WildcardInside => "the wildcard `/...` can only stand at the end of a route",
            Self::QueryOrFragment => {
                "leave out the query: it is passed to the module in QUERY_STRING"
            }
            Self::Blank => "write a space as `%20`",
            Self::Escape => {
                "write a percent sign as `%25`, other characters as `%` and two hex digits"
            }
            Self::DotSegment => "dot segments of a request are resolved before a route is chosen",
        }
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "a route begins with `/`",
            Self::WildcardInside => "`...` in the middle of a route",
            Self::QueryOrFragment => "a route has no query and no fragment",
            Self::Blank => "a route has no blanks",
            Self::Escape => "malformed percent-escape in a route",
            Self::DotSegment => "a route with `.` or `..` matches nothing",
        })
    }
}

impl std::error::Error for PatternError {}

impl RoutePattern {
    /// Reads a pattern.
    ///
    /// ```
    /// # use wagi_host::routes::RoutePattern;
    /// let pattern = RoutePattern::parse("/static/...").unwrap();
    /// assert!(pattern.is_wildcard());
    /// assert!(RoutePattern::parse("static").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.contains(['?', '#']) {
            return Err(PatternError::QueryOrFragment);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(PatternError::Blank);
        }
        let path = text.strip_suffix("/...");
        let is_wildcard = path.is_some();
        let path = path.unwrap_or(text);
        let relative = match (path.strip_prefix('/'), is_wildcard) {
            (Some(relative), _) => Some(relative),
            (None, true) if path.is_empty() => None,
            (None, _) => return Err(PatternError::NotAbsolute),
        };
        let mut segments = Vec::new();
        for segment in relative
            .into_iter()
            .flat_map(|relative| relative.split('/'))
        {
            match percent_decode(segment)
                .map_err(|_| PatternError::Escape)?
                .as_ref()
            {
                "..." => return Err(PatternError::WildcardInside),
                "." | ".." => return Err(PatternError::DotSegment),
                segment => segments.push(segment.to_string()),
            }
        }
        Ok(Self {
            text: text.to_string(),
            segments,
            is_wildcard,
        })
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it ends in `/...`.
    pub fn is_wildcard(&self) -> bool {
        self.is_wildcard
    }

    /// How many segments of the path the pattern uses up, if it matches.
    pub fn matches(&self, path: &RequestPath) -> Option<usize> {
        let mut segments = path.segments();
        let length_fits = match self.is_wildcard {
            true => segments.len() >= self.segments.len(),
            false => segments.len() == self.segments.len(),
        };
        let is_match = length_fits && self.segments.iter().all(|own| segments.next() == Some(own));
        is_match.then_some(self.segments.len())
    }

    /// Orders patterns by precedence: exact before wildcard, a longer prefix before a shorter one.
    ///
    /// Requirement: route.precedence.
    pub fn specificity(&self) -> (bool, usize) {
        (!self.is_wildcard, self.segments.len())
    }

    /// Whether both match the same paths.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        self.is_wildcard == other.is_wildcard && self.segments == other.segments
    }

    /// Whether this matches every path that the other one matches.
    pub fn covers(&self, other: &Self) -> bool {
        match self.is_wildcard {
            true => other.segments.starts_with(&self.segments),
            false => self.is_equivalent(other),
        }
    }

    /// Puts a declared pattern below this one, with one slash where they meet.
    ///
    /// Requirement: entrypoint.routes.prefix.
    ///
    /// ```
    /// # use wagi_host::routes::RoutePattern;
    /// let parent = RoutePattern::parse("/p/...").unwrap();
    /// assert_eq!(parent.join("/hello").unwrap().text(), "/p/hello");
    /// ```
    pub fn join(&self, declared: &str) -> Result<Self, PatternError> {
        let base = self.text.strip_suffix("/...").unwrap_or(&self.text);
        let base = base.strip_suffix('/').unwrap_or(base);
        let below = declared.strip_prefix('/').unwrap_or(declared);
        Self::parse(&format!("{base}/{below}"))
    }
}

impl fmt::Display for RoutePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let path = RequestPath::parse(path).unwrap();
        RoutePattern::parse(pattern)
            .unwrap()
            .matches(&path)
            .is_some()
    }

    #[test]
    fn exact_and_wildcard() {
        for (pattern, path, expected) in [
            ("/foo", "/foo", true),
            ("/foo", "/foo/", false),
            ("/foo", "/Foo", false),
            ("/foo", "/foo/x", false),
            ("/foo/", "/foo/", true),
            ("/", "/", true),
            ("/", "//", false),
            ("/foo/...", "/foo", true),
            ("/foo/...", "/foo/", true),
            ("/foo/...", "/foo/x/y", true),
            ("/foo/...", "/foobar", false),
            ("/foo/...", "/", false),
            ("/...", "/", true),
            ("/...", "/any//thing", true),
            ("/env", "/%65nv", true),
            ("/caf%C3%A9", "/café", true),
            ("/café", "/caf%c3%a9", true),
            ("/a/b", "/a%2Fb", false),
            ("/a/...", "/a%2Fb", false),
            ("/a%2Fb", "/a/b", false),
            ("/a/...", "/x/../a/b", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn refused_patterns() {
        for (pattern, error) in [
            ("", PatternError::NotAbsolute),
            ("foo", PatternError::NotAbsolute),
            ("foo/...", PatternError::NotAbsolute),
            ("...", PatternError::NotAbsolute),
            ("/a/.../b", PatternError::WildcardInside),
            ("/.../...", PatternError::WildcardInside),
            ("/a?b", PatternError::QueryOrFragment),
            ("/a b", PatternError::Blank),
            ("/%zz", PatternError::Escape),
            ("/a/../b", PatternError::DotSegment),
        ] {
            assert_eq!(
                RoutePattern::parse(pattern).unwrap_err(),
                error,
                "{pattern}"
            );
        }
    }

    #[test]
    fn covering() {
        for (one, other, expected) in [
            ("/a/...", "/a/b", true),
            ("/a/...", "/a", true),
            ("/a/...", "/a/b/...", true),
            ("/a/b/...", "/a/...", false),
            ("/a", "/a", true),
            ("/a", "/a/...", false),
            ("/...", "/", true),
        ] {
            let pattern = |text| RoutePattern::parse(text).unwrap();
            assert_eq!(
                pattern(one).covers(&pattern(other)),
                expected,
                "{one} {other}"
            );
        }
    }

    #[test]
    fn joining() {
        for (parent, declared, joined) in [
            ("/p", "/hello", "/p/hello"),
            ("/p/", "/hello", "/p/hello"),
            ("/p/...", "/hello", "/p/hello"),
            ("/p/...", "hello", "/p/hello"),
            ("/", "/hello", "/hello"),
            ("/...", "/hello", "/hello"),
            ("/p", "/bye/...", "/p/bye/..."),
            ("/...", "/...", "/..."),
        ] {
            let parent = RoutePattern::parse(parent).unwrap();
            assert_eq!(parent.join(declared).unwrap().text(), joined);
        }
    }

    proptest! {
        #[test]
        fn a_wildcard_matches_its_prefix_and_everything_below(
            prefix in prop::collection::vec("[a-z]{1,3}", 0..4),
            below in prop::collection::vec("[a-z]{0,3}", 0..4),
        ) {
            let prefix: String = prefix.iter().map(|s| format!("/{s}")).collect();
            let below: String = below.iter().map(|s| format!("/{s}")).collect();
            let path = format!("{prefix}{below}");
            prop_assume!(!path.is_empty());
            let path = RequestPath::parse(&path).unwrap();
            let pattern = RoutePattern::parse(&format!("{prefix}/...")).unwrap();
            let used = pattern.matches(&path).unwrap();
            prop_assert_eq!(path.split(used).script_name, prefix);
            prop_assert_eq!(path.split(used).path_info, below);
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in any::<String>()) {
            let _ = RoutePattern::parse(&text);
        }
    }
}
