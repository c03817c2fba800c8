//! Why a body could not be read.

use std::string::FromUtf8Error;
use std::{fmt, io};

use http::StatusCode;

use crate::error::rejection;

/// Why a body could not be read.
///
/// ```
/// use wagi_sdk::{Body, BodyError, StatusCode, testing::Request};
///
/// fn handler(body: Body) -> Result<String, BodyError> {
///     body.text(3)
/// }
///
/// let refused = Request::post("/").body("four").send(handler);
/// assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
/// assert_eq!(BodyError::NotUtf8.status(), StatusCode::BAD_REQUEST);
/// ```
///
/// Reading through [`Read`](io::Read) wraps it in an [`io::Error`]; [`Error`](crate::Error) finds it there, so that `?`
/// answers with the right status either way.
#[non_exhaustive]
pub enum BodyError {
    /// There is more than the handler is willing to take: 413.
    TooLarge {
        /// How many bytes would have been taken.
        limit: usize,
    },
    /// Input ended before `CONTENT_LENGTH` bytes had come: 400.
    Incomplete {
        /// How many bytes were announced.
        expected: u64,
        /// How many came.
        received: u64,
    },
    /// `CONTENT_LENGTH` is not a number: 400.
    BadLength,
    /// The body was to be text and is not UTF-8: 400.
    NotUtf8,
    /// Standard input could not be read: 500.
    Io(io::Error),
}

rejection!(BodyError);

impl BodyError {
    /// The status that says this to a client.
    ///
    /// ```
    /// use wagi_sdk::{Body, StatusCode, testing::Request};
    ///
    /// let status = |body: Body| body.bytes(3).map_or_else(|error| error.status(), |_| StatusCode::OK);
    /// assert_eq!(Request::post("/").body("four").send(status).status(), 413);
    /// // The client has announced more than it sent:
    /// assert_eq!(Request::post("/").body("no").var("CONTENT_LENGTH", "3").send(status).status(), 400);
    /// ```
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Incomplete { .. } | Self::BadLength | Self::NotUtf8 => StatusCode::BAD_REQUEST,
            Self::Io(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit } => write!(
                f,
                "The body is longer than the {limit} bytes that are accepted here."
            ),
            Self::Incomplete { expected, received } => {
                write!(f, "The body ended after {received} of {expected} bytes.")
            }
            Self::BadLength => f.write_str("The length of the body is not a number."),
            Self::NotUtf8 => f.write_str("The body is not valid UTF-8."),
            Self::Io(error) => write!(f, "The body could not be read: {error}"),
        }
    }
}

/// Takes a `BodyError` back out of what [`Read`](io::Read) has wrapped.
impl From<io::Error> for BodyError {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Io)
    }
}

impl From<BodyError> for io::Error {
    fn from(error: BodyError) -> Self {
        let kind = match &error {
            BodyError::Io(inner) => inner.kind(),
            BodyError::Incomplete { .. } => io::ErrorKind::UnexpectedEof,
            BodyError::TooLarge { .. } => io::ErrorKind::FileTooLarge,
            BodyError::BadLength | BodyError::NotUtf8 => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}

impl From<FromUtf8Error> for BodyError {
    fn from(_: FromUtf8Error) -> Self {
        Self::NotUtf8
    }
}
