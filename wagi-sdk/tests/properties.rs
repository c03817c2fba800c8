//! Properties of the two gateways, over requests and responses that nobody has thought of.

use std::ffi::OsString;
use std::io::Cursor;

use percent_encoding::percent_decode_str;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wagi_sdk::extract::{FormRejection, JsonRejection, QueryRejection};
use wagi_sdk::testing::{Request, Server};
use wagi_sdk::{
    Body, Form, Gateway, HeaderMap, HeaderName, HeaderValue, Json, Method, Query, StatusCode, Uri,
    respond,
};

type Fields = std::collections::HashMap<String, String>;

const NAMES: [&str; 24] = [
    "AUTH_TYPE",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "GATEWAY_INTERFACE",
    "HTTPS",
    "HTTP_",
    "HTTP_A_B",
    "HTTP_CONTENT_TYPE",
    "HTTP_COOKIE",
    "HTTP_HOST",
    "HTTP_ÄÖ",
    "PATH_INFO",
    "QUERY_STRING",
    "REMOTE_ADDR",
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "X_FULL_URL",
    "X_RAW_PATH_INFO",
    "X_MATCHED_ROUTE",
    "",
    "=",
];

/// Values as servers send them, and as they never should.
fn value() -> impl Strategy<Value = OsString> {
    let likely = select(vec![
        "",
        "/",
        "/a",
        "//",
        "/a b",
        "/%2F%",
        "/%zz%FF%00",
        "/ü",
        "*",
        "a=b&c",
        "?",
        "0",
        "7",
        "-1",
        "18446744073709551616",
        "GET",
        "HEAD",
        "get",
        "http",
        "HTTP/1.1",
        "localhost",
        "[",
        "[::1]:80",
        "[::1",
        "application/json",
        "a, b\r\nc: d",
        "application/x-www-form-urlencoded",
        "http://a/b",
        "http://[",
        "\u{fffd}",
        "#",
    ]);
    prop_oneof![
        likely.prop_map(OsString::from),
        ".{0,30}".prop_map(OsString::from),
        "[ -~]{0,30}".prop_map(OsString::from),
        vec(any::<u8>(), 0..20).prop_map(os_string),
    ]
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// Asks for everything that there is.
#[allow(clippy::too_many_arguments)]
fn nosy(
    method: Result<Method, wagi_sdk::Error>,
    uri: Result<Uri, wagi_sdk::Error>,
    headers: HeaderMap,
    gateway: Gateway,
    query: Result<Query<Fields>, QueryRejection>,
    request: wagi_sdk::Incoming,
) -> String {
    let facts = (
        (
            gateway.script_name(),
            gateway.path_info(),
            gateway.raw_path_info(),
            gateway.matched_route(),
        ),
        (
            gateway.full_url(),
            gateway.scheme(),
            gateway.server_name(),
            gateway.server_port(),
        ),
        (
            gateway.remote_addr(),
            gateway.remote_user(),
            gateway.server_software(),
            gateway.link("/ü"),
        ),
    );
    let query = query
        .map(|Query(fields)| fields.len())
        .map_err(|rejection| rejection.to_string());
    let body = request
        .into_body()
        .bytes(100)
        .map_err(|error| error.to_string());
    format!(
        "{:?} {:?} {headers:?} {facts:?} {query:?} {body:?}",
        method.ok(),
        uri.ok()
    )
}

type Field = (String, Vec<u8>);

/// A reader of header blocks for these tests: as RFC 3875 §6 has it, and nothing of the library.
fn parse(output: &[u8]) -> (u16, Vec<Field>, Vec<u8>) {
    let end = output
        .windows(2)
        .position(|pair| pair == b"\n\n")
        .expect("an empty line");
    let mut status = None;
    let mut fields = Vec::new();
    for line in output[..end].split(|byte| *byte == b'\n') {
        assert!(!line.contains(&b'\r') && !line.contains(&0));
        let colon = line.iter().position(|byte| *byte == b':').expect("a colon");
        let name = String::from_utf8(line[..colon].to_vec()).expect("a name in ASCII");
        assert!(!name.is_empty() && !name.contains(' '));
        let value = line[colon + 1..]
            .strip_prefix(b" ")
            .expect("one blank")
            .to_vec();
        if name == "Status" {
            assert_eq!(status, None);
            let digits = String::from_utf8(value).expect("a status in ASCII");
            status = Some(digits[..3].parse().expect("three digits"));
        } else {
            assert_eq!(status, None, "the status comes last");
            fields.push((name, value));
        }
    }
    (
        status.expect("a status"),
        fields,
        output[end + 2..].to_vec(),
    )
}

proptest! {
    #[test]
    fn the_reader_never_panics(
        variables in vec((prop_oneof![select(NAMES.to_vec()).prop_map(OsString::from), value()], value()), 0..20),
        stdin in vec(any::<u8>(), 0..200),
    ) {
        let mut output = Vec::new();
        respond(variables.clone(), Cursor::new(stdin.clone()), &mut output, nosy).unwrap();
        // A panic would be a 500.
        let (status, ..) = parse(&output);
        prop_assert_eq!(status, 200);

        let json = |json: Result<Json<Vec<Fields>>, JsonRejection>, | json.map(|_| ());
        let mut output = Vec::new();
        respond(variables.clone(), Cursor::new(stdin.clone()), &mut output, json).unwrap();
        prop_assert!(parse(&output).0 < 500);

        let form = |form: Result<Form<Fields>, FormRejection>| form.map(|_| ());
        let mut output = Vec::new();
        respond(variables.clone(), Cursor::new(stdin.clone()), &mut output, form).unwrap();
        prop_assert!(parse(&output).0 < 500);

        let request = |request: wagi_sdk::Request| request.uri().to_string();
        let mut output = Vec::new();
        respond(variables, Cursor::new(stdin), &mut output, request).unwrap();
        prop_assert!(parse(&output).0 < 500);
    }

    #[test]
    fn a_response_arrives_as_it_was_made(
        status in (200_u16..=599).prop_filter("with a body", |status| ![204, 205, 304].contains(status)),
        fields in vec(("[a-z]{1,6}(-[a-z]{1,6}){0,2}", "[!-~\u{e9}]{1,3}([ -~\t\u{e9}]{0,20}[!-~])?"), 0..12),
        body in vec(any::<u8>(), 0..300),
        kind in 0..3,
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in &fields {
            headers.append(HeaderName::try_from(name.as_str()).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let expected: Vec<_> = headers
            .iter()
            .filter(|(name, _)| !["te", "status", "trailer"].contains(&name.as_str()) && !name.as_str().starts_with("proxy-"))
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect();
        let bytes = body.clone();
        let body = match kind {
            0 => Body::from(bytes.clone()),
            1 => Body::from_reader(Cursor::new(bytes.clone())),
            _ => {
                let bytes = bytes.clone();
                Body::stream(move |out| bytes.chunks(7).try_for_each(|chunk| std::io::Write::write_all(out, chunk)))
            }
        };

        let mut output = Vec::new();
        let handler = move || (StatusCode::from_u16(status).unwrap(), headers, body);
        respond([], std::io::empty(), &mut output, handler).unwrap();

        let (read_status, mut read_fields, read_body) = parse(&output);
        prop_assert_eq!(read_status, status);
        prop_assert_eq!(&read_body, &bytes);
        if kind == 0 {
            let (name, value) = read_fields.pop().unwrap();
            prop_assert_eq!((name.as_str(), value), ("Content-Length", bytes.len().to_string().into_bytes()));
        }
        for (name, _) in &mut read_fields {
            name.make_ascii_lowercase();
        }
        prop_assert_eq!(read_fields, expected);
    }

    #[test]
    fn the_request_path_survives_every_server(
        mount in "(/[a-z ü%]{1,5}){0,2}",
        path in "(/([a-z;=+]|%20|%25|%C3%BC){0,5}){0,3}",
        server in select(vec![Server::Reference, Server::DeislabsWagi, Server::Spin, Server::WagiNet, Server::Apache]),
    ) {
        let handler = |gateway: Gateway, uri: Uri| {
            format!("{}\n{}\n{}", gateway.script_name(), gateway.path_info(), percent_decode_str(uri.path()).decode_utf8().unwrap())
        };
        let transcript = Request::get(&path).mounted_at(&mount).as_server(server).send(handler);
        let path_info = percent_decode_str(&path).decode_utf8().unwrap();
        let whole = match format!("{mount}{path_info}") {
            whole if whole.is_empty() => "/".to_owned(),
            whole => whole,
        };
        prop_assert_eq!(transcript.text(), format!("{mount}\n{path_info}\n{whole}"));
    }
}
