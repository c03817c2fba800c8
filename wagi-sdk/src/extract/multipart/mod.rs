//! Forms with files, as streams.

use std::fmt;
use std::io::{self, Read};

use http::StatusCode;

mod disposition;
mod stream;

use super::essence;
use crate::error::rejection;
use crate::{BodyError, FromRequest, Incoming};
use stream::Stream;

/// How many fields are taken.
const MOST: usize = 1000;

/// A form with files (`multipart/form-data`), one field after the other: nothing but the field's header and a buffer is
/// held in memory.
///
/// ```
/// use wagi_sdk::{Error, Multipart, testing::{Part, Request}};
///
/// fn upload(mut form: Multipart) -> Result<String, Error> {
///     let mut answer = String::new();
///     while let Some(mut field) = form.next_field()? {
///         match field.file_name().map(str::to_owned) {
///             // A field is a reader: `io::copy(&mut field, &mut File::create(…)?)` would store it.
///             Some(name) => {
///                 let length = std::io::copy(&mut field, &mut std::io::sink())?;
///                 answer += &format!("{name} of {length} bytes\n");
///             }
///             None => answer += &format!("{}: {}\n", field.name().to_owned(), field.text(100)?),
///         }
///     }
///     Ok(answer)
/// }
///
/// let form = [Part::text("title", "Tea"), Part::file("image", "pot.png", "image/png", b"\x89PNG")];
/// let transcript = Request::post("/").multipart(form).send(upload);
/// assert_eq!(transcript.text(), "title: Tea\npot.png of 4 bytes\n");
/// ```
///
/// All fields together may have the [limit](crate::Parts::body_limit) of bodies, 2 MiB; [`limit`](Multipart::limit)
/// sets another.
pub struct Multipart {
    stream: Stream,
    fields: usize,
}

impl Multipart {
    /// How many bytes the whole body may have. One that is announced to be longer is refused before any of it is read.
    ///
    /// ```
    /// use wagi_sdk::{Multipart, StatusCode, extract::MultipartError, testing::{Part, Request}};
    ///
    /// fn upload(form: Multipart) -> Result<StatusCode, MultipartError> {
    ///     let mut form = form.limit(8 << 20);
    ///     while form.next_field()?.is_some() {}
    ///     Ok(StatusCode::NO_CONTENT)
    /// }
    ///
    /// let photo = |length| [Part::file("photo", "a.png", "image/png", vec![0; length])];
    /// assert_eq!(Request::post("/").multipart(photo(3 << 20)).send(upload).status(), 204);
    /// assert_eq!(Request::post("/").multipart(photo(8 << 20)).send(upload).status(), 413);
    /// ```
    #[must_use]
    pub fn limit(mut self, bytes: u64) -> Self {
        self.stream.limit = bytes;
        self
    }

    /// The next field, `None` after the last. What has not been read of the one before is skipped.
    ///
    /// A body that ends early or is no form, a field without a name, and more than 1000 of them are errors that answer
    /// the client.
    ///
    /// ```
    /// use wagi_sdk::{Multipart, extract::MultipartError, testing::{Part, Request}};
    ///
    /// fn count(mut form: Multipart) -> Result<String, MultipartError> {
    ///     let mut fields = 0;
    ///     while form.next_field()?.is_some() { fields += 1 }
    ///     Ok(format!("{fields} fields"))
    /// }
    ///
    /// let form = [Part::text("a", "not read"), Part::text("b", "nor this")];
    /// assert_eq!(Request::post("/").multipart(form).send(count).text(), "2 fields");
    /// let broken = Request::post("/").header("Content-Type", "multipart/form-data; boundary=x").body("--x\r\n");
    /// assert_eq!(broken.send(count).status(), 400);
    /// ```
    pub fn next_field(&mut self) -> Result<Option<Field<'_>>, MultipartError> {
        self.stream.skip_part()?;
        if !self.stream.next_part()? {
            return Ok(None);
        }
        self.fields += 1;
        if self.fields > MOST {
            return Err(MultipartError::TooMany { limit: MOST });
        }
        let mut names = disposition::Names::default();
        let mut content_type = None;
        loop {
            let line = self.stream.header_line()?;
            if line.is_empty() {
                break;
            }
            let Some(colon) = line.iter().position(|byte| *byte == b':') else {
                return Err(MultipartError::Malformed(
                    "a header line of a field has no colon",
                ));
            };
            let value = line[colon + 1..].trim_ascii();
            match &*line[..colon].to_ascii_lowercase() {
                b"content-disposition" => names = disposition::parse(value),
                b"content-type" => content_type = Some(String::from_utf8_lossy(value).into_owned()),
                _ => {}
            }
        }
        let Some(name) = names.name else {
            return Err(MultipartError::Malformed("a field has no name"));
        };
        Ok(Some(Field {
            name,
            file_name: names.file_name,
            content_type,
            stream: &mut self.stream,
        }))
    }
}

