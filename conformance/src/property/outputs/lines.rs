//! Drawn lines of a header block.

use proptest::prelude::*;
use proptest::sample::select;

use crate::model::Rules;

const CONTENT_TYPES: &[&[u8]] = &[b"text/plain", b"text/html; charset=utf-8", b"a/b", b""];
const CODES: &[&[u8]] = &[
    b"200",
    b"404 Not Found",
    b"201",
    b"204",
    b"302",
    b"303 See Other",
    b"304",
    b"299",
    b"418",
    b"500 Oops",
    b"503",
    b"599",
    b"200 OK",
    b"307\tX",
    b"405",
    b"226",
    b"451",
];
const BAD_CODES: &[&[u8]] = &[
    b"abc",
    b"20",
    b"1000",
    b"200abc",
    b"-1",
    b"",
    b"2 00",
    b"+200",
    b"0x1",
    b"\xd9\xa2\xd9\xa0\xd9\xa0",
    b"40\x004",
    b"404\rX-Evil: 1",
];
const BELOW_200: &[&[u8]] = &[b"100", b"101", b"103 Early Hints", b"199", b"000"];
const ABOVE_599: &[&[u8]] = &[b"600", b"700", b"999 x"];
const LOCATIONS: &[&[u8]] = &[
    b"http://example.com/",
    b"https://example.com:8443/a?b=c&d#e",
    b"http://h:1/%41",
];
const ODD_LOCATIONS: &[&[u8]] = &[
    b"//example.com/x",
    b"next",
    b"?page=2",
    b"",
    b"http://example.com/a b",
    b"mailto:a@example.com",
    b"http://example.com/\xC3\xA9",
];
const NAMES: &[&[u8]] = &[
    b"X-A",
    b"X-B",
    b"x-lower",
    b"X-MiXeD",
    b"Cache-Control",
    b"X_Under",
    b"Link",
    b"X!#$%&'*+.^`|~1",
];
const VALUES: &[&[u8]] = &[
    b"a",
    b"1, 2",
    b"a:b",
    b"http://h:1/",
    b"\"q, r\"",
    b"x  y",
    b"a\tb",
    b"=",
    b"Status: 404",
];
const COOKIES: &[&[u8]] = &[
    b"a=1",
    b"b=2; Path=/",
    b"c=3; Expires=Thu, 01 Jan 2032 00:00:00 GMT",
];
const TEXT: &[&[u8]] = &["é".as_bytes(), "日本, ü".as_bytes()];
const NOT_UTF8: &[&[u8]] = &[b"caf\xE9", b"\xFF"];
const CONTROLS: &[&[u8]] = &[
    b"a\rSet-Cookie: evil=1",
    b"a\0b",
    b"a\x01",
    b"\x1b[0m",
    b"a\x7f",
    b"\rX-Evil: 1",
    b"a\r\rb",
    b"a\x0bb",
];
const MALFORMED: &[&[u8]] = &[
    b"oops",
    b": x",
    b"Bad Name: x",
    b"X(A): y",
    b"B\xC3\xA4d: z",
    b"HTTP/1.1 404 Not Found",
    b"X-N\0: a",
    b"=",
    b"Set-Cookie",
    b"X-\rJoined: 1",
];
const CONTINUATIONS: &[&[u8]] = &[
    b" X-Evil: 1",
    b"\tfolded",
    b" Set-Cookie: evil=1",
    b"  Status: 404",
    b"\tLocation: http://evil.example/",
    b" x",
];
const LENGTHS: &[&[u8]] = &[b"0", b"1", b"3", b"100000", b"abc", b"-1", b"5, 5", b""];
const CONNECTION: &[(&str, &[u8])] = &[
    ("Connection", b"X-Module"),
    ("Connection", b"close"),
    ("Connection", b"X-A"),
    ("Keep-Alive", b"timeout=77"),
    ("Transfer-Encoding", b"gzip"),
    ("Transfer-Encoding", b"chunked"),
    ("Transfer-Encoding", b"identity, chunked"),
    ("TE", b"trailers"),
    ("Trailer", b"X-Module"),
    ("Upgrade", b"module/1"),
    ("Proxy-Authenticate", b"Module"),
    ("proxy-connection", b"module"),
];
const SERVERS: &[(&str, &[u8])] = &[
    ("Date", b"Thu, 01 Jan 1970 00:00:00 GMT"),
    ("Server", b"module/1"),
    ("X-CGI-Thing", b"1"),
];

/// A line of a header block without its end.
pub(super) type Bytes = Vec<u8>;

