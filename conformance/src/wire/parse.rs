//! Reads one HTTP/1.x response from any source of bytes: pure, strict and bounded.
//!
//! What a server must never send (a folded field line, a bare CR or LF in the header section, a
//! broken chunk, both framing fields) is [`Stop::Malformed`], with a text that says what was found.
//! What is merely unusual (no reason phrase, an unknown field) is kept as it came.

use super::message::{BodyFraming, Head, Response};
use crate::text::escaped;

/// The longest header section that is read.
pub const HEAD_LIMIT: usize = 1024 * 1024;
/// The longest response, interim responses and framing included, that is read.
pub const RESPONSE_LIMIT: usize = 64 * 1024 * 1024;
/// More interim responses than this before the final one are nonsense.
const INTERIM_LIMIT: usize = 64;

/// Where the bytes come from.
pub trait Source {
    /// Appends at least one byte to `buffer`; `Ok(0)` is the orderly end of the stream.
    fn fill(&mut self, buffer: &mut Vec<u8>) -> Result<usize, Interruption>;
}

/// Why a source gives nothing although the stream has not come to its orderly end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// The peer reset the connection.
    Reset,
    /// Time is up.
    Timeout,
    /// The user gave up.
    Abandoned,
}

/// Why no complete response was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The stream ended before its first byte.
    Closed,
    /// The stream ended in the middle; with the response as far as it came, if its header section
    /// was complete.
    BrokenOff(Option<Box<Response>>),
    /// The source was interrupted otherwise.
    Interrupted(Interruption),
    /// The bytes are no HTTP response.
    Malformed(String),
}

/// The bytes of one connection: what was received and not yet consumed, then the source.
#[derive(Debug)]
pub struct Incoming<'a, S> {
    source: S,
    /// Received bytes; those before `position` are consumed.
    buffer: &'a mut Vec<u8>,
    position: usize,
}

impl<'a, S: Source> Incoming<'a, S> {
    /// Reads on after `buffer`, which holds what was received beyond the previous response.
    pub fn new(source: S, buffer: &'a mut Vec<u8>) -> Self {
        Self {
            source,
            buffer,
            position: 0,
        }
    }

    /// Reads a final response with the interim responses before it. `bodiless` is set for an answer
    /// to HEAD. `saw_head` is told the status of each header section as soon as it is complete.
    ///
    /// What was consumed is taken out of the buffer on success only; after an error the buffer holds
    /// all that came.
    pub fn response(
        &mut self,
        bodiless: bool,
        mut saw_head: impl FnMut(u16),
    ) -> Result<Response, Stop> {
        let mut interim = Vec::new();
        let head = loop {
            let head = self.head()?;
            saw_head(head.status);
            // 101 is the last response of its connection as far as HTTP is concerned.
            if !(100..200).contains(&head.status) || head.status == 101 {
                break head;
            }
            if interim.len() == INTERIM_LIMIT {
                return Err(malformed(format!(
                    "more than {INTERIM_LIMIT} interim responses"
                )));
            }
            interim.push(head);
        };
        let framing = framing(&head, bodiless)?;
        let mut response = Response {
            interim,
            head,
            body: Vec::new(),
            framing: framing.kind(),
            complete: false,
            raw: Vec::new(),
        };
        let end = match framing {
            Framing::None => Ok(()),
            Framing::Length(length) => self.length(length, &mut response.body),
            Framing::Chunked => self.chunked(&mut response.body),
            Framing::UntilClose => self.until_close(&mut response.body),
        };
        match end {
            Ok(()) => {
                response.complete = true;
                response.raw = self.buffer.drain(..self.position).collect();
                self.position = 0;
                Ok(response)
            }
            Err(Stop::BrokenOff(_) | Stop::Closed) => {
                response.raw.clone_from(self.buffer);
                Err(Stop::BrokenOff(Some(Box::new(response))))
            }
            Err(other) => Err(other),
        }
    }

    /// Reads more; an orderly or disorderly end is the error that fits what came so far.
    fn more(&mut self) -> Result<(), Stop> {
        if self.buffer.len() >= RESPONSE_LIMIT {
            return Err(malformed(format!("more than {} MiB", RESPONSE_LIMIT >> 20)));
        }
        match self.source.fill(self.buffer) {
            Ok(0) | Err(Interruption::Reset) if self.buffer.is_empty() => Err(Stop::Closed),
            Ok(0) | Err(Interruption::Reset) => Err(Stop::BrokenOff(None)),
            Ok(_) => Ok(()),
            Err(other) => Err(Stop::Interrupted(other)),
        }
    }