impl FromRequest for Multipart {
    type Rejection = MultipartError;

    fn from_request(mut request: Incoming) -> Result<Self, MultipartError> {
        let parts = request.parts();
        let media_type = parts.content_type();
        if essence(&media_type) != b"multipart/form-data" {
            return Err(MultipartError::MediaType);
        }
        let boundary = disposition::boundary(&media_type).ok_or(MultipartError::Malformed(
            "`Content-Type` names no boundary",
        ))?;
        let limit = parts.body_limit() as u64;
        Ok(Self {
            stream: Stream::new(request.into_body(), &boundary, limit),
            fields: 0,
        })
    }
}

/// A field of a form, read through [`Read`] or at once.
///
/// ```
/// use std::io::{BufRead, BufReader};
/// use wagi_sdk::{Error, Multipart, OrStatus, StatusCode, testing::{Part, Request}};
///
/// fn lines(mut form: Multipart) -> Result<String, Error> {
///     let field = form.next_field()?.or_status(StatusCode::BAD_REQUEST)?;
///     Ok(format!("{} lines", BufReader::new(field).lines().count()))
/// }
///
/// let list = Part::file("list", "list.txt", "text/plain", "tea\ncake\n");
/// assert_eq!(Request::post("/").multipart([list]).send(lines).text(), "2 lines");
/// ```
///
/// What `std` finds wrong with the content is an I/O error of the handler, a 500: text that is not UTF-8, for
/// [`lines`](std::io::BufRead::lines) and [`read_to_string`](Read::read_to_string). [`text`](Field::text) answers that
/// with 400; for one line after the other, read bytes, and say whose mistake it is:
///
/// ```
/// use std::io::{BufRead, BufReader};
/// use wagi_sdk::{Error, Multipart, OrStatus, StatusCode, testing::{Part, Request}};
///
/// fn longest(mut form: Multipart) -> Result<String, Error> {
///     let field = form.next_field()?.or_status(StatusCode::BAD_REQUEST)?;
///     let mut longest = String::new();
///     for line in BufReader::new(field).split(b'\n') {
///         // A form that is too long, or is cut short, keeps its own status.
///         let line = String::from_utf8(line?).or_status(StatusCode::BAD_REQUEST)?;
///         if line.len() > longest.len() {
///             longest = line;
///         }
///     }
///     Ok(longest)
/// }
///
/// let send = |list: &[u8]| Request::post("/").multipart([Part::file("a", "a", "text/plain", list)]).send(longest);
/// assert_eq!(send(b"tea\ncake\n").text(), "cake");
/// assert_eq!(send(b"tea\n\xff\n").status(), 400);
/// ```
pub struct Field<'a> {
    name: String,
    file_name: Option<String>,
    content_type: Option<String>,
    stream: &'a mut Stream,
}

