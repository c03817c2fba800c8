//! JSON bodies.

use std::fmt;

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::essence;
use super::json_path::{path_at, without_end};
use crate::error::rejection;
use crate::{BodyError, FromRequest, Incoming};

/// A JSON body, in a request or a response.
///
/// As an extractor it asks for a JSON media type and reads up to [`BODY_LIMIT`](super::BODY_LIMIT) bytes. As a response it sets
/// `Content-Type: application/json`.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use wagi_sdk::{Json, testing::Request};
///
/// #[derive(Deserialize, Serialize)]
/// struct Point { x: i32, y: i32 }
///
/// fn mirror(Json(point): Json<Point>) -> Json<Point> {
///     Json(Point { x: point.y, y: point.x })
/// }
///
/// let transcript = Request::post("/").json(&Point { x: 1, y: 2 }).send(mirror);
/// assert_eq!(transcript.text(), r#"{"x":2,"y":1}"#);
///
/// let refused = Request::post("/").header("Content-Type", "application/json").body(r#"{"x":"1"}"#).send(mirror);
/// assert_eq!(refused.status(), 422);
/// assert_eq!(refused.text(), "The JSON is not what is expected here. At `x`: invalid type: string \"1\", expected i32\n");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> Json<T> {
    /// Reads JSON from bytes: for a body that was read with another limit.
    ///
    /// ```
    /// use wagi_sdk::{Body, Error, Json, testing::Request};
    ///
    /// fn count(body: Body) -> Result<String, Error> {
    ///     let Json(numbers) = Json::<Vec<u8>>::from_slice(&body.bytes(8 << 20)?)?;
    ///     Ok(numbers.len().to_string())
    /// }
    ///
    /// // Twice as many bytes, and that is more than `BODY_LIMIT`.
    /// assert_eq!(Request::post("/").json(&vec![7; 1_100_000]).send(count).text(), "1100000");
    /// ```
    pub fn from_slice(bytes: &[u8]) -> Result<Self, JsonRejection> {
        serde_json::from_slice(bytes)
            .map(Json)
            .map_err(|error: serde_json::Error| {
                let open = JsonRejection::open(bytes, &error);
                let inner = open.and_then(|open| serde_json::from_slice::<T>(open).err());
                JsonRejection::new(bytes, &error, inner)
            })
    }
}

impl<T: DeserializeOwned> FromRequest for Json<T> {
    type Rejection = JsonRejection;

    fn from_request(mut request: Incoming) -> Result<Self, JsonRejection> {
        if !is_json(&request.parts().content_type()) {
            return Err(JsonRejection::MediaType);
        }
        let limit = request.parts().body_limit();
        let bytes = request
            .into_body()
            .bytes(limit)
            .map_err(JsonRejection::Body)?;
        Self::from_slice(&bytes)
    }
}

/// `application/json` or `application/…+json`, with or without parameters.
fn is_json(media_type: &[u8]) -> bool {
    let essence = essence(media_type);
    essence
        .strip_prefix(b"application/")
        .is_some_and(|subtype| subtype == b"json" || subtype.ends_with(b"+json"))
}

/// Cuts ` at line 1 column 2` off. Over bytes: a search in a `str` and a slice of one are three kilobytes.
fn without_place(message: String) -> String {
    const PLACE: &[u8] = b" at line ";
    let mut bytes = message.into_bytes();
    if let Some(end) = bytes
        .windows(PLACE.len())
        .rposition(|window| window == PLACE)
    {
        bytes.truncate(end);
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Why a request has no such JSON body.
///
/// ```
/// use wagi_sdk::{Json, extract::JsonRejection, testing::Request};
///
/// let handler = |numbers: Result<Json<Vec<u8>>, JsonRejection>| match numbers {
///     Ok(Json(numbers)) => format!("{} numbers", numbers.len()),
///     Err(JsonRejection::Data { path, message }) => format!("{path} is no good: {message}"),
///     Err(other) => other.to_string(),
/// };
/// let transcript = Request::post("/").json(&[1, 256]).send(handler);
/// assert_eq!(transcript.text(), "[1] is no good: invalid value: integer `256`, expected u8");
/// ```
#[non_exhaustive]
pub enum JsonRejection {
    /// `Content-Type` does not say that it is JSON: 415.
    MediaType,
    /// It is not well-formed: 400.
    Syntax {
        /// What is wrong, and at which line and column.
        message: String,
    },
    /// It is JSON, but not of the expected shape, or was not up to where reading ended: 422.
    Data {
        /// The place in the document, such as `items[2].price`; empty for the whole.
        path: String,
        /// What is wrong there.
        message: String,
    },
    /// It could not be read: 400 or 413.
    Body(BodyError),
}

rejection!(JsonRejection);

impl JsonRejection {
    /// What to read again in order to see whether the error is that of the last value in what has ended.
    fn open<'a>(bytes: &'a [u8], error: &serde_json::Error) -> Option<&'a [u8]> {
        without_end(bytes, error.line(), error.column()).filter(|_| error.is_data())
    }

    fn new(bytes: &[u8], error: &serde_json::Error, inner: Option<serde_json::Error>) -> Self {
        let message = error.to_string();
        match error.classify() {
            Category::Data => {
                // The path tells more than the line and column that serde_json appends.
                let inner = inner.filter(serde_json::Error::is_data);
                let error = inner.as_ref().unwrap_or(error);
                let path = path_at(bytes, error.line(), error.column());
                Self::Data {
                    path,
                    message: without_place(message),
                }
            }
            Category::Syntax | Category::Eof | Category::Io => Self::Syntax { message },
        }
    }

    /// The status that says this to a client.
    ///
    /// ```
    /// use wagi_sdk::Json;
    ///
    /// let status = |json: &str| Json::<Vec<u8>>::from_slice(json.as_bytes()).unwrap_err().status();
    /// assert_eq!(status("[1, 256]"), 422);
    /// assert_eq!(status("[1, 2"), 400);
    /// ```
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Syntax { .. } => StatusCode::BAD_REQUEST,
            Self::Data { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Body(error) => error.status(),
        }
    }
}

impl fmt::Display for JsonRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MediaType => {
                f.write_str("Send JSON, and say so with `Content-Type: application/json`.")
            }
            Self::Syntax { message } => write!(f, "The body is not valid JSON: {message}"),
            Self::Data { path, message } if path.is_empty() => {
                write!(f, "The JSON is not what is expected here: {message}")
            }
            Self::Data { path, message } => {
                write!(
                    f,
                    "The JSON is not what is expected here. At `{path}`: {message}"
                )
            }
            Self::Body(error) => error.fmt(f),
        }
    }
}
