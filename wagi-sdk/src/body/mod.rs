//! Bodies of requests and responses.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};

mod error;
mod writer;

pub use error::BodyError;
pub(crate) use writer::Sink;
pub use writer::Writer;

/// A body: bytes at hand, a reader, or a closure that writes.
///
/// A handler reads a request's body through [`Read`], or takes all of it with [`bytes`](Body::bytes). It answers with
/// whatever [`From`] accepts, or with a stream.
///
/// ```
/// use std::io::Read;
/// use wagi_sdk::{Body, testing::Request};
///
/// fn count(mut body: Body) -> std::io::Result<String> {
///     let mut buffer = [0; 4096];
///     let mut total = 0;
///     loop {
///         match body.read(&mut buffer)? {
///             0 => return Ok(format!("{total} bytes")),
///             n => total += n,
///         }
///     }
/// }
///
/// assert_eq!(Request::post("/").body("four").send(count).text(), "4 bytes");
/// ```
pub struct Body(Kind);

enum Kind {
    Bytes {
        bytes: Cow<'static, [u8]>,
        read: usize,
    },
    Reader(Box<ReadFn>),
    Declared {
        reader: Box<ReadFn>,
        length: u64,
        read: u64,
    },
    /// Empty once it has been run by reading from it.
    Stream(Option<Box<StreamFn>>),
    /// Empty once the error has been handed out.
    Failing(Option<BodyError>),
}

