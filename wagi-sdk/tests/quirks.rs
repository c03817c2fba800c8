//! What servers are known to do, and what a handler sees of it.

use std::ffi::OsString;

use wagi_sdk::testing::{Request, Server};
use wagi_sdk::{Body, BodyError, Gateway, HeaderMap, Method, Uri, http};

fn paths(gateway: Gateway, uri: Uri) -> String {
    format!("{}|{}|{uri}", gateway.script_name(), gateway.path_info())
}

fn fields(headers: HeaderMap) -> String {
    let lines = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    lines.collect()
}

#[test]
fn an_empty_content_type_beside_a_filled_http_content_type() {
    let media_type = |headers: HeaderMap| {
        format!(
            "{:?}",
            headers.get_all("content-type").iter().collect::<Vec<_>>()
        )
    };
    for server in Server::ALL.iter().copied() {
        let transcript = Request::post("/")
            .header("Content-Type", "text/css")
            .body("")
            .as_server(server)
            .send(media_type);
        assert_eq!(transcript.text(), r#"["text/css"]"#, "{server:?}");
    }
    // CONTENT_TYPE is the server's word, HTTP_CONTENT_TYPE may be a lookalike's (env.content.not-from-lookalikes).
    let request = Request::get("/")
        .var("CONTENT_TYPE", "text/css")
        .var("HTTP_CONTENT_TYPE", "text/evil");
    assert_eq!(request.send(media_type).text(), r#"["text/css"]"#);
}

#[test]
fn protocols_that_are_none() {
    for (protocol, version) in [
        ("HTTP/1.0", "HTTP/1.0"),
        ("HTTP/1.1", "HTTP/1.1"),
        ("HTTP/2.0", "HTTP/2.0"),
        ("HTTP/2", "HTTP/2.0"),
        ("HTTP/3.0", "HTTP/3.0"),
        ("http", "HTTP/1.1"),
        ("INCLUDED", "HTTP/1.1"),
        ("", "HTTP/1.1"),
    ] {
        let handler = |version: http::Version| format!("{version:?}");
        assert_eq!(
            Request::get("/")
                .var("SERVER_PROTOCOL", protocol)
                .send(handler)
                .text(),
            version,
            "{protocol}"
        );
    }
}

#[test]
fn a_space_and_letters_beyond_ascii_in_path_info() {
    for server in Server::ALL.iter().copied() {
        let transcript = Request::get("/a%20b/%C3%BC?c%20d")
            .as_server(server)
            .send(paths);
        assert_eq!(
            transcript.text(),
            "|/a b/ü|/a%20b/%C3%BC?c%20d",
            "{server:?}"
        );
    }
    // Without X_RAW_PATH_INFO to go by, and with a query that a lenient server has let pass:
    let request = Request::get("/")
        .without_var("X_RAW_PATH_INFO")
        .var("PATH_INFO", "/a b/ü?")
        .var("QUERY_STRING", "c d");
    assert_eq!(
        request.send(paths).text(),
        "|/a b/ü?|/a%20b/%C3%BC%3F?c%20d"
    );
}

#[test]
fn an_undecoded_path_info() {
    let transcript = Request::get("/a%2520b").as_server(Server::Spin).send(paths);
    assert_eq!(transcript.text(), "|/a%20b|/a%2520b");
    // Decoded once, as it should be, it is not decoded again.
    let transcript = Request::get("/a%2520b")
        .as_server(Server::Reference)
        .send(paths);
    assert_eq!(transcript.text(), "|/a%20b|/a%2520b");
}

#[test]
fn a_path_that_the_server_has_resolved_is_not_unresolved() {
    let request = Request::get("/")
        .var("PATH_INFO", "/public")
        .var("X_RAW_PATH_INFO", "/public/../private/%2e%2e/public");
    assert_eq!(request.send(paths).text(), "|/public|/public");
}

#[test]
fn a_raw_path_that_is_not_text_or_has_a_nul() {
    for raw in ["/%FF", "/a%00b"] {
        let request = Request::get("/")
            .var("PATH_INFO", "/a")
            .var("X_RAW_PATH_INFO", raw);
        assert_eq!(request.send(paths).text(), "|/a|/a", "{raw}");
    }
}

#[test]
fn the_root_as_script_name() {
    for server in Server::ALL.iter().copied() {
        let handler = |gateway: Gateway, uri: Uri| {
            format!("{} {} {uri}", gateway.link("/x"), gateway.path_info())
        };
        let transcript = Request::get("/x/").as_server(server).send(handler);
        assert_eq!(transcript.text(), "/x /x/ /x/", "{server:?}");
    }
    let request = Request::get("").var("SCRIPT_NAME", "/");
    assert_eq!(request.send(paths).text(), "||/");
}

#[test]
fn the_mount_is_kept_apart() {
    for server in Server::ALL
        .iter()
        .copied()
        .filter(|server| *server != Server::Wcgi)
    {
        let transcript = Request::get("/b%20c")
            .mounted_at("/a b")
            .as_server(server)
            .send(paths);
        assert_eq!(transcript.text(), "/a b|/b c|/a%20b/b%20c", "{server:?}");
    }
    // WCGI hands over the whole path only.
    let transcript = Request::get("/b")
        .mounted_at("/a")
        .as_server(Server::Wcgi)
        .send(paths);
    assert_eq!(transcript.text(), "|/a/b|/a/b");
    // A mount that looks like the path below it is no WCGI.
    let transcript = Request::get("/a")
        .mounted_at("/a")
        .as_server(Server::Apache)
        .send(paths);
    assert_eq!(transcript.text(), "/a|/a|/a/a");
}

#[test]
fn no_variables_at_all() {
    let everything =
        |method: Method, uri: Uri, gateway: Gateway, headers: HeaderMap, body: Body| {
            let facts = (
                gateway.full_url(),
                gateway.remote_addr(),
                gateway.server_port(),
                gateway.server_name(),
            );
            let body = body.text(10).unwrap();
            format!(
                "{method} {uri} {} {headers:?} {facts:?} {body:?}",
                gateway.scheme()
            )
        };
    let expected = r#"GET / http {} (None, None, None, None) """#;
    let mut output = Vec::new();
    wagi_sdk::respond([], std::io::empty(), &mut output, everything).unwrap();
    assert!(String::from_utf8(output).unwrap().ends_with(expected));

    // Empty ones mean the same (env.optional.unset-or-empty).
    let names = [
        "REQUEST_METHOD",
        "PATH_INFO",
        "SCRIPT_NAME",
        "QUERY_STRING",
        "X_RAW_PATH_INFO",
        "X_FULL_URL",
        "SERVER_NAME",
        "SERVER_PORT",
        "SERVER_PROTOCOL",
        "REMOTE_ADDR",
        "CONTENT_LENGTH",
        "CONTENT_TYPE",
        "HTTPS",
        "HTTP_CONTENT_TYPE",
    ];
    let variables = names.map(|name| (OsString::from(name), OsString::new()));
    let mut output = Vec::new();
    wagi_sdk::respond(variables, std::io::empty(), &mut output, everything).unwrap();
    assert!(String::from_utf8(output).unwrap().ends_with(expected));
}

#[test]
fn a_body_shorter_than_content_length() {
    let request = || Request::post("/").body("four").var("CONTENT_LENGTH", "10");
    let transcript = request().send(|text: String| text);
    assert_eq!(transcript.status(), 400);
    assert_eq!(transcript.text(), "The body ended after 4 of 10 bytes.\n");
    assert_eq!(transcript.stderr(), "");

    // Also where the handler reads it itself, through `Read`, or sends it straight back.
    let copy = |mut body: Body| -> Result<Vec<u8>, wagi_sdk::Error> {
        let mut bytes = Vec::new();
        std::io::copy(&mut body, &mut bytes)?;
        Ok(bytes)
    };
    assert_eq!(
        request().send(copy).text(),
        "The body ended after 4 of 10 bytes.\n"
    );
    assert!(!request().send(|body: Body| body).is_complete());
    assert_eq!(
        Request::post("/")
            .var("CONTENT_LENGTH", "10")
            .send(|body: Body| body)
            .status(),
        400
    );
}

#[test]
fn a_body_longer_than_content_length() {
    let transcript = Request::post("/")
        .body("four and more")
        .var("CONTENT_LENGTH", "4")
        .send(|text: String| text);
    assert_eq!(transcript.text(), "four");
}

#[test]
fn no_content_length_beside_a_body() {
    let transcript = Request::post("/")
        .body("four")
        .without_var("CONTENT_LENGTH")
        .send(|text: String| text);
    assert_eq!(transcript.text(), "four");
    let transcript = Request::post("/")
        .body("four")
        .var("CONTENT_LENGTH", "")
        .send(|text: String| text);
    assert_eq!(transcript.text(), "four");
}

#[test]
fn a_content_length_that_is_no_number() {
    for length in [
        "four",
        "-1",
        "+4",
        "4,4",
        "0x4",
        "99999999999999999999",
        "4 4",
    ] {
        let request = || {
            Request::post("/")
                .body("four")
                .var("CONTENT_LENGTH", length)
        };
        assert_eq!(
            request().send(|text: String| text).status(),
            400,
            "{length}"
        );
        // Whoever does not read the body does not mind.
        assert_eq!(request().send(fields).status(), 200, "{length}");
    }
    let transcript = Request::post("/")
        .body("four")
        .var("CONTENT_LENGTH", " 4 ")
        .send(|text: String| text);
    assert_eq!(transcript.text(), "four");
}

#[test]
fn a_promise_of_more_than_memory() {
    let length = u64::MAX.to_string();
    let take = |body: Body| match body.bytes(usize::MAX - 1) {
        Err(BodyError::Incomplete { received: 4, .. } | BodyError::TooLarge { .. }) => "fine",
        _ => "wrong",
    };
    let transcript = Request::post("/")
        .body("four")
        .var("CONTENT_LENGTH", length)
        .send(take);
    assert_eq!(transcript.text(), "fine");
}

#[test]
fn methods_of_any_case_and_kind() {
    let handler = |method: Method| method.to_string();
    for method in ["GET", "get", "PROPFIND", "M-SEARCH", "x!"] {
        // The method is case-sensitive: `get` is not GET (env.request-method.never-rewritten).
        assert_eq!(Request::new(method, "/").send(handler).text(), method);
    }
    for method in ["G T", "G\tT", "ü", "a/b"] {
        assert_eq!(
            Request::new(method, "/").send(handler).status(),
            400,
            "{method}"
        );
    }
}

#[test]
fn fields_of_any_case_repeated_or_unwanted() {
    for server in Server::ALL.iter().copied() {
        let request = Request::get("/")
            .header("Host", "example.org:81")
            .header("X-One", "1")
            .header("x-two", "2")
            .header("Proxy", "evil")
            .header("Transfer-Encoding", "chunked")
            .header("Accept", "");
        let transcript = request.as_server(server).send(fields);
        assert_eq!(
            transcript.text(),
            "host: example.org:81\nx-one: 1\nx-two: 2\naccept: \n",
            "{server:?}"
        );
    }
    // What no field can be called, or hold, is left out.
    let request = Request::get("/")
        .without_var("HTTP_HOST")
        .var("HTTP_", "a")
        .var("HTTP_A B", "a")
        .var("HTTP_C", "a\nb");
    assert_eq!(request.send(fields).text(), "");
}

#[test]
fn an_ipv6_literal_as_host() {
    for server in Server::ALL.iter().copied() {
        let handler =
            |gateway: Gateway| format!("{:?} {:?}", gateway.server_name(), gateway.full_url());
        let transcript = Request::get("/a")
            .header("Host", "[::1]:8080")
            .as_server(server)
            .send(handler);
        let name = if server == Server::Wcgi {
            "None"
        } else {
            r#"Some("[::1]")"#
        };
        assert_eq!(
            transcript.text(),
            format!("{name} Some(http://[::1]:8080/a)"),
            "{server:?}"
        );
    }
    let broken = Request::get("/")
        .var("SERVER_NAME", "[")
        .var("SERVER_PORT", ":1]:8080")
        .var("HTTP_HOST", "[::1]:8080");
    let handler =
        |gateway: Gateway| format!("{:?} {:?}", gateway.server_name(), gateway.server_port());
    assert_eq!(broken.send(handler).text(), r#"Some("[::1]") None"#);
}

#[test]
fn a_client_address_in_any_dress() {
    for (value, address) in [
        ("192.0.2.1", Some("192.0.2.1")),
        ("192.0.2.1:4711", Some("192.0.2.1")),
        ("::1", Some("::1")),
        ("[::1]", Some("::1")),
        ("[::1]:4711", Some("::1")),
        ("unix:", None),
        ("", None),
    ] {
        let address = address.map(|address| address.parse::<std::net::IpAddr>().unwrap());
        let handler = move |gateway: Gateway| (gateway.remote_addr() == address).to_string();
        assert_eq!(
            Request::get("/")
                .var("REMOTE_ADDR", value)
                .send(handler)
                .text(),
            "true",
            "{value}"
        );
    }
}

#[test]
fn a_target_that_http_cannot_hold() {
    let transcript = Request::get("/")
        .var("QUERY_STRING", "q".repeat(70_000))
        .send(|uri: Uri| uri.to_string());
    assert_eq!(transcript.status(), 414);
}

#[test]
fn tls_in_any_words() {
    let scheme = |gateway: Gateway| gateway.scheme().to_string();
    assert_eq!(Request::get("/").send(scheme).text(), "http");
    assert_eq!(
        Request::get("/").var("HTTPS", "on").send(scheme).text(),
        "https"
    );
    assert_eq!(
        Request::get("/").var("HTTPS", "off").send(scheme).text(),
        "http"
    );
    assert_eq!(
        Request::get("/")
            .var("X_FULL_URL", "https://a/")
            .send(scheme)
            .text(),
        "https"
    );
}
