//! The server for development, over sockets.
#![allow(clippy::unwrap_used, reason = "tests")]
#![cfg(feature = "serve-http")]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

use wagi_sdk::{Body, Gateway, Path, Redirect, Router, StatusCode};

fn app() -> Router {
    Router::new()
        .get("/", |gateway: Gateway| {
            format!("{} {}", gateway.query(), gateway.server_port().unwrap())
        })
        .post("/echo", |body: String| body)
        .get("/to/{name}", |Path(name): Path<String>| {
            Redirect::found(format!("/{name}"))
        })
        .get("/panic", || -> &'static str { panic!("the secret is 42") })
        .get("/lines", || {
            Body::stream(|out| (0..3).try_for_each(|line| writeln!(out, "{line}")))
        })
        .get("/nothing", || StatusCode::NO_CONTENT)
}

/// A server for the rest of the test's process.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || wagi_sdk::serve_http_on(&listener, app));
    address
}

fn ask(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    String::from_utf8(response).unwrap()
}

#[test]
fn a_handler_is_served() {
    let address = server();
    let get = |path: &str| {
        ask(
            address,
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes(),
        )
    };
    let port = address.port();
    assert_eq!(
        get("/?a=b"),
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\na=b {port}",
            4 + port.to_string().len()
        )
    );
    assert!(get("/to/a%20b").starts_with("HTTP/1.1 302 Found\r\nLocation: /a%20b\r\n"));
    assert!(get("/lines").ends_with("\r\n\r\n0\n1\n2\n"));
    assert!(get("/nothing").starts_with("HTTP/1.1 204 No Content\r\n"));
    assert!(get("/elsewhere").starts_with("HTTP/1.1 404 Not Found\r\n"));
    let panicked = get("/panic");
    assert!(panicked.starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    assert!(!panicked.contains("secret"));
    assert!(
        get("/").starts_with("HTTP/1.1 200 OK\r\n"),
        "it goes on after a panic"
    );

    let head = ask(address, b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"));
    let echo = ask(
        address,
        b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nfour, and no more",
    );
    assert!(echo.ends_with("\r\n\r\nfour"), "{echo}");
}

#[test]
fn what_is_no_request_is_refused() {
    let address = server();
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(70_000));
    for (request, status) in [
        (&b"GET /\r\n\r\n"[..], "400"),
        (b"GET http://a/ HTTP/1.1\r\n\r\n", "400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", "400"),
        (b"GET / HTTP/1.1\r\nX: \xff\r\n\r\n", "400"),
        (b"POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"),
        (
            b"POST /echo HTTP/1.1\r\nContent-Length: 5\r\n\r\nfour",
            "400",
        ),
        (
            b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "411",
        ),
        (
            b"POST /echo HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
            "413",
        ),
        (b"GET / HT", "431"),
    ] {
        let response = ask(address, request);
        assert!(
            response.starts_with(&format!("HTTP/1.1 {status} ")),
            "{status}: {response}"
        );
    }
    // What is not read may reset the connection, so that the answer is lost.
    let mut stream = TcpStream::connect(address).unwrap();
    let _ = stream.write_all(long.as_bytes());
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    assert!(response.is_empty() || response.starts_with(b"HTTP/1.1 431 "));
    assert!(ask(address, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 200 "));
}
