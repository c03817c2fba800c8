//! What the writer promises.

use std::io::{self, Write};

use wagi_sdk::testing::{Request, Transcript};
use wagi_sdk::{
    Body, HeaderMap, HeaderValue, Html, IntoResponse, Json, Redirect, Response, StatusCode,
};

fn get<R: IntoResponse + 'static>(respond: impl FnOnce() -> R) -> Transcript {
    Request::get("/").send(respond)
}

#[test]
fn what_a_person_would_read() {
    let blocks = [
        get(|| "text"),
        get(|| Html("page")),
        get(|| Json([1, 2])),
        get(|| vec![0_u8; 3]),
        get(|| StatusCode::NO_CONTENT),
        get(|| (StatusCode::CREATED, [("Location", "/new/1")], "made")),
        get(|| Redirect::found("https://example.org/")),
        get(|| Body::stream(|out| out.write_all(b"stream"))),
        get(|| {
            (
                StatusCode::from_u16(299).unwrap(),
                [
                    ("Set-Cookie", "a=1"),
                    ("X-Note", "ü"),
                    ("Set-Cookie", "b=2"),
                ],
                (),
            )
        }),
    ];
    let blocks: Vec<_> = blocks.iter().map(Transcript::header_block).collect();
    insta::assert_snapshot!(blocks.join("\n"), @r"
    Content-Type: text/plain; charset=utf-8
    Content-Length: 4
    Status: 200 OK

    Content-Type: text/html; charset=utf-8
    Content-Length: 4
    Status: 200 OK

    Content-Type: application/json
    Content-Length: 5
    Status: 200 OK

    Content-Type: application/octet-stream
    Content-Length: 3
    Status: 200 OK

    Status: 204 No Content

    Content-Type: text/plain; charset=utf-8
    Location: /new/1
    Content-Length: 4
    Status: 201 Created

    Location: https://example.org/
    Content-Length: 0
    Status: 302 Found

    Status: 200 OK

    Set-Cookie: a=1
    Set-Cookie: b=2
    X-Note: ü
    Content-Length: 0
    Status: 299
    ");
}

#[test]
fn lines_end_in_lf_and_the_status_comes_last() {
    let transcript = get(|| {
        (
            StatusCode::MOVED_PERMANENTLY,
            [("Location", "/x"), ("A", "b")],
            "gone",
        )
    });
    assert_eq!(
        String::from_utf8_lossy(transcript.raw_stdout()),
        "Content-Type: text/plain; charset=utf-8\nLocation: /x\nA: b\nContent-Length: 4\nStatus: 301 Moved Permanently\n\ngone"
    );
}

#[test]
fn value_bytes_and_duplicates_are_kept_in_order() {
    let transcript = get(|| {
        let mut headers = HeaderMap::new();
        for value in ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2", "a=3"] {
            headers.append("set-cookie", HeaderValue::from_static(value));
        }
        headers.append(
            "x-bytes",
            HeaderValue::from_bytes(b"\xe9\t\xc3\xa9").unwrap(),
        );
        (headers, "")
    });
    assert_eq!(
        transcript.fields_named("Set-Cookie"),
        ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2", "a=3"]
    );
    let raw = transcript.raw_stdout();
    assert!(
        raw.windows(14)
            .any(|bytes| bytes == b"X-Bytes: \xe9\t\xc3\xa9\n")
    );
}