    fn head(&mut self) -> Result<Head, Stop> {
        let start = self.position;
        let status_line = self.line(start)?;
        let mut head = status_line_of(&status_line)?;
        self.fields(start, &mut head.fields)?;
        Ok(head)
    }

    /// Field lines up to and including the empty line: a header or trailer section.
    fn fields(&mut self, start: usize, fields: &mut Vec<(Vec<u8>, Vec<u8>)>) -> Result<(), Stop> {
        loop {
            let line = self.line(start)?;
            if line.is_empty() {
                return Ok(());
            }
            fields.push(field_of(&line)?);
        }
    }

    /// A line without its CRLF. `start` is where the section began, for the limit.
    fn line(&mut self, start: usize) -> Result<Vec<u8>, Stop> {
        let mut searched = self.position;
        let end = loop {
            if let Some(at) = self.buffer[searched..].iter().position(|&b| b == b'\n') {
                break searched + at;
            }
            searched = self.buffer.len();
            if searched - start > HEAD_LIMIT {
                return Err(malformed(format!(
                    "a header section of more than {} KiB",
                    HEAD_LIMIT >> 10
                )));
            }
            self.more()?;
        };
        let line = &self.buffer[self.position..end];
        let Some(line) = line.strip_suffix(b"\r") else {
            return Err(malformed(format!(
                "the line `{}` ends in a bare LF",
                shown(line)
            )));
        };
        if line.iter().any(|b| matches!(b, b'\r' | 0)) {
            return Err(malformed(format!(
                "a bare CR or a NUL in the line `{}`",
                shown(line)
            )));
        }
        let line = line.to_vec();
        self.position = end + 1;
        Ok(line)
    }

    fn length(&mut self, length: u64, body: &mut Vec<u8>) -> Result<(), Stop> {
        // A length beyond the limit runs into the limit of `more`.
        let wanted = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .saturating_add(self.position);
        let mut result = Ok(());
        while self.buffer.len() < wanted && result.is_ok() {
            result = self.more();
        }
        let end = wanted.min(self.buffer.len());
        body.extend_from_slice(&self.buffer[self.position..end]);
        self.position = end;
        result
    }

    fn chunked(&mut self, body: &mut Vec<u8>) -> Result<(), Stop> {
        loop {
            let line = self.line(self.position)?;
            let size = chunk_size(&line)?;
            if size == 0 {
                return self.fields(self.position, &mut Vec::new());
            }
            self.length(size, body)?;
            let end = self.line(self.position)?;
            if !end.is_empty() {
                return Err(malformed(format!(
                    "`{}` after the data of a chunk",
                    shown(&end)
                )));
            }
        }
    }

    fn until_close(&mut self, body: &mut Vec<u8>) -> Result<(), Stop> {
        let result = loop {
            if self.buffer.len() >= RESPONSE_LIMIT {
                break Err(malformed(format!("more than {} MiB", RESPONSE_LIMIT >> 20)));
            }
            match self.source.fill(self.buffer) {
                Ok(0) => break Ok(()),
                Ok(_) => {}
                Err(Interruption::Reset) => break Err(Stop::BrokenOff(None)),
                Err(other) => break Err(Stop::Interrupted(other)),
            }
        };
        body.extend_from_slice(&self.buffer[self.position..]);
        self.position = self.buffer.len();
        result
    }
}

fn status_line_of(line: &[u8]) -> Result<Head, Stop> {
    let wrong = || malformed(format!("`{}` is no status line", shown(line)));
    let rest = line.strip_prefix(b"HTTP/").ok_or_else(wrong)?;
    let (&[major, b'.', minor, b' ', a, b, c], rest) =
        rest.split_first_chunk::<7>().ok_or_else(wrong)?
    else {
        return Err(wrong());
    };
    if ![major, minor, a, b, c].iter().all(u8::is_ascii_digit) || major != b'1' {
        return Err(wrong());
    }
    // The blank before the reason phrase is required even without a reason phrase, but its absence
    // misleads nobody.
    let reason = match rest.split_first() {
        None => &[],
        Some((b' ', reason)) => reason,
        Some(_) => return Err(wrong()),
    };
    let digit = |byte: u8| u16::from(byte - b'0');
    Ok(Head {
        version: (major - b'0', minor - b'0'),
        status: digit(a) * 100 + digit(b) * 10 + digit(c),
        reason: reason.to_vec(),
        fields: Vec::new(),
    })
}