type StreamFn = dyn FnOnce(&mut Writer<'_>) -> io::Result<()>;

/// A reader, reduced to what is used of it: a `dyn Read` would carry eight functions into every module.
pub(crate) type ReadFn = dyn FnMut(&mut [u8]) -> io::Result<usize>;

pub(crate) fn read_fn(mut reader: impl Read + 'static) -> Box<ReadFn> {
    Box::new(move |buffer| reader.read(buffer))
}

/// How a body goes out.
pub(crate) enum Outgoing {
    Bytes(Cow<'static, [u8]>),
    Reader(Body),
    Stream(Box<StreamFn>),
}

impl Body {
    /// No bytes at all.
    ///
    /// ```
    /// use wagi_sdk::{Body, StatusCode, testing::Request};
    ///
    /// let transcript = Request::delete("/tea").send(|| (StatusCode::ACCEPTED, Body::empty()));
    /// assert_eq!(transcript.field("Content-Length"), Some("0"));
    /// assert_eq!(transcript.body(), b"");
    /// ```
    pub fn empty() -> Self {
        Self::from(&b""[..])
    }

    /// A body that is read to its end, such as a file.
    ///
    /// ```
    /// use wagi_sdk::{Body, Error, testing::Request};
    ///
    /// fn handler() -> Result<Body, Error> {
    ///     Ok(Body::from_reader(std::fs::File::open("Cargo.toml")?))
    /// }
    ///
    /// let transcript = Request::get("/").send(handler);
    /// assert!(transcript.text().starts_with("[package]"));
    /// assert_eq!(transcript.field("Content-Length"), None);
    /// ```
    pub fn from_reader(reader: impl Read + 'static) -> Self {
        Self::undeclared(read_fn(reader))
    }

    /// A body of `length` bytes from a reader, such as a part of a file: `Content-Length` says so. If the reader ends
    /// before, the response breaks off.
    ///
    /// ```
    /// use wagi_sdk::{Body, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| Body::from_reader_of(4, std::io::repeat(b'x')));
    /// assert_eq!(transcript.field("Content-Length"), Some("4"));
    /// assert_eq!(transcript.text(), "xxxx");
    /// ```
    pub fn from_reader_of(length: u64, reader: impl Read + 'static) -> Self {
        match length {
            0 => Self::empty(),
            _ => Self::declared(read_fn(reader), length),
        }
    }

    /// A body that the closure writes while the client is already reading: nothing is held in memory.
    ///
    /// The header block goes out with the closure's first write or flush; an error or a panic before that is a clean
    /// 500, later it breaks the response off.
    ///
    /// ```
    /// use std::io::Write;
    /// use wagi_sdk::{Body, testing::Request};
    ///
    /// fn handler() -> Body {
    ///     Body::stream(|out| (1..=3).try_for_each(|line| writeln!(out, "{line}")))
    /// }
    ///
    /// assert_eq!(Request::get("/").send(handler).text(), "1\n2\n3\n");
    /// ```
    pub fn stream(write: impl FnOnce(&mut Writer<'_>) -> io::Result<()> + 'static) -> Self {
        Self(Kind::Stream(Some(Box::new(write))))
    }

    /// A request body that is read to the end of input.
    pub(crate) fn undeclared(reader: Box<ReadFn>) -> Self {
        Self(Kind::Reader(reader))
    }

    /// A request body of which the server has announced the length.
    pub(crate) fn declared(reader: Box<ReadFn>, length: u64) -> Self {
        Self(Kind::Declared {
            reader,
            length,
            read: 0,
        })
    }

    /// A body that cannot be read.
    pub(crate) fn failing(error: BodyError) -> Self {
        Self(Kind::Failing(Some(error)))
    }

    /// How many bytes are left, where that is known beforehand.
    ///
    /// ```
    /// use std::io::Read;
    /// use wagi_sdk::Body;
    ///
    /// let mut body = Body::from("four");
    /// body.read_exact(&mut [0; 1])?;
    /// assert_eq!(body.len(), Some(3));
    /// assert_eq!(Body::from_reader(std::io::empty()).len(), None);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn len(&self) -> Option<u64> {
        match &self.0 {
            Kind::Bytes { bytes, read } => Some((bytes.len() - read) as u64),
            Kind::Declared { length, read, .. } => Some(length - read),
            Kind::Reader(_) | Kind::Stream(_) | Kind::Failing(_) => None,
        }
    }

    /// Whether there is certainly nothing to read.
    ///
    /// ```
    /// use wagi_sdk::Body;
    ///
    /// assert!(Body::from("").is_empty());
    /// // Nobody knows before having read:
    /// assert!(!Body::from_reader(std::io::empty()).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// All of the body, if it is not longer than `limit` bytes.
    ///
    /// ```
    /// use wagi_sdk::{Body, BodyError};
    ///
    /// assert_eq!(Body::from("four").bytes(4).unwrap(), b"four");
    /// assert!(matches!(Body::from("four").bytes(3), Err(BodyError::TooLarge { limit: 3 })));
    /// ```
    pub fn bytes(mut self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let too_large = Err(BodyError::TooLarge { limit });
        match self.0 {
            Kind::Bytes { bytes, read: 0 } if bytes.len() <= limit => return Ok(bytes.into_owned()),
            Kind::Failing(Some(error)) => return Err(error),
            _ => {}
        }
        let mut bytes = Vec::new();
        if let Some(length) = self.len() {
            if length > limit as u64 {
                return too_large;
            }
            // A client can announce more than it sends: memory follows the bytes, not the promise.
            bytes.reserve_exact(length.min(64 * 1024) as usize);
        }
        // One byte more than allowed tells the two cases apart.
        (&mut self).take(limit as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > limit {
            too_large
        } else {
            Ok(bytes)
        }
    }

    /// All of the body as text, if it is not longer than `limit` bytes and is UTF-8.
    ///
    /// ```
    /// use wagi_sdk::{Body, BodyError};
    ///
    /// assert_eq!(Body::from("café").text(5)?, "café");
    /// assert!(matches!(Body::from("café").text(4), Err(BodyError::TooLarge { limit: 4 })));
    /// assert!(matches!(Body::from(&b"caf\xe9"[..]).text(5), Err(BodyError::NotUtf8)));
    /// # Ok::<(), wagi_sdk::Error>(())
    /// ```
    pub fn text(self, limit: usize) -> Result<String, BodyError> {
        Ok(String::from_utf8(self.bytes(limit)?)?)
    }

    pub(crate) fn into_outgoing(self) -> Outgoing {
        match self.0 {
            Kind::Bytes { bytes, read: 0 } => Outgoing::Bytes(bytes),
            Kind::Stream(Some(write)) => Outgoing::Stream(write),
            _ => Outgoing::Reader(self),
        }
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Kind::Bytes { bytes, read } => {
                let n = (&bytes[*read..]).read(buffer)?;
                *read += n;
                Ok(n)
            }
            Kind::Reader(read) => read(buffer),
            Kind::Declared {
                reader,
                length,
                read,
            } => {
                let wanted = buffer
                    .len()
                    .min(usize::try_from(*length - *read).unwrap_or(usize::MAX));
                if wanted == 0 {
                    return Ok(0);
                }
                let n = reader(&mut buffer[..wanted])?;
                *read += n as u64;
                if n == 0 {
                    return Err(BodyError::Incomplete {
                        expected: *length,
                        received: *read,
                    }
                    .into());
                }
                Ok(n)
            }
            Kind::Stream(write) => {
                let write = write.take().ok_or_else(broken)?;
                let mut bytes = Vec::new();
                write(&mut Writer::new(&mut bytes))?;
                *self = Self::from(bytes);
                self.read(buffer)
            }
            Kind::Failing(error) => Err(error.take().map_or_else(broken, io::Error::from)),
        }
    }
}

/// For whoever reads on after a failure. A kind alone: an error with a text of its own is five kilobytes in every module.
fn broken() -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

/// What kind it is, never what it holds.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.len() {
            Some(length) => write!(f, "Body({length} bytes)"),
            None => f.write_str("Body(stream)"),
        }
    }
}

impl From<Cow<'static, [u8]>> for Body {
    fn from(bytes: Cow<'static, [u8]>) -> Self {
        Self(Kind::Bytes { bytes, read: 0 })
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Cow::<'static, [u8]>::Owned(bytes))
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Self::from(Cow::<'static, [u8]>::Borrowed(bytes))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl From<Cow<'static, str>> for Body {
    fn from(text: Cow<'static, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::from(text),
            Cow::Owned(text) => Self::from(text),
        }
    }
}

impl From<()> for Body {
    fn from((): ()) -> Self {
        Self::empty()
    }
}
