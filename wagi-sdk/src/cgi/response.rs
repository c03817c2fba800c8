//! From a response to a header block and a body.

use std::fmt;
use std::io::{self, Read};

use http::StatusCode;

use super::block::Block;
use super::is_connection_level;
use crate::Response;
use crate::body::{Body, Outgoing, Sink, Writer};

/// What a client reads when the handler fails before the first byte. A constant: it is written from a panic hook too.
pub(crate) const INTERNAL_SERVER_ERROR: &[u8] = b"Content-Type: text/plain; charset=utf-8\n\
    Status: 500 Internal Server Error\n\
    \n\
    Internal Server Error\n";

/// How much of a reader is held at a time.
const CHUNK: usize = 16 * 1024;

/// And at first: clearing a whole chunk would be most of what a short body costs.
const FIRST_CHUNK: usize = 1024;

/// How much waits for the end of its line.
const SHORT: usize = 1024;

/// Standard output, with the header block held back until the body's first byte, so that until then a failure can
/// still become a clean 500.
pub(crate) struct Output<'a> {
    sink: &'a mut dyn Sink,
    held: Block,
    /// Whether what is held is on its way out. It stays so when the sink panics, which then gets nothing twice.
    leaving: bool,
    begun: bool,
}

impl<'a> Output<'a> {
    pub(crate) fn new(sink: &'a mut dyn Sink) -> Self {
        Self {
            sink,
            held: Block::new(),
            leaving: false,
            begun: false,
        }
    }

    /// Whether the response can no longer become another one.
    pub(crate) fn begun(&self) -> bool {
        self.begun
    }

    /// Gives up on what is held and answers 500 instead; only before anything has gone out.
    pub(crate) fn answer_500(&mut self) -> io::Result<()> {
        debug_assert!(!self.begun);
        self.held.clear();
        self.held.push(INTERNAL_SERVER_ERROR);
        self.deliver()
    }

    fn release(&mut self) -> io::Result<()> {
        if self.held.is_empty() || self.leaving {
            return Ok(());
        }
        self.begun = true;
        self.leaving = true;
        let put = self.sink.put(self.held.bytes());
        self.leaving = false;
        self.held.clear();
        put
    }
}

impl Sink for Output<'_> {
    /// Header block and first bytes go in one call to the host. A short piece waits for one that ends a line, where
    /// nobody behind this does the like: `write!` comes in pieces.
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.begun = true;
        let waits = self.sink.is_unbuffered() && bytes.len() < SHORT && !bytes.ends_with(b"\n");
        if !waits && self.held.is_empty() || bytes.len() > CHUNK {
            self.release()?;
            return self.sink.put(bytes);
        }
        self.held.push(bytes);
        if waits && self.held.bytes().len() < SHORT {
            return Ok(());
        }
        self.release()
    }

    fn deliver(&mut self) -> io::Result<()> {
        self.release()?;
        self.sink.deliver()
    }
}

/// Writes the response. `head` says that the request was a HEAD: then the body stays unread (RFC 3875 §4.3.3).
///
/// An error from here before [`Output::begun`] has left no trace in the output.
pub(crate) fn write(response: Response, head: bool, output: &mut Output<'_>) -> io::Result<()> {
    let status = response.status();
    let bodiless = matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
    );
    // There may be the block of another response, whose body has failed.
    output.held.clear();
    header_block(&response, head, bodiless, &mut output.held).map_err(io::Error::other)?;
    if head || bodiless {
        return output.deliver();
    }
    match response.into_body().into_outgoing() {
        Outgoing::Bytes(bytes) => output.put(&bytes)?,
        Outgoing::Reader(mut reader) => copy(&mut reader, output)?,
        Outgoing::Stream(write) => write(&mut Writer::new(output))?,
    }
    output.deliver()
}

