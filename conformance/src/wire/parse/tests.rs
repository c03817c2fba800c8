use super::*;
use crate::wire::message::BodyFraming;
use proptest::prelude::*;

/// Gives the bytes in pieces, then the end.
struct Pieces<'a> {
    rest: &'a [u8],
    size: usize,
    end: Result<usize, Interruption>,
}

impl Source for Pieces<'_> {
    fn fill(&mut self, buffer: &mut Vec<u8>) -> Result<usize, Interruption> {
        if self.rest.is_empty() {
            return self.end;
        }
        let (now, later) = self.rest.split_at(self.size.min(self.rest.len()));
        buffer.extend_from_slice(now);
        self.rest = later;
        Ok(now.len())
    }
}

fn read(bytes: &[u8], size: usize, bodiless: bool) -> (Result<Response, Stop>, Vec<u8>) {
    let mut buffer = Vec::new();
    let source = Pieces {
        rest: bytes,
        size,
        end: Ok(0),
    };
    let result = Incoming::new(source, &mut buffer).response(bodiless, |_| {});
    (result, buffer)
}

fn response(text: &str) -> Response {
    let (result, left) = read(text.as_bytes(), 7, false);
    let response = result.unwrap_or_else(|stop| panic!("{text:?}: {stop:?}"));
    let received = [response.raw.as_slice(), &left].concat();
    assert!(text.as_bytes().starts_with(&received));
    response
}

fn stop(text: &str) -> Stop {
    read(text.as_bytes(), 1000, false).0.unwrap_err()
}

fn what(text: &str) -> String {
    match stop(text) {
        Stop::Malformed(what) => what,
        other => panic!("{text:?}: {other:?}"),
    }
}

#[test]
fn heads_keep_everything() {
    let response = response(
        "HTTP/1.0 299 Odd  one\r\nx-A:  b \t\r\nX-a:\r\nx-A: c:d\r\nContent-Length: 0\r\n\r\n",
    );
    assert_eq!((response.head.version, response.head.status), ((1, 0), 299));
    assert_eq!(response.head.reason, b"Odd  one");
    let field = |n: &str, v: &str| (n.as_bytes().to_vec(), v.as_bytes().to_vec());
    assert_eq!(
        response.head.fields,
        [
            field("x-A", "b"),
            field("X-a", ""),
            field("x-A", "c:d"),
            field("Content-Length", "0")
        ]
    );
    assert!(response.complete && response.body.is_empty());
    assert!(
        super::tests::response("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n")
            .head
            .reason
            .is_empty()
    );
}

