//! Where bodies are written to.

use std::fmt;
use std::io::{self, Write};

/// Where a [stream](super::Body::stream) writes to. A flush sends what was written on its way to the client.
///
/// ```
/// use std::io::{self, Write};
/// use wagi_sdk::{Body, Writer, testing::Request};
///
/// fn count(out: &mut Writer<'_>) -> io::Result<()> {
///     for number in 1..=3 {
///         write!(out, "{number} ")?;
///         out.flush()?;
///     }
///     Ok(())
/// }
///
/// assert_eq!(Request::get("/").send(|| Body::stream(count)).text(), "1 2 3 ");
/// ```
pub struct Writer<'a>(&'a mut dyn Sink);

/// A writer, reduced to what is used of it, as [`ReadFn`](super::ReadFn) is a reader.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()>;
    fn deliver(&mut self) -> io::Result<()>;

    /// Whether each `put` is a call to the host, so that pieces of a line had better come together.
    fn is_unbuffered(&self) -> bool {
        false
    }
}

impl<W: Write> Sink for W {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn deliver(&mut self) -> io::Result<()> {
        self.flush()
    }
}

impl<'a> Writer<'a> {
    pub(crate) fn new(sink: &'a mut dyn Sink) -> Self {
        Self(sink)
    }
}

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.put(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.deliver()
    }
}

impl fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}
