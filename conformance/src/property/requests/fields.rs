//! Drawn request fields.

use proptest::prelude::*;
use proptest::sample::select;

use crate::model::Rules;

/// A field as it is written on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldDraw {
    pub(super) name: &'static str,
    /// With blanks around it.
    pub(super) value: Vec<u8>,
}

const NAMES: &[&str] = &[
    "X-A",
    "X-B",
    "x-lower",
    "X-MiXeD",
    "Accept",
    "Accept-Language",
    "User-Agent",
    "Referer",
    "X-Forwarded-For",
    "X--C",
    "X1",
    "Forwarded",
    "X-a",
];
/// Their variables, if a server took them without the prefix, would be its own.
const OVERRIDING: &[&str] = &[
    "X-Matched-Route",
    "HTTPS",
    "Path-Info",
    "Query-String",
    "Remote-Addr",
    "Remote-User",
    "Server-Name",
    "Script-Name",
    "Request-Method",
    "Auth-Type",
    "X-Full-URL",
    "Gateway-Interface",
];
/// Other characters than letters, digits and `-`.
const LOOKALIKES: &[&str] = &[
    "X_A",
    "X.A",
    "x_lower",
    "Content_Type",
    "Content_Length",
    "X~B",
    "X_Only",
    "Path_Info",
    "HTTP_HOST",
    "Remote_User",
    "X!A",
];
const WITHHELD: &[&str] = &[
    "Proxy",
    "Authorization",
    "Proxy-Authorization",
    "proxy",
    "Keep-Alive",
    "TE",
    "X-Hop",
];

const VALUE: &[&[u8]] = &[
    b"a",
    b"1",
    b"b c",
    b"x  y",
    b",",
    b", ",
    b"\"q, r\"",
    b"=",
    b";",
    b"%41",
    b"http://h:1/",
    b"(c)",
    b"\\",
    b":",
    b"a\tb",
    b"$HOME",
    b"'",
];
const TEXT: &[&[u8]] = &[
    "é".as_bytes(),
    "€".as_bytes(),
    "日本".as_bytes(),
    "\u{fffd}".as_bytes(),
];
const NOT_UTF8: &[&[u8]] = &[b"\xE9", b"\xFF", b"\xC3", b"caf\xE9 au lait"];
const COOKIES: &[&[u8]] = &[b"a=1", b"b=2", b"c=\"x,y\"", b"d=4; e=5", b"f"];
const CONNECTION: &[&[u8]] = &[b"X-Hop", b"x-lower, X-Hop", b"close", b"TE", b"keep-alive"];

/// Up to eight fields.
pub(super) fn fields(rules: Rules) -> BoxedStrategy<Vec<FieldDraw>> {
    let cookie = field(
        select(&["Cookie", "cookie"][..]),
        select(COOKIES).prop_map(<[u8]>::to_vec),
    );
    let usual = prop_oneof![
        12 => field(select(NAMES), value(rules)),
        4 => cookie,
        2 => field(select(OVERRIDING), value(rules)),
    ];
    let any_field = match rules {
        // Which fields a plain CGI server withholds is its own affair.
        Rules::Cgi => usual.boxed(),
        Rules::Wagi => prop_oneof![
            18 => usual,
            2 => field(select(LOOKALIKES), value(rules)),
            2 => field(select(WITHHELD), value(rules)),
            1 => field(Just("Connection"), select(CONNECTION).prop_map(<[u8]>::to_vec)),
        ]
        .boxed(),
    };
    prop::collection::vec(any_field, 0..8).boxed()
}

/// A Content-Type, or none.
pub(super) fn content_type() -> BoxedStrategy<Option<FieldDraw>> {
    const TYPES: &[&str] = &[
        "text/plain",
        "application/json; charset=utf-8",
        "multipart/form-data; boundary=\"a b\"",
        "Application/X-Www-Form-Urlencoded",
        "x",
    ];
    let value = select(TYPES).prop_map(|value| value.as_bytes().to_vec());
    let content_type = field(select(&["Content-Type", "content-type"][..]), value);
    prop_oneof![2 => Just(None), 1 => content_type.prop_map(Some)].boxed()
}

fn field(
    name: impl Strategy<Value = &'static str> + 'static,
    value: impl Strategy<Value = Vec<u8>> + 'static,
) -> BoxedStrategy<FieldDraw> {
    let before = prop_oneof![8 => Just(" "), 2 => select(&["", "  ", "\t", " \t "][..])];
    let behind = prop_oneof![8 => Just(""), 1 => select(&[" ", "\t", " \t"][..])];
    (name, before, value, behind)
        .prop_map(|(name, before, value, behind)| FieldDraw {
            name,
            value: [before.as_bytes(), &value, behind.as_bytes()].concat(),
        })
        .boxed()
}

fn value(rules: Rules) -> BoxedStrategy<Vec<u8>> {
    let piece = match rules {
        // How a plain CGI server represents other bytes is its own affair (RFC 3875 §4.1.18).
        Rules::Cgi => select(VALUE).boxed(),
        Rules::Wagi => {
            prop_oneof![30 => select(VALUE), 3 => select(TEXT), 1 => select(NOT_UTF8)].boxed()
        }
    };
    prop::collection::vec(piece, 0..4)
        .prop_map(|pieces| pieces.concat())
        .boxed()
}
