//! What a module learns about a request, over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use support::{serve, settings};

#[test]
fn variables_of_a_request() {
    let server = serve(&["env"], "", settings());
    let answer = server.get("/env/caf%C3%A9/a%2Bb?x=1&y", "X-A: 1\r\nX-A: 2\r\n");
    let port = server.address().port().to_string();
    for (name, value) in [
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("REQUEST_METHOD", "GET"),
        ("SCRIPT_NAME", "/env"),
        ("PATH_INFO", "/café/a+b"),
        ("X_RAW_PATH_INFO", "/caf%C3%A9/a%2Bb"),
        ("QUERY_STRING", "x=1&y"),
        ("SERVER_NAME", "a"),
        ("SERVER_PORT", &port),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("CONTENT_LENGTH", "0"),
        ("X_FULL_URL", "http://a/env/caf%C3%A9/a%2Bb?x=1&y"),
        ("X_MATCHED_ROUTE", "/env/..."),
        ("HTTP_X_A", "1, 2"),
    ] {
        assert_eq!(answer.variable(name).as_deref(), Some(value), "{name}");
    }
    assert!(
        answer.body().ends_with("arguments:\n/env\nx=1\ny\n"),
        "{}",
        answer.body()
    );
}

#[test]
fn methods_arrive_as_sent_or_are_refused() {
    let server = serve(&["env"], "", settings());
    for method in ["FOO", "get", "DELETE"] {
        let answer = server.raw(format!(
            "{method} /env HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        ));
        assert_eq!(answer.variable("REQUEST_METHOD").as_deref(), Some(method));
    }
    for method in ["TRACE", "CONNECT"] {
        let answer = server.raw(format!("{method} /env HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert!(matches!(answer.status(), 400 | 405), "{answer:?}");
    }
}

#[test]
fn requests_that_are_refused_and_their_twins() {
    let server = serve(&["env"], "", settings());
    for (refused, accepted) in [
        ("GET /env HTTP/1.1\r\n\r\n", "GET /env HTTP/1.0\r\n\r\n"),
        (
            "GET /env HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "GET /env HTTP/1.1\r\nHost: a\r\nHosts: a\r\n\r\n",
        ),
        (
            "GET /env HTTP/1.1\r\nHost: a b\r\n\r\n",
            "GET /env HTTP/1.1\r\nHost: a-b\r\n\r\n",
        ),
        (
            "GET /env HTTP/1.1\r\nHost: a:x\r\n\r\n",
            "GET /env HTTP/1.1\r\nHost: a:1\r\n\r\n",
        ),
        (
            "GET /env/%zz HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /env/%7a HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            "GET /env/%00 HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /env/%01 HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            "GET /env/%FF HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /env/%7F HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            "GET /env/../.. HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /env/x/.. HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            "GET /env HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n",
            "GET /env HTTP/1.1\r\nHost: a\r\nX-A: b\r\nX-C: c\r\n\r\n",
        ),
        (
            "POST /env HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
            "POST /env HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Lengths: 1\r\n\r\nx",
        ),
        (
            "POST /env HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
            "POST /env HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
        ),
        (
            "POST /env HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            "POST /env HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "POST /env HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
            "POST /env HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
        ),
    ] {
        assert_eq!(server.raw(refused).status(), 400, "{refused}");
        let answer = server.raw_half_closed(accepted);
        assert_eq!(answer.status(), 200, "{accepted}");
        assert!(answer.variable("REQUEST_METHOD").is_some());
    }
}

#[test]
fn oversized_requests() {
    let server = serve(&["env"], "", settings());
    for (target, fields, statuses) in [
        (
            format!("/{}", "a".repeat(70_000)),
            String::new(),
            [414, 431],
        ),
        (
            "/env".to_string(),
            format!("X-A: {}\r\n", "b".repeat(100_000)),
            [431, 431],
        ),
        ("/env".to_string(), "X-A: b\r\n".repeat(500), [431, 431]),
    ] {
        assert!(statuses.contains(&server.get(&target, &fields).status()));
    }
}

#[test]
fn hosts() {
    let server = serve(
        &["env"],
        "",
        settings().default_host("fallback:99").unwrap(),
    );
    for (request, name, full_url) in [
        (
            "GET /env HTTP/1.0\r\n\r\n",
            "fallback",
            "http://fallback:99/env",
        ),
        (
            "GET /env HTTP/1.0\r\nHost: [::1]:8080\r\n\r\n",
            "[::1]",
            "http://[::1]:8080/env",
        ),
        (
            "GET http://b:1/env HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            "b",
            "http://b:1/env",
        ),
    ] {
        let answer = server.raw(request);
        assert_eq!(answer.variable("SERVER_NAME").as_deref(), Some(name));
        assert_eq!(answer.variable("X_FULL_URL").as_deref(), Some(full_url));
        let port = server.address().port().to_string();
        assert_eq!(answer.variable("SERVER_PORT"), Some(port));
    }
}

#[test]
fn configuration_of_a_module() {
    let entries = r#"
        [[module]]
        route = "/configured/..."
        module = "file://$env"
        argv = "first ${SCRIPT_NAME}   ${ARGS} last"
        environment = { GREETING = "hello, $USER", EMPTY = "", HTTP_X_CONFIGURED = "operator", PATH_INFO = "no" }
        [[module]]
        route = "/reactor"
        module = "$reactor"
        entrypoint = "handle"
    "#;
    let server = serve(
        &[],
        entries,
        settings().variable("GREETING", "no").variable("ALL", "yes"),
    );
    let answer = server.get("/configured/x?a=1&b", "X-Configured: client\r\n");
    for (name, value) in [
        ("GREETING", "hello, $USER"),
        ("EMPTY", ""),
        ("ALL", "yes"),
        ("HTTP_X_CONFIGURED", "operator"),
        ("PATH_INFO", "/x"),
    ] {
        assert_eq!(answer.variable(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(answer.variable("PATH"), None);
    assert!(
        answer
            .body()
            .ends_with("arguments:\nfirst\n/configured\na=1\nb\nlast\n")
    );
    assert_eq!(server.get("/reactor", "").body(), "1\n");
}

#[test]
fn routes_and_reserved_paths() {
    let entries = r#"
        [[module]]
        route = "/..."
        module = "$env"
        [[module]]
        route = "/exact"
        module = "$env"
        [[module]]
        route = "/declared/..."
        module = "$multi"
    "#;
    let server = serve(&["env"], entries, settings());
    for (target, route, script, info) in [
        ("/", "/...", "", "/"),
        ("/exact", "/exact", "/exact", ""),
        ("/exact/", "/...", "", "/exact/"),
        ("/ex%61ct?x", "/exact", "/exact", ""),
        ("/a/../exact", "/exact", "/exact", ""),
        ("/env%2Fx", "/...", "", "/env/x"),
        ("/env//x", "/env/...", "/env", "//x"),
        ("/ENV", "/...", "", "/ENV"),
    ] {
        let answer = server.get(target, "");
        assert_eq!(
            answer.variable("X_MATCHED_ROUTE").as_deref(),
            Some(route),
            "{target}"
        );
        assert_eq!(
            answer.variable("SCRIPT_NAME").as_deref(),
            Some(script),
            "{target}"
        );
        assert_eq!(
            answer.variable("PATH_INFO").as_deref(),
            Some(info),
            "{target}"
        );
    }
    assert_eq!(server.get("/declared/items/x", "").body(), "start\n");
    assert_eq!(server.get("/declared/items/new", "").body(), "start\n");
    assert_eq!(server.get("/healthz", "").body(), "OK");
    let server = serve(&["env"], "", settings().health_path(None));
    assert_eq!(server.get("/healthz", "").status(), 404);
}

#[test]
fn volumes_hold_what_is_in_them_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    std::fs::write(inside.join("file"), "in the volume").unwrap();
    std::fs::write(folder.path().join("secret"), "outside").unwrap();
    std::os::unix::fs::symlink("../secret", inside.join("relative")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret"), inside.join("absolute")).unwrap();
    let entry = format!(
        "[[module]]\nroute = \"/v\"\nmodule = \"$volume\"\nvolumes = {{ \"/data\" = {inside:?} }}\n"
    );
    let server = serve(&[], &entry, settings());
    assert_eq!(server.get("/v?file", "").body(), "in the volume");
    for name in ["../secret", "relative", "absolute", "missing"] {
        assert_eq!(
            server.get(&format!("/v?{name}"), "").status(),
            404,
            "{name}"
        );
    }
}