#[test]
fn fields_that_are_the_servers_are_not_written() {
    let transcript = get(|| {
        let fields = [
            ("Connection", "close"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Authenticate", "Basic"),
            ("Proxy-Connection", "close"),
            ("Status", "201"),
            ("TE", "trailers"),
            ("Trailer", "X"),
            ("Transfer-Encoding", "chunked"),
            ("Upgrade", "h2c"),
            ("Content-Length", "99"),
        ];
        (fields, "four")
    });
    assert_eq!(
        transcript.header_block(),
        "Content-Type: text/plain; charset=utf-8\nContent-Length: 4\nStatus: 200 OK\n"
    );
}

#[test]
fn a_stream_has_no_content_length() {
    let stream = || Body::stream(|out| out.write_all(b"stream"));
    for transcript in [
        get(stream),
        get(move || ([("Content-Length", "6")], stream())),
        get(|| Body::from_reader(io::Cursor::new("reader"))),
    ] {
        assert_eq!(transcript.field("Content-Length"), None);
        assert_eq!(transcript.body().len(), 6);
    }
}

#[test]
fn bodies_only_where_they_belong() {
    for status in [204, 205, 304] {
        let transcript = get(move || (StatusCode::from_u16(status).unwrap(), "body"));
        assert_eq!(transcript.status(), status);
        assert_eq!(transcript.text(), "");
        assert_eq!(transcript.field("Content-Length"), None);
    }

    // HEAD: the fields of the GET, no body, and a stream is not even asked (RFC 3875 §4.3.3).
    let transcript = Request::head("/").send(|| "body");
    assert_eq!(transcript.text(), "");
    assert_eq!(transcript.field("Content-Length"), Some("4"));
    let transcript = Request::head("/").send(|| Body::stream(|_| unreachable!("nobody reads it")));
    assert_eq!(
        (transcript.text().into_owned(), transcript.stderr()),
        (String::new(), "")
    );
    let transcript = Request::head("/").send(|| ([("Content-Length", "7")], ()));
    assert_eq!(transcript.field("Content-Length"), Some("7"));
}

#[test]
fn what_would_break_the_header_block_is_an_error_before_the_first_byte() {
    for value in ["a\nb", "a\rb", "a\0b"] {
        let transcript = get(move || ([("X-Field", value)], "text"));
        assert_eq!(transcript.status(), 500);
        assert_eq!(transcript.text(), "Internal Server Error\n");
        assert!(transcript.stderr().contains("`x-field`"), "{transcript:?}");

        let transcript = get(move || Redirect::found(value));
        assert_eq!(transcript.status(), 500);
        assert_eq!(transcript.field("Location"), None);
    }
    assert_eq!(get(|| ([("bad name", "a")], "text")).status(), 500);
}

#[test]
fn a_status_that_is_not_final_is_an_error() {
    let transcript = get(|| StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(transcript.status(), 500);
    assert_eq!(
        transcript.stderr(),
        "500 Internal Server Error: a handler cannot answer 101: it is not a final status\n"
    );
}

#[test]
fn what_cannot_be_json_is_an_error() {
    let transcript = get(|| Json(std::collections::HashMap::from([((1, 2), 3)])));
    assert_eq!(transcript.status(), 500);
    assert!(
        transcript.stderr().contains("key must be a string"),
        "{transcript:?}"
    );
}

/// Writes that fail after some bytes, as those to a client who has left.
struct Narrow(usize);

impl Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = bytes.len().min(self.0);
        self.0 -= n;
        if n == 0 {
            Err(io::ErrorKind::BrokenPipe.into())
        } else {
            Ok(n)
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_client_that_leaves_is_no_panic() {
    for room in [0, 10, 1000] {
        let result = wagi_sdk::respond([], io::empty(), Narrow(room), || "x".repeat(100_000));
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}

#[test]
fn a_stream_goes_out_while_it_is_written() {
    use std::sync::mpsc::{Sender, channel};

    struct Watched(Sender<Vec<u8>>);

    impl Write for Watched {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let (sender, receiver) = channel();
    let handler = move || -> Response {
        Body::stream(move |out| {
            assert!(receiver.try_recv().is_err());
            out.flush()?;
            assert_eq!(receiver.try_recv().unwrap(), b"Status: 200 OK\n\n");
            out.write_all(b"one")?;
            assert_eq!(receiver.try_recv().unwrap(), b"one");
            out.write_all(b"two")
        })
        .into_response()
    };
    wagi_sdk::respond([], io::empty(), Watched(sender), handler).unwrap();
}
