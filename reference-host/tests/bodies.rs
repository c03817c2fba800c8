//! Request and response bodies, over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::{Read, Write};
use std::time::{Duration, Instant};
use support::{read_to_end, serve, settings};

const PAGE: &str = "Content-Type: text/plain\n\nhi";

fn chunked(pieces: &[&[u8]], end: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in pieces {
        bytes.extend_from_slice(format!("{:x};ext=1\r\n", piece.len()).as_bytes());
        bytes.extend_from_slice(piece);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(end.as_bytes());
    bytes
}

fn chunked_post(path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

#[test]
fn every_byte_value_passes_both_ways() {
    let server = serve(&["cat"], "", settings());
    let all: Vec<u8> = (0..=255).collect();
    let body = [
        b"Content-Type: application/octet-stream\r\n\r\n",
        all.as_slice(),
    ]
    .concat();
    // The client wants to know how TLS is done, also where there is none.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::blocking::Client::new();
    let response = client.post(server.url("/cat")).body(body).send().unwrap();
    assert_eq!(response.headers()["content-length"], "256");
    assert_eq!(response.bytes().unwrap(), all);
}

#[test]
fn chunked_requests_are_counted_and_decoded() {
    let server = serve(&["cat", "env"], "", settings());
    let (first, rest) = PAGE.split_at(5);
    let body = chunked(
        &[first.as_bytes(), rest.as_bytes()],
        "0\r\nTrailer: x\r\n\r\n",
    );
    assert_eq!(server.raw(chunked_post("/cat", &body)).body(), "hi");
    let answer = server.raw(chunked_post("/env", &body));
    let length = PAGE.len().to_string();
    assert_eq!(answer.variable("CONTENT_LENGTH"), Some(length));
    assert_eq!(answer.variable("HTTP_TRANSFER_ENCODING"), None);
}

#[test]
fn broken_bodies_are_refused_and_their_twins_accepted() {
    let server = serve(&["cat", "mute"], "", settings());
    let page = chunked(&[PAGE.as_bytes()], "");
    for path in ["/cat", "/mute"] {
        for end in ["zz\r\n", "5\r\nab", "5\r\nabcdefg\r\n0\r\n\r\n", "0\r\n"] {
            let request = chunked_post(path, &[&page, end.as_bytes()].concat());
            assert_eq!(
                server.raw_half_closed(request).status(),
                400,
                "{path} {end:?}"
            );
        }
        let request = chunked_post(path, &[&page, b"0\r\n\r\n".as_slice()].concat());
        assert_eq!(server.raw_half_closed(request).status(), 200);

        let length = PAGE.len() + 1;
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{PAGE}");
        assert_eq!(server.raw_half_closed(&head).status(), 400, "{path}");
        assert_eq!(server.raw_half_closed(format!("{head}!")).status(), 200);
    }
}

#[test]
fn large_echoes_do_not_wait_for_ever_even_if_nobody_reads() {
    let server = serve(&["cat"], "", settings());
    let mut body = b"Content-Type: application/octet-stream\n\n".to_vec();
    let head_length = body.len();
    body.resize(24 << 20, b'x');
    let content = body.len() - head_length;
    // Everything is sent before anything is read.
    let answer = server.post("/cat", &body);
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.bytes.iter().filter(|&&byte| byte == b'x').count(),
        content
    );
    assert!(answer.bytes.ends_with(b"0\r\n\r\n"));

    let request = chunked_post("/cat", &chunked(&[&body], "0\r\n\r\n"));
    let answer = server.raw(request);
    assert_eq!(
        answer.bytes.iter().filter(|&&byte| byte == b'x').count(),
        content
    );
}

#[test]
fn a_body_beyond_the_limit_is_refused_before_the_module_runs() {
    let server = serve(&["stderr"], "", settings().max_body(10));
    for body in ["12345678901".to_string(), "x".repeat(100_000)] {
        assert_eq!(server.post("/stderr", &body).status(), 413);
        let request = chunked_post("/stderr", &chunked(&[body.as_bytes()], "0\r\n\r\n"));
        assert_eq!(server.raw(request).status(), 413);
    }
    assert!(server.stderr.lock().unwrap().is_empty());
    assert_eq!(server.post("/stderr", "1234567890").status(), 200);
}

#[test]
fn a_module_that_reads_nothing_keeps_the_connection_in_step() {
    let server = serve(&["mute"], "", settings());
    let body = "GET /evil HTTP/1.1\r\n\r\n".repeat(50_000);
    let post = format!(
        "POST /mute HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let get = "GET /mute HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = server.raw(format!("{post}{get}"));
    assert_eq!(answer.text().matches("200 OK").count(), 2);
    assert_eq!(answer.text().matches("mute\n").count(), 2);

    // Too much to be read for nothing: the connection is closed, and the client can tell.
    let body = "x".repeat(8 << 20);
    let answer = server.post("/mute", body);
    assert_eq!(answer.body(), "mute\n");
    assert_eq!(answer.field("connection").as_deref(), Some("close"));
    assert!(!answer.was_reset);
}

#[test]
fn expect_continue() {
    let server = serve(&["cat", "mute"], "", settings());
    let head = |path: &str| {
        let length = PAGE.len();
        format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let mut stream = server.connect();
    stream.write_all(head("/cat").as_bytes()).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(PAGE.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(read_to_end(stream).body(), "hi");

    let answer = server.raw(head("/mute"));
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.field("connection").as_deref(), Some("close"));
}

#[test]
fn bodies_that_are_not_sent() {
    let server = serve(&["cat", "mute"], "", settings());
    let answer = server.raw("HEAD /mute HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!(answer.body(), "");
    assert_eq!(answer.field("content-length").as_deref(), Some("5"));
    assert_eq!(answer.field("content-type").as_deref(), Some("text/plain"));

    for status in [204, 304] {
        let output = format!("Status: {status}\n\nbody");
        let length = output.len();
        let answer = server.raw(format!(
            "POST /cat HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{output}\
             GET /mute HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        ));
        assert_eq!(answer.status(), status);
        assert!(!answer.text().contains("body"));
        assert!(answer.text().ends_with("mute\n"));
    }
}

#[test]
fn the_module_cannot_break_the_framing() {
    let server = serve(&["cat"], "", settings());
    for field in [
        "Content-Length: 0",
        "Content-Length: 9999",
        "Content-Length: abc",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip",
        "Connection: close",
        "Upgrade: h2c",
    ] {
        let output = format!("Content-Type: text/plain\n{field}\n\nhi");
        let length = output.len();
        let post =
            format!("POST /cat HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{output}");
        let last = post.replace("Host: a\r\n", "Host: a\r\nConnection: close\r\n");
        let answer = server.raw(format!("{post}{last}"));
        assert_eq!(
            answer.text().matches("content-length: 2\r\n").count(),
            2,
            "{field}: {answer:?}"
        );
    }
}

#[test]
fn events_flow_while_the_module_runs() {
    let server = serve(&["spin"], "", settings().wall_time(Duration::from_secs(2)));
    let mut stream = server.connect();
    let length = PAGE.len();
    let request =
        format!("POST /spin HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{PAGE}");
    let started = Instant::now();
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = vec![0; 8];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(head, b"HTTP/1.1");
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "the response was held back"
    );
    let answer = read_to_end(stream);
    assert!(
        !answer.bytes.ends_with(b"0\r\n\r\n"),
        "a cut response looks whole"
    );
    assert!(started.elapsed() >= Duration::from_secs(2));
}

#[test]
fn reading_nothing_gives_nothing_and_takes_nothing() {
    let server = serve(&["read_nothing"], "", settings());
    let body = chunked(&[PAGE.as_bytes()], "0\r\n\r\n");
    let answer = server.raw(chunked_post("/read_nothing", &body));
    assert_eq!(answer.body(), "hi");
}

/// hyper frames a body by its last coding, whatever stands before it: a module would get a body that
/// is still coded, and what follows could be taken for another request by a proxy.
#[test]
fn other_codings_than_chunked_are_refused() {
    let server = serve(&["cat"], "", settings());
    let hidden = "GET /cat HTTP/1.1\r\nHost: a\r\n\r\n";
    for fields in [
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
    ] {
        let head = format!("POST /cat HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let answer = server.raw(format!("{head}0\r\n\r\n{hidden}"));
        assert_eq!(answer.status(), 501, "{fields}");
        assert_eq!(answer.text().matches("HTTP/1.1 ").count(), 1, "{fields}");
    }
}
