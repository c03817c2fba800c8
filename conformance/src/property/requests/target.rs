//! Drawn request targets: paths behind the mount, and queries.

use proptest::prelude::*;
use proptest::sample::select;

use crate::model::Rules;

/// Bytes of a path that stand for themselves.
const PLAIN: &[&str] = &[
    "a", "B", "x1", "/", "//", "-", "_", "~", ".", "=", ":", "@", ";", ",", "!", "$", "'", "(",
    "*", "+", "&",
];
const ESCAPES: &[&str] = &[
    "%41",
    "%7a",
    "%2B",
    "%20",
    "%25",
    "%252F",
    "%2525",
    "%C3%A9",
    "%c3%a9",
    "%E2%82%AC",
    "%3F",
    "%23",
    "%26",
    "%22",
    "%3b",
];
const ENCODED_SLASHES: &[&str] = &["%2F", "%2f"];
const DOTS: &[&str] = &[
    "/.", "/..", "/./", "/../", "/%2e%2e/", "/%2E", "/.%2e/", "/...", "/a/..",
];
const MALFORMED: &[&str] = &["%", "%4", "%zz", "%G1", "%%41"];
const NUL: &[&str] = &["%00"];
const NOT_UTF8: &[&str] = &["%FF", "%E9", "%C3", "%ed%a0%80"];
const CONTROLS: &[&str] = &["%0A", "%01", "%7F", "%0D%0A", "%09", "%5C"];
const OUTSIDE_URIS: &[&str] = &["é", "|", "\"", "{", "^", "[", "\\", "<"];

/// A path behind the mount: empty, or beginning with a slash.
pub(super) fn rest(rules: Rules) -> BoxedStrategy<String> {
    let common = prop_oneof![
        60 => select(PLAIN),
        28 => select(ESCAPES),
        2 => select(ENCODED_SLASHES),
    ];
    let piece = match rules {
        // What else a plain CGI server does with a path is its own affair (RFC 3875 §4.1.5).
        Rules::Cgi => common.boxed(),
        Rules::Wagi => prop_oneof![
            120 => common,
            3 => select(DOTS),
            1 => select(MALFORMED),
            1 => select(NUL),
            1 => select(NOT_UTF8),
            1 => select(CONTROLS),
            1 => select(OUTSIDE_URIS),
        ]
        .boxed(),
    };
    (any::<bool>(), prop::collection::vec(piece, 0..8))
        .prop_map(|(slash, pieces)| match (slash, pieces.is_empty()) {
            (false, true) => String::new(),
            _ => format!("/{}", pieces.concat()),
        })
        .boxed()
}

const QUERY: &[&str] = &[
    "a", "b", "=", "&", "a=1", "&&", "x=y&z", "?", "/", "+", "%20", "%26", "%3D", "-s", "--help",
    "$(id)", ";", "'", "*", ":", "@", "!", "~", "(", ",",
];
const ESCAPED_QUERY: &[&str] = &["%41", "%2b", "%00", "%FF", "%C3%A9", "%0A", "%25"];
const ODD_QUERY: &[&str] = &["é", "\"", "|", "\\", "<", "{", "%zz", "%", "[", "^"];

/// The query: none, empty, or any.
pub(super) fn query(rules: Rules) -> BoxedStrategy<Option<String>> {
    let common = prop_oneof![10 => select(QUERY), 2 => select(ESCAPED_QUERY)];
    let piece = match rules {
        Rules::Cgi => common.boxed(),
        Rules::Wagi => prop_oneof![40 => common, 1 => select(ODD_QUERY)].boxed(),
    };
    prop_oneof![
        Just(None),
        prop::collection::vec(piece, 0..6).prop_map(|pieces| Some(pieces.concat())),
    ]
    .boxed()
}