impl Field<'_> {
    /// Its name in the form.
    ///
    /// ```
    /// use wagi_sdk::{Error, Multipart, testing::{Part, Request}};
    ///
    /// fn title(mut form: Multipart) -> Result<String, Error> {
    ///     while let Some(field) = form.next_field()? {
    ///         if field.name() == "title" {
    ///             return Ok(field.text(100)?);
    ///         }
    ///     }
    ///     Ok("untitled".to_owned())
    /// }
    ///
    /// let form = [Part::text("author", "Ada"), Part::text("title", "Notes")];
    /// assert_eq!(Request::post("/").multipart(form).send(title).text(), "Notes");
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the file, if it is one that was chosen: the last piece of what the client says, never a path. It may
    /// still be anything else, and the same as another's.
    ///
    /// ```
    /// use wagi_sdk::{Error, Multipart, OrStatus, StatusCode, testing::{Part, Request}};
    ///
    /// fn handler(mut form: Multipart) -> Result<String, Error> {
    ///     let field = form.next_field()?.or_status(StatusCode::BAD_REQUEST)?;
    ///     Ok(field.file_name().unwrap_or("no file").to_owned())
    /// }
    ///
    /// let sly = Part::file("list", "../../etc/passwd", "text/plain", "");
    /// assert_eq!(Request::post("/").multipart([sly]).send(handler).text(), "passwd");
    /// assert_eq!(Request::post("/").multipart([Part::text("list", "tea")]).send(handler).text(), "no file");
    /// ```
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// The media type, if the client says one. It need not be true.
    ///
    /// ```
    /// use wagi_sdk::{Error, Multipart, OrStatus, StatusCode, testing::{Part, Request}};
    ///
    /// fn handler(mut form: Multipart) -> Result<String, Error> {
    ///     let field = form.next_field()?.or_status(StatusCode::BAD_REQUEST)?;
    ///     Ok(field.content_type().unwrap_or("untyped").to_owned())
    /// }
    ///
    /// let image = Part::file("image", "pot.png", "image/png", "<svg/>");
    /// assert_eq!(Request::post("/").multipart([image]).send(handler).text(), "image/png");
    /// assert_eq!(Request::post("/").multipart([Part::text("title", "Tea")]).send(handler).text(), "untyped");
    /// ```
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// All of it, if it is not longer than `limit` bytes; otherwise a 413 that names the field.
    ///
    /// ```
    /// use wagi_sdk::{Error, Multipart, OrStatus, StatusCode, testing::{Part, Request}};
    ///
    /// fn handler(mut form: Multipart) -> Result<Vec<u8>, Error> {
    ///     let field = form.next_field()?.or_status(StatusCode::BAD_REQUEST)?;
    ///     Ok(field.bytes(4)?)
    /// }
    ///
    /// let send = |icon| Request::post("/").multipart([Part::file("icon", "i.png", "image/png", icon)]).send(handler);
    /// assert_eq!(send("\0PNG").body(), b"\0PNG");
    /// assert_eq!(send("\0PNG!").text(), "`icon` is longer than the 4 bytes that are accepted here.\n");
    /// ```
    pub fn bytes(mut self, limit: usize) -> Result<Vec<u8>, MultipartError> {
        let mut bytes = Vec::new();
        self.by_ref()
            .take(limit as u64 + 1)
            .read_to_end(&mut bytes)?;
        if bytes.len() > limit {
            return Err(MultipartError::FieldTooLarge {
                field: self.name,
                limit,
            });
        }
        Ok(bytes)
    }

    /// All of it as text, if it is not longer than `limit` bytes and is UTF-8.
    ///
    /// ```
    /// use wagi_sdk::{Error, Multipart, OrStatus, StatusCode, testing::{Part, Request}};
    ///
    /// fn handler(mut form: Multipart) -> Result<String, Error> {
    ///     let field = form.next_field()?.or_status(StatusCode::BAD_REQUEST)?;
    ///     Ok(field.text(1000)?)
    /// }
    ///
    /// assert_eq!(Request::post("/").multipart([Part::text("note", "Grüße")]).send(handler).text(), "Grüße");
    /// let latin1 = Part::file("note", "note.txt", "text/plain", b"Gr\xfc\xdfe");
    /// assert_eq!(Request::post("/").multipart([latin1]).send(handler).text(), "`note` is not valid UTF-8.\n");
    /// ```
    pub fn text(self, limit: usize) -> Result<String, MultipartError> {
        let field = self.name.clone();
        let bytes = self.bytes(limit)?;
        String::from_utf8(bytes).map_err(|_| MultipartError::NotUtf8 { field })
    }
}

