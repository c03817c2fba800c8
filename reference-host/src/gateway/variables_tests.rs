use super::*;
use crate::gateway::RequestPath;
use proptest::prelude::*;
use std::collections::HashSet;

struct Request {
    target: &'static str,
    cut: usize,
    route: &'static str,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    configured: Vec<(String, String)>,
}

fn request(headers: &[(&str, &str)]) -> Request {
    let own = |text: &str| text.as_bytes().to_vec();
    Request {
        target: "/app/caf%C3%A9/a%2Bb?x=1&y",
        cut: 1,
        route: "/app/...",
        headers: headers
            .iter()
            .map(|(name, value)| (own(name), own(value)))
            .collect(),
        configured: Vec::new(),
    }
}

fn made(request: &Request) -> Vec<(String, String)> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name);
        let value = HeaderValue::from_bytes(value);
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((request.target, ""));
    let path = RequestPath::parse(path).unwrap();
    let host = RequestHost::parse("example.com:8080").unwrap();
    let facts = RequestFacts {
        method: "GET",
        version: http::Version::HTTP_11,
        raw_path: path.raw(),
        split: path.split(request.cut),
        query,
        route: request.route,
        headers: &headers,
        host: &host,
        host_was_sent: true,
        https: false,
        server_port: 3000,
        remote: "192.0.2.7".parse().unwrap(),
        content_length: 0,
    };
    let variables = variables(&facts, &request.configured);
    variables
        .into_iter()
        .map(|(n, v)| (n.into_owned(), v.into_owned()))
        .collect()
}

fn value(variables: &[(String, String)], name: &str) -> Option<String> {
    variables
        .iter()
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.clone())
}

#[test]
fn a_whole_environment() {
    let variables = made(&request(&[
        ("Host", "example.com:8080"),
        ("Accept", "text/html"),
        ("Accept", "*/*"),
        ("Cookie", "a=1"),
        ("Cookie", "b=2"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Authorization", "Basic secret"),
        ("Proxy-Authorization", "Basic secret"),
        ("Proxy", "http://evil/"),
        ("Connection", "keep-alive, X-Hop"),
        ("X-Hop", "1"),
        ("TE", "trailers"),
        ("Upgrade", "h2c"),
        ("X-U", "good"),
        ("X_U", "evil"),
        ("X.U", "evil"),
        ("X-Matched-Route", "/evil"),
        ("Https", "on"),
    ]));
    let text: String = variables
        .iter()
        .map(|(n, v)| format!("{n}={v}\n"))
        .collect();
    insta::assert_snapshot!(text, @r"
    AUTH_TYPE=
    CONTENT_LENGTH=0
    CONTENT_TYPE=text/plain; charset=utf-8
    GATEWAY_INTERFACE=CGI/1.1
    PATH_INFO=/café/a+b
    PATH_TRANSLATED=/café/a+b
    QUERY_STRING=x=1&y
    REMOTE_ADDR=192.0.2.7
    REMOTE_HOST=192.0.2.7
    REMOTE_USER=
    REQUEST_METHOD=GET
    SCRIPT_NAME=/app
    SERVER_NAME=example.com
    SERVER_PORT=3000
    SERVER_PROTOCOL=HTTP/1.1
    SERVER_SOFTWARE=wagi/0.1.0
    X_FULL_URL=http://example.com:8080/app/caf%C3%A9/a%2Bb?x=1&y
    X_MATCHED_ROUTE=/app/...
    X_RAW_PATH_INFO=/caf%C3%A9/a%2Bb
    HTTP_HOST=example.com:8080
    HTTP_ACCEPT=text/html, */*
    HTTP_COOKIE=a=1; b=2
    HTTP_X_U=good
    HTTP_X_MATCHED_ROUTE=/evil
    HTTP_HTTPS=on
    ");
}

#[test]
fn bytes_beyond_ascii_arrive() {
    let mut request = request(&[("X-Utf8", "grüße")]);
    request
        .headers
        .push((b"X-Latin".to_vec(), b"gr\xfc\xdfe".to_vec()));
    let variables = made(&request);
    assert_eq!(value(&variables, "HTTP_X_UTF8").unwrap(), "grüße");
    assert_eq!(value(&variables, "HTTP_X_LATIN").unwrap(), "grüße");
}

#[test]
fn configured_variables_stand_between_the_two() {
    let mut request = request(&[("X-Real", "from the client"), ("X-Other", "kept")]);
    let own = |n: &str, v: &str| (n.to_string(), v.to_string());
    request.configured = vec![
        own("HTTP_X_REAL", "from the operator"),
        own("path_info", "never"),
        own("SERVER_NAME", "never"),
        own("EMPTY", ""),
    ];
    let variables = made(&request);
    assert_eq!(
        value(&variables, "HTTP_X_REAL").unwrap(),
        "from the operator"
    );
    assert_eq!(value(&variables, "HTTP_X_OTHER").unwrap(), "kept");
    assert_eq!(value(&variables, "SERVER_NAME").unwrap(), "example.com");
    assert_eq!(value(&variables, "EMPTY").unwrap(), "");
    assert_eq!(value(&variables, "path_info"), None);
}

#[test]
fn the_list_of_meta_variables_is_what_is_made() {
    let variables = made(&request(&[]));
    let names: Vec<&str> = variables.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, META_VARIABLES);
}

#[test]
fn connection_cannot_take_the_host_away() {
    let variables = made(&request(&[
        ("Host", "example.com:8080"),
        ("Connection", "Host, close"),
    ]));
    assert_eq!(value(&variables, "HTTP_HOST").unwrap(), "example.com:8080");
}

proptest! {
    /// Requirements: env.names.unique-upper-case, field.never-overrides, env.values.utf8-without-nul.
    #[test]
    fn no_header_makes_anything_but_http_variables(
        headers in prop::collection::vec(
            ("[A-Za-z][A-Za-z0-9_.~-]{0,12}", prop::collection::vec(any::<u8>(), 0..12)),
            0..12,
        ),
    ) {
        let mut with = request(&[]);
        with.headers = headers.into_iter().map(|(name, value)| (name.into_bytes(), value)).collect();
        let plain = made(&request(&[]));
        let variables = made(&with);
        for (name, value) in &variables {
            let is_same = plain.iter().any(|(n, v)| n == name && v == value);
            prop_assert!(name.starts_with("HTTP_") || name == "CONTENT_TYPE" || is_same, "{name}");
            prop_assert!(!value.contains('\0'));
        }
        let unique: HashSet<String> = variables.iter().map(|(n, _)| n.to_uppercase()).collect();
        prop_assert_eq!(unique.len(), variables.len());
    }
}