/// As `io::copy`, but with the buffer on the heap: a module's stack is small.
fn copy(reader: &mut Body, output: &mut Output<'_>) -> io::Result<()> {
    let mut chunk = vec![0; FIRST_CHUNK];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(n) => {
                output.put(&chunk[..n])?;
                if n == chunk.len() {
                    chunk.resize(CHUNK, 0);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The fields, the status and the empty line.
///
/// - Lines end in LF: a CR belongs to the value for some servers (`header-block.line-ends`).
/// - Each field has its own line, in order: joined `Set-Cookie` would be lost (`header-block.set-cookie`).
/// - Names are written the usual way, since Go's `net/http/cgi` knows `Status` in no other.
/// - `Status` always stands, and last. Without it Apache and lighttpd would follow a local `Location` themselves
///   (`location.path-only.not-fetched`), WAGI.NET and WCGI would call every redirect 200; before `Location` it would lose
///   against it in servers that go by the order (`location.status-wins`). It also makes every block one that has a CGI
///   field (`header-block.no-cgi-field`).
fn header_block(
    response: &Response,
    head: bool,
    bodiless: bool,
    block: &mut Block,
) -> Result<(), BadResponse> {
    let status = response.status();
    if status.is_informational() {
        return Err(BadResponse::Interim(status));
    }
    // A handler that answers HEAD itself may know the length without making the body.
    let said_is_right = head && response.body().is_empty();
    let mut said = None;
    if let Some(media_type) = response.media_type() {
        block.push(b"Content-Type: ");
        block.push(media_type.as_bytes());
        block.push(b"\n");
    }
    let mut bad = None;
    response.each_field(&mut |name, value| {
        if name == "content-length" && said_is_right {
            said = decimal(value);
        } else if value
            .iter()
            .any(|byte| matches!(byte, b'\r' | b'\n' | b'\0'))
        {
            bad = Some(name.to_owned());
        } else if !withheld(name) {
            push_name(block, name);
            block.push(b": ");
            block.push(value);
            block.push(b"\n");
        }
    });
    if let Some(name) = bad {
        return Err(BadResponse::Field(name));
    }
    let length = if said_is_right {
        said
    } else {
        response.body().len()
    };
    if let Some(length) = length.filter(|_| !bodiless) {
        block.push(b"Content-Length: ");
        block.push_number(length);
        block.push(b"\n");
    }
    if status == StatusCode::OK {
        // Most are: they need not be looked up.
        block.push(b"Status: 200 OK\n\n");
        return Ok(());
    }
    block.push(b"Status: ");
    block.push_number(status.as_u16().into());
    if let Some(phrase) = super::phrase(status) {
        block.push(b" ");
        block.push(phrase.as_bytes());
    }
    block.push(b"\n\n");
    Ok(())
}

fn decimal(value: &[u8]) -> Option<u64> {
    value.iter().try_fold(0u64, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

/// Whether a field is not the handler's to send: `Status` is the response's own, `Content-Length` is counted, and the
/// connection is the server's (`header-block.connection-level`).
fn withheld(name: &str) -> bool {
    let name = name.as_bytes();
    matches!(name, b"status" | b"content-length")
        || name.starts_with(b"proxy-")
        || is_connection_level(name)
}

/// `content-type` as `Content-Type`.
fn push_name(block: &mut Block, name: &str) {
    let mut initial = true;
    for byte in name.bytes() {
        block.push(&[if initial {
            byte.to_ascii_uppercase()
        } else {
            byte
        }]);
        initial = byte == b'-';
    }
}

/// A response that no header block can express.
enum BadResponse {
    Field(String),
    Interim(StatusCode),
}

impl fmt::Display for BadResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(
                f,
                "the value of the response field `{name}` contains a line break or a NUL"
            ),
            Self::Interim(status) => {
                write!(
                    f,
                    "a handler cannot answer {}: it is not a final status",
                    status.as_u16()
                )
            }
        }
    }
}

impl fmt::Debug for BadResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for BadResponse {}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
