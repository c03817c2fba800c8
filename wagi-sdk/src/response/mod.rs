//! Responses: what a handler may return.
//!
//! | value | response |
//! |---|---|
//! | `&str`, `String` | 200, `text/plain; charset=utf-8` |
//! | `Vec<u8>`, `&[u8]` | 200, `application/octet-stream` |
//! | [`Html`], [`Json`](crate::Json) | 200 of that type |
//! | [`Redirect`] | 3xx with `Location` |
//! | [`StatusCode`] | that status without a body |
//! | `()` | 200 without a body |
//! | [`Body`] | 200 with it, of no type |
//! | [`Response`], [`http::Response`] of what becomes a [`Body`] | itself |
//! | `Result<T, E>` with `E: Into<Error>`, as are `std` errors, [`Error`] and [`Response`] | either |
//! | [`Events`] | 200, `text/event-stream`, written while the client reads |
//! | `(StatusCode, T)`, `([(name, value); N], T)`, `(StatusCode, HeaderMap, T)`, `(SetCookie, T)`, … | `T` with these |
//!
//! [`Files`] is a handler that answers with files from a folder.
//!
//! ```
//! use wagi_sdk::{Html, SetCookie, StatusCode, testing::Request};
//!
//! let handler = || (StatusCode::CREATED, SetCookie::new("last", "7"), Html("<p>Made."));
//! let transcript = Request::post("/").send(handler);
//! assert_eq!(transcript.status(), 201);
//! assert_eq!(transcript.field("Content-Type"), Some("text/html; charset=utf-8"));
//! assert_eq!(transcript.field("Set-Cookie"), Some("last=7; HttpOnly; SameSite=Lax"));
//! ```

use std::borrow::Cow;
use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use http::StatusCode;

use crate::{Body, Error, Response};

mod cookie;
mod events;
mod files;
mod html;
mod json;
mod parts;
mod redirect;
mod validators;

pub use cookie::{SameSite, SetCookie};
pub use events::{Event, EventSender, Events};
pub use files::Files;
pub use html::Html;
pub use parts::IntoResponseParts;
pub use redirect::Redirect;
pub use validators::Validators;

/// What becomes a response.
///
/// ```
/// use wagi_sdk::{IntoResponse, Response, StatusCode, testing::Request};
///
/// enum Light { Red, Green }
///
/// impl IntoResponse for Light {
///     fn into_response(self) -> Response {
///         match self {
///             Light::Red => (StatusCode::SERVICE_UNAVAILABLE, [("Retry-After", "30")], "wait\n").into_response(),
///             Light::Green => "go\n".into_response(),
///         }
///     }
/// }
///
/// let transcript = Request::get("/").send(|| Light::Red);
/// assert_eq!(transcript.status(), 503);
/// assert_eq!(transcript.field("Retry-After"), Some("30"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be turned into a response",
    note = "text, bytes, `Json`, `Html`, `StatusCode`, `Body`, a `Result` with an error that is `Into<Error>` (a `std` error, an `Error`, a `Response`, or a type with `impl From<…> for Error`), or a tuple of a status, header fields and one of these can"
)]
pub trait IntoResponse {
    /// Makes the response.
    ///
    /// ```
    /// use wagi_sdk::{Html, IntoResponse, Method, Response, StatusCode, testing::Request};
    ///
    /// // The two have different types: as responses, they have one.
    /// fn note(method: Method) -> Response {
    ///     if method == "DELETE" { StatusCode::NO_CONTENT.into_response() } else { Html("<p>tea").into_response() }
    /// }
    /// assert_eq!(Request::delete("/").send(note).status(), 204);
    /// assert_eq!(Request::get("/").send(note).text(), "<p>tea");
    /// ```
    fn into_response(self) -> Response;
}

impl IntoResponse for Response {
    fn into_response(self) -> Response {
        self
    }
}

impl<B: Into<Body>> IntoResponse for http::Response<B> {
    fn into_response(self) -> Response {
        Response::from(self.map(Into::into))
    }
}

impl IntoResponse for Body {
    fn into_response(self) -> Response {
        Response::new(self)
    }
}

impl IntoResponse for () {
    fn into_response(self) -> Response {
        Body::empty().into_response()
    }
}

impl IntoResponse for Infallible {
    fn into_response(self) -> Response {
        match self {}
    }
}

impl IntoResponse for StatusCode {
    fn into_response(self) -> Response {
        let mut response = ().into_response();
        *response.status_mut() = self;
        response
    }
}

/// The end of the year 9999, behind which HTTP has no dates, since 1970.
const LAST_SECOND: Duration = Duration::from_secs(253_402_300_799);

/// A time as HTTP writes it; `None` for the years that it cannot write.
fn http_date(time: SystemTime) -> Option<String> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (since.as_secs() <= LAST_SECOND.as_secs()).then(|| httpdate::fmt_http_date(time))
}

macro_rules! content {
    ($media_type:literal: $($type:ty),*) => {
        $(impl IntoResponse for $type {
            fn into_response(self) -> Response {
                Response::typed($media_type, Body::from(self))
            }
        })*
    };
}

content!("text/plain; charset=utf-8": &'static str, String, Cow<'static, str>);
content!("application/octet-stream": &'static [u8], Vec<u8>, Cow<'static, [u8]>);

impl<T: IntoResponse, E: Into<Error>> IntoResponse for Result<T, E> {
    fn into_response(self) -> Response {
        match self {
            Ok(value) => value.into_response(),
            Err(error) => error.into().into_response(),
        }
    }
}