impl Read for Field<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream
            .read_part(buffer)
            .map_err(MultipartError::into_io)
    }
}

/// Why a form could not be read.
///
/// ```
/// use wagi_sdk::{Error, Multipart, extract::MultipartError, testing::Request};
///
/// let upload = |form: Result<Multipart, MultipartError>| match form {
///     Ok(_) => Ok("Thank you."),
///     Err(MultipartError::MediaType) => Ok("There is nothing to upload."),
///     Err(other) => Err(Error::from(other)),
/// };
/// assert_eq!(Request::post("/").send(upload).text(), "There is nothing to upload.");
/// assert_eq!(Request::post("/").multipart([]).send(upload).text(), "Thank you.");
/// assert_eq!(Request::post("/").header("Content-Type", "multipart/form-data").send(upload).status(), 400);
/// ```
#[non_exhaustive]
pub enum MultipartError {
    /// `Content-Type` does not say that it is such a form: 415.
    MediaType,
    /// It is not well-formed: 400.
    Malformed(&'static str),
    /// The whole is longer than its limit: 413.
    TooLarge {
        /// How many bytes would have been taken.
        limit: u64,
    },
    /// There are more fields than are taken: 413.
    TooMany {
        /// How many would have been taken.
        limit: usize,
    },
    /// A field is longer than its limit: 413.
    FieldTooLarge {
        /// Which.
        field: String,
        /// How many bytes would have been taken.
        limit: usize,
    },
    /// A field was to be text and is not UTF-8: 400.
    NotUtf8 {
        /// Which.
        field: String,
    },
    /// It could not be read: 400 or 500.
    Body(BodyError),
}

rejection!(MultipartError);

impl MultipartError {
    /// The status that says this to a client.
    ///
    /// ```
    /// use wagi_sdk::extract::MultipartError;
    ///
    /// assert_eq!(MultipartError::Malformed("a field has no name").status(), 400);
    /// assert_eq!(MultipartError::TooMany { limit: 1000 }.status(), 413);
    /// assert_eq!(MultipartError::MediaType.status(), 415);
    /// ```
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Malformed(_) | Self::NotUtf8 { .. } => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. } | Self::TooMany { .. } | Self::FieldTooLarge { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::Body(error) => error.status(),
        }
    }

    fn into_io(self) -> io::Error {
        match self {
            Self::Body(error) => error.into(),
            error => io::Error::new(io::ErrorKind::InvalidData, error),
        }
    }
}

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MediaType => {
                f.write_str("Send a form, and say so with `Content-Type: multipart/form-data`.")
            }
            Self::Malformed(what) => write!(f, "The form is malformed: {what}."),
            Self::TooLarge { limit } => {
                write!(
                    f,
                    "The form is longer than the {limit} bytes that are accepted here."
                )
            }
            Self::TooMany { limit } => {
                write!(
                    f,
                    "The form has more than the {limit} fields that are accepted here."
                )
            }
            Self::FieldTooLarge { field, limit } => {
                write!(
                    f,
                    "`{field}` is longer than the {limit} bytes that are accepted here."
                )
            }
            Self::NotUtf8 { field } => write!(f, "`{field}` is not valid UTF-8."),
            Self::Body(error) => error.fmt(f),
        }
    }
}

/// Takes a `MultipartError` back out of what [`Read`] has wrapped.
impl From<io::Error> for MultipartError {
    fn from(error: io::Error) -> Self {
        error
            .downcast()
            .unwrap_or_else(|error| Self::Body(BodyError::from(error)))
    }
}

impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Multipart({} fields so far)", self.fields)
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field")
            .field("name", &self.name)
            .field("file_name", &self.file_name)
            .field("content_type", &self.content_type)
            .finish()
    }
}

#[cfg(test)]
mod tests;