/// One of the lines without which there is no answer.
pub(super) fn cgi(rules: Rules, fetchable: &str) -> BoxedStrategy<Bytes> {
    let content_type = field(cased("Content-Type"), choose(CONTENT_TYPES));
    prop_oneof![6 => content_type, 3 => status(rules), 2 => location(rules, fetchable)].boxed()
}

/// Any line.
pub(super) fn line(rules: Rules, fetchable: &str) -> BoxedStrategy<Bytes> {
    let name = choose(NAMES).boxed();
    let usual = prop_oneof![
        6 => field(name.clone(), choose(VALUES)),
        4 => field(cased("Set-Cookie"), choose(COOKIES)),
        2 => status(rules),
        2 => location(rules, fetchable),
        1 => field(cased("Content-Type"), choose(CONTENT_TYPES)),
        1 => field(name.clone(), Just(Vec::new())),
        1 => choose(MALFORMED),
        1 => choose(CONTINUATIONS),
        1 => field(name.clone(), choose(CONTROLS)),
        1 => blank_before_colon(rules, fetchable),
        1 => field(name.clone(), choose(NOT_UTF8)),
    ];
    match rules {
        // A plain CGI server may trust a script with these (RFC 3875 §6.3.4).
        Rules::Cgi => usual.boxed(),
        Rules::Wagi => prop_oneof![
            21 => usual,
            1 => field(name, choose(TEXT)),
            1 => field(cased("Content-Length"), choose(LENGTHS)),
            1 => pair(CONNECTION),
            1 => pair(SERVERS),
        ]
        .boxed(),
    }
}

fn status(rules: Rules) -> BoxedStrategy<Bytes> {
    let code = match rules {
        Rules::Cgi => prop_oneof![12 => choose(CODES), 1 => choose(BAD_CODES)].boxed(),
        Rules::Wagi => prop_oneof![
            12 => choose(CODES),
            2 => choose(BAD_CODES),
            1 => choose(BELOW_200),
            1 => choose(ABOVE_599),
        ]
        .boxed(),
    };
    field(cased("Status"), code)
}

fn location(rules: Rules, fetchable: &str) -> BoxedStrategy<Bytes> {
    let value = match rules {
        // A path is a local redirect there.
        Rules::Cgi => choose(LOCATIONS).boxed(),
        Rules::Wagi => prop_oneof![
            6 => choose(LOCATIONS),
            2 => Just(fetchable.as_bytes().to_vec()),
            1 => choose(ODD_LOCATIONS),
        ]
        .boxed(),
    };
    field(cased("Location"), value)
}

fn blank_before_colon(rules: Rules, fetchable: &str) -> BoxedStrategy<Bytes> {
    let line = prop_oneof![
        2 => field(choose(NAMES), choose(VALUES)),
        1 => cgi(rules, fetchable),
    ];
    (line, choose(&[b" ", b"\t", b"  "]))
        .prop_map(|(line, blank)| {
            let colon = line.iter().position(|&b| b == b':').unwrap_or(line.len());
            [&line[..colon], &blank, &line[colon..]].concat()
        })
        .boxed()
}

/// The name as it is usually written, or in another case.
fn cased(name: &'static str) -> BoxedStrategy<Bytes> {
    let other = prop_oneof![
        Just(name.to_ascii_lowercase().into_bytes()),
        Just(name.to_ascii_uppercase().into_bytes()),
    ];
    prop_oneof![3 => Just(name.as_bytes().to_vec()), 1 => other].boxed()
}

fn field(
    name: impl Strategy<Value = Bytes> + 'static,
    value: impl Strategy<Value = Bytes> + 'static,
) -> BoxedStrategy<Bytes> {
    let colon = prop_oneof![8 => Just(": "), 2 => select(&[":", ":  ", ":\t"][..])];
    let behind = prop_oneof![8 => Just(""), 1 => select(&[" ", "\t "][..])];
    (name, colon, value, behind)
        .prop_map(|(name, colon, value, behind)| {
            [&name, colon.as_bytes(), &value, behind.as_bytes()].concat()
        })
        .boxed()
}

fn choose(from: &'static [&'static [u8]]) -> impl Strategy<Value = Bytes> + Clone {
    select(from).prop_map(<[u8]>::to_vec)
}

fn pair(from: &'static [(&'static str, &'static [u8])]) -> BoxedStrategy<Bytes> {
    select(from)
        .prop_map(|(name, value)| [name.as_bytes(), b": ", value].concat())
        .boxed()
}