#[test]
fn bodies_are_framed_by_the_rules() {
    let framed = |text: &str| {
        let response = response(text);
        (response.framing, String::from_utf8(response.body).unwrap())
    };
    assert_eq!(
        framed("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef"),
        (BodyFraming::Length, "abc".into())
    );
    assert_eq!(
        framed("HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc"),
        (BodyFraming::Length, "abc".into())
    );
    assert_eq!(
        framed("HTTP/1.1 200 OK\r\n\r\nabc\n"),
        (BodyFraming::UntilClose, "abc\n".into())
    );
    assert_eq!(
        framed(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0A ;x=y\r\nbcdefghijk\r\n0\r\nT: x\r\n\r\nbeyond"
        ),
        (BodyFraming::Chunked, "abcdefghijk".into())
    );
    assert_eq!(
        framed("HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc"),
        (BodyFraming::None, String::new())
    );
    assert_eq!(
        framed("HTTP/1.1 101 Switching\r\n\r\nabc"),
        (BodyFraming::None, String::new())
    );
    let (head, _) = read(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", 9, true);
    assert_eq!(head.unwrap().framing, BodyFraming::None);
}

#[test]
fn interim_responses_come_before() {
    let response = response(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    );
    let interim: Vec<_> = response.interim.iter().map(|head| head.status).collect();
    assert_eq!(
        (interim.as_slice(), response.head.status),
        ([100, 103].as_slice(), 200)
    );
}

#[test]
fn an_early_end_is_told_from_none() {
    assert_eq!(stop(""), Stop::Closed);
    assert_eq!(stop("HTTP/1.1 200 OK\r\nA: "), Stop::BrokenOff(None));
    for text in [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    ] {
        let Stop::BrokenOff(Some(response)) = stop(text) else {
            panic!("{text:?}");
        };
        assert_eq!(
            (response.body.as_slice(), response.complete),
            (b"ab".as_slice(), false)
        );
        assert_eq!(response.raw, text.as_bytes());
    }
    let mut buffer = Vec::new();
    let reset = Pieces {
        rest: b"HTTP/1.1 200 OK\r\n\r\nab",
        size: 99,
        end: Err(Interruption::Reset),
    };
    let result = Incoming::new(reset, &mut buffer).response(false, |_| {});
    assert!(matches!(result, Err(Stop::BrokenOff(Some(_)))));
}

#[test]
fn a_bare_line_feed_is_read_and_noted() {
    let noted = |text: &str| {
        let response = read(text.as_bytes(), 1, false).0.unwrap();
        let fields = response.head.fields.len();
        (
            fields,
            response
                .head
                .bare_lf
                .map(|line| String::from_utf8(line).unwrap()),
        )
    };
    let rest = "Content-Length: 0\r\n\r\n";
    assert_eq!(noted(&format!("HTTP/1.1 200 OK\r\n{rest}")), (1, None));
    assert_eq!(
        noted(&format!("HTTP/1.1 200 OK\r\nA: b\nC: d\n{rest}")),
        (3, Some("A: b".to_owned()))
    );
    assert_eq!(
        noted("HTTP/1.1 204 No Content\r\nA: b\r\n\n"),
        (1, Some(String::new()))
    );
    assert!(
        what("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\n\r\n").contains("bare LF"),
        "in chunked coding there is no such leniency"
    );
}

#[test]
fn what_no_server_may_send_is_malformed() {
    let head = |fields: &str| what(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n"));
    assert_eq!(head("A: b\r\n folded"), "the folded field line ` folded`");
    assert_eq!(head("A: b\rc"), "a bare CR or a NUL in the line `A: b\\rc`");
    assert_eq!(head("A: b\0"), "a bare CR or a NUL in the line `A: b\\0`");
    assert_eq!(
        head("no colon"),
        "the field line `no colon` without a colon"
    );
    assert_eq!(head("A : b"), "`A ` as a field name");
    assert_eq!(head(": b"), "`` as a field name");
    assert_eq!(
        head("Content-Length: 3\r\nTransfer-Encoding: chunked"),
        "both Transfer-Encoding and Content-Length"
    );
    assert_eq!(
        head("Content-Length: 3\r\nContent-Length: 4"),
        "different values of Content-Length"
    );
    assert_eq!(head("Content-Length: +3"), "`+3` as Content-Length");
    assert_eq!(head("Content-Length: "), "`` as Content-Length");
    assert_eq!(
        head("Transfer-Encoding: chunked, gzip"),
        "chunked transfer coding applied twice or not last"
    );
    for line in [
        "HTTP/1.1 20 OK",
        "HTTP/2 200",
        "HTTP/1.1  200 OK",
        "HTTP/1.1 2000",
        "ok",
        "",
    ] {
        assert!(
            what(&format!("{line}\r\n\r\n")).ends_with("is no status line"),
            "{line}"
        );
    }
    let chunk = |body: &str| {
        what(&format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}"
        ))
    };
    assert_eq!(chunk("g\r\n"), "`g` as the size of a chunk");
    assert_eq!(chunk("\r\n"), "`` as the size of a chunk");
    assert_eq!(chunk("0x2\r\nab\r\n"), "`0x2` as the size of a chunk");
    assert_eq!(
        chunk("ffffffffffffffff\r\n"),
        "`ffffffffffffffff` as the size of a chunk"
    );
    assert_eq!(chunk("1\r\nab\r\n"), "`b` after the data of a chunk");
}

#[test]
fn nothing_grows_without_bound() {
    let endless = format!("HTTP/1.1 200 OK\r\nA: {}", "a".repeat(HEAD_LIMIT + 1));
    assert_eq!(what(&endless), "a header section of more than 1024 KiB");
    let many = "HTTP/1.1 100 Continue\r\n\r\n".repeat(INTERIM_LIMIT + 1);
    assert_eq!(what(&many), "more than 64 interim responses");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), bodiless: bool) {
        let _ = read(&bytes, 5, bodiless);
    }

    #[test]
    fn nearly_right_bytes_do_not_either(
        text in r"(HTTP/1\.[01] [0-9]{3}( [a-z]*)?\r\n)((Content-Length: [0-9]{1,2}|Transfer-Encoding: (chunked|gzip)|X: [a-z]?)\r?\n){0,3}\r\n([0-9a-f]{1,2}\r\n[a-z]{0,4}\r\n){0,3}(0\r\n\r\n)?",
        size in 1_usize..40,
        cut in 0_usize..400,
    ) {
        let bytes = &text.as_bytes()[..cut.min(text.len())];
        let (result, left) = read(bytes, size, false);
        // However the bytes were cut into pieces, the outcome is the same, and no byte is lost.
        let (whole, _) = read(bytes, bytes.len().max(1), false);
        prop_assert_eq!(&result, &whole);
        if let Ok(response) = result {
            let received = [response.raw.as_slice(), &left].concat();
            prop_assert!(bytes.starts_with(&received));
            prop_assert!(response.complete);
        }
    }
}