fn field_of(line: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Stop> {
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        return Err(malformed(format!(
            "the folded field line `{}`",
            shown(line)
        )));
    }
    let Some(colon) = line.iter().position(|&b| b == b':') else {
        return Err(malformed(format!(
            "the field line `{}` without a colon",
            shown(line)
        )));
    };
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if name.is_empty() || !name.iter().copied().all(is_token) {
        return Err(malformed(format!("`{}` as a field name", shown(name))));
    }
    Ok((name.to_vec(), trim(value).to_vec()))
}

/// Without the blanks and tabs around it.
pub fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

enum Framing {
    None,
    Length(u64),
    Chunked,
    UntilClose,
}

impl Framing {
    fn kind(&self) -> BodyFraming {
        match self {
            Self::None => BodyFraming::None,
            Self::Length(_) => BodyFraming::Length,
            Self::Chunked => BodyFraming::Chunked,
            Self::UntilClose => BodyFraming::UntilClose,
        }
    }
}

/// RFC 9112 §6.3.
fn framing(head: &Head, bodiless: bool) -> Result<Framing, Stop> {
    if bodiless || head.status < 200 || matches!(head.status, 204 | 304) {
        return Ok(Framing::None);
    }
    let codings = tokens(head, "Transfer-Encoding");
    let lengths = tokens(head, "Content-Length");
    if !codings.is_empty() {
        if !lengths.is_empty() {
            return Err(malformed(
                "both Transfer-Encoding and Content-Length".to_owned(),
            ));
        }
        let chunked = codings
            .iter()
            .filter(|coding| coding.eq_ignore_ascii_case(b"chunked"))
            .count();
        let last = codings
            .last()
            .is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked"));
        return match (chunked, last) {
            (1, true) => Ok(Framing::Chunked),
            (0, _) => Ok(Framing::UntilClose),
            _ => Err(malformed(
                "chunked transfer coding applied twice or not last".to_owned(),
            )),
        };
    }
    let Some(first) = lengths.first() else {
        return Ok(Framing::UntilClose);
    };
    let length = std::str::from_utf8(first)
        .ok()
        .filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|text| text.parse::<u64>().ok())
        .ok_or_else(|| malformed(format!("`{}` as Content-Length", shown(first))))?;
    if lengths.iter().any(|other| other != first) {
        return Err(malformed("different values of Content-Length".to_owned()));
    }
    Ok(Framing::Length(length))
}

/// The elements of a comma-separated field.
fn tokens<'a>(head: &'a Head, name: &'a str) -> Vec<&'a [u8]> {
    head.values(name)
        .flat_map(|value| value.split(|&b| b == b','))
        .map(trim)
        .collect()
}

fn chunk_size(line: &[u8]) -> Result<u64, Stop> {
    let digits = line.split(|&b| b == b';').next().unwrap_or_default();
    // Blanks before an extension are "bad whitespace", which a recipient has to accept.
    let digits = if digits.len() < line.len() {
        trim(digits)
    } else {
        digits
    };
    std::str::from_utf8(digits)
        .ok()
        .filter(|text| {
            (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
        })
        .and_then(|text| u64::from_str_radix(text, 16).ok())
        .ok_or_else(|| malformed(format!("`{}` as the size of a chunk", shown(line))))
}

fn malformed(what: String) -> Stop {
    Stop::Malformed(what)
}

fn shown(bytes: &[u8]) -> String {
    const SHOWN: usize = 80;
    let mut text = escaped(&bytes[..bytes.len().min(SHOWN)]);
    if bytes.len() > SHOWN {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn what_no_server_may_send_is_malformed() {
        let head = |fields: &str| what(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n"));
        assert_eq!(head("A: b\r\n folded"), "the folded field line ` folded`");
        assert_eq!(
            head("A: b\nSet-Cookie: evil"),
            "the line `A: b` ends in a bare LF"
        );
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
}
