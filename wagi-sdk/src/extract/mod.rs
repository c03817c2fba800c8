//! Extractors: what a handler's parameters are made from.
//!
//! | parameter | what it takes | refuses with |
//! |---|---|---|
//! | [`Method`], [`Uri`], [`HeaderMap`], [`Version`](http::Version) | that part of the request | – |
//! | [`Gateway`] | the meta-variables | – |
//! | [`Cookies`] | what the client sends back of its cookies | – |
//! | [`Path<T>`] | the parameters of the [`Router`](crate::Router)'s pattern | 400 |
//! | [`Query<T>`] | the query, as a struct | 400 |
//! | [`Json<T>`] | a JSON body | 400, 413, 415, 422 |
//! | [`Form<T>`] | an HTML form, from the query of a GET or HEAD, from the body otherwise | 400, 413, 415, 422 |
//! | [`Multipart`] | a form with files, as a stream of fields | 400, 413, 415 |
//! | `String`, `Vec<u8>` | the whole body, up to [`BODY_LIMIT`] | 400, 413 |
//! | [`Body`], [`Request`] | the body unread, everything | – |
//! | `Result<T, T::Rejection>` | what `T` takes, or why not | – |
//!
//! `Json`, `Form` and all below them read the body and so come last in the parameter list.
//!
//! ```
//! use std::collections::HashMap;
//! use wagi_sdk::{Method, Query, extract::QueryRejection, testing::Request};
//!
//! // `Result` leaves it to the handler what to do about a query that is not of numbers.
//! fn pages(method: Method, query: Result<Query<HashMap<String, u32>>, QueryRejection>, body: String) -> String {
//!     let page = query.ok().and_then(|Query(query)| query.get("page").copied());
//!     format!("{method} of {body} to page {}", page.unwrap_or(1))
//! }
//!
//! assert_eq!(Request::put("/?page=7").body("tea").send(pages).text(), "PUT of tea to page 7");
//! assert_eq!(Request::put("/?page=x").body("tea").send(pages).text(), "PUT of tea to page 1");
//! ```

mod body;
mod cookies;
mod fields;
mod form;
mod head;
mod json;
mod json_path;
mod multipart;
mod path;
mod query;

#[cfg(doc)]
use http::{HeaderMap, Method, Uri};

#[cfg(doc)]
use crate::{Body, Gateway, Request};
use crate::{Incoming, IntoResponse, Parts};

pub use body::BODY_LIMIT;
pub use cookies::Cookies;
pub use form::{Form, FormRejection};
pub use json::{Json, JsonRejection};
pub use multipart::{Field, Multipart, MultipartError};
pub use path::{Path, PathRejection};
pub use query::{Query, QueryRejection};

/// What can be taken from the head of a request.
///
/// ```
/// use wagi_sdk::{Error, FromRequestParts, OrStatus, Parts, StatusCode, testing::Request};
///
/// struct ApiKey(String);
///
/// impl FromRequestParts for ApiKey {
///     type Rejection = Error;
///
///     fn from_parts(parts: &mut Parts) -> Result<Self, Error> {
///         let key = parts.headers().get("x-api-key").or_status(StatusCode::UNAUTHORIZED)?;
///         Ok(ApiKey(key.to_str()?.to_owned()))
///     }
/// }
///
/// let handler = |ApiKey(key): ApiKey| key;
/// assert_eq!(Request::get("/").header("X-Api-Key", "k").send(handler).text(), "k");
/// assert_eq!(Request::get("/").send(handler).status(), 401);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken from the head of a request",
    note = "what reads the body has to be the handler's last parameter"
)]
pub trait FromRequestParts: Sized {
    /// The answer to a request that does not have it.
    type Rejection: IntoResponse;

    /// Takes it.
    ///
    /// ```
    /// use wagi_sdk::{Cookies, FromRequestParts, Incoming, IntoResponse, Next, Response, Router, StatusCode};
    /// use wagi_sdk::testing::Request;
    ///
    /// // A middleware is given the whole request; what it needs of it, it takes itself.
    /// fn members_only(mut request: Incoming, next: Next) -> Response {
    ///     let Ok(cookies) = Cookies::from_parts(request.parts());
    ///     if cookies.get("member").is_some() { next.run(request) } else { StatusCode::FORBIDDEN.into_response() }
    /// }
    ///
    /// let app = || Router::new().get("/", || "the back room").wrap(members_only);
    /// assert_eq!(Request::get("/").cookie("member", "7").send(app()).text(), "the back room");
    /// assert_eq!(Request::get("/").send(app()).status(), 403);
    /// ```
    fn from_parts(parts: &mut Parts) -> Result<Self, Self::Rejection>;
}

/// What can be taken from a whole request, its body included.
///
/// `M` tells what reads the body from what only reads the head; an implementation leaves it at its default.
///
/// ```
/// use wagi_sdk::{Error, FromRequest, Incoming, StatusCode, testing::Request};
///
/// /// A CSV body, line by line.
/// struct Rows(Vec<Vec<String>>);
///
/// impl FromRequest for Rows {
///     type Rejection = Error;
///
///     fn from_request(request: Incoming) -> Result<Self, Error> {
///         let text = String::from_request(request)?;
///         let rows = text.lines().map(|line| line.split(',').map(str::to_owned).collect());
///         Ok(Rows(rows.collect()))
///     }
/// }
///
/// let handler = |Rows(rows): Rows| rows.len().to_string();
/// assert_eq!(Request::post("/").body("a,b\nc,d\n").send(handler).text(), "2");
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` cannot be taken from a request")]
pub trait FromRequest<M = private::WithBody>: Sized {
    /// The answer to a request that does not have it.
    type Rejection: IntoResponse;

    /// Takes it.
    ///
    /// ```
    /// use wagi_sdk::{Error, FromRequest, Incoming, Json, testing::Request};
    ///
    /// /// A name, as JSON or as plain text.
    /// fn handler(mut request: Incoming) -> Result<String, Error> {
    ///     let typed = request.parts().headers().contains_key("content-type");
    ///     if typed { Ok(Json::from_request(request)?.0) } else { Ok(String::from_request(request)?) }
    /// }
    ///
    /// assert_eq!(Request::post("/").json(&"Ada").send(handler).text(), "Ada");
    /// assert_eq!(Request::post("/").body("Ada").send(handler).text(), "Ada");
    /// ```
    fn from_request(request: Incoming) -> Result<Self, Self::Rejection>;
}

mod private {
    #[derive(Debug)]
    pub enum WithBody {}
    #[derive(Debug)]
    pub enum HeadOnly {}
}

impl<T: FromRequestParts> FromRequest<private::HeadOnly> for T {
    type Rejection = T::Rejection;

    fn from_request(mut request: Incoming) -> Result<Self, Self::Rejection> {
        T::from_parts(request.parts())
    }
}

impl<T: FromRequestParts> FromRequestParts for Result<T, T::Rejection> {
    type Rejection = std::convert::Infallible;

    fn from_parts(parts: &mut Parts) -> Result<Self, Self::Rejection> {
        Ok(T::from_parts(parts))
    }
}

impl<T: FromRequest> FromRequest for Result<T, T::Rejection> {
    type Rejection = std::convert::Infallible;

    fn from_request(request: Incoming) -> Result<Self, Self::Rejection> {
        Ok(T::from_request(request))
    }
}

/// The media type without its parameters, in lower case.
fn essence(media_type: &[u8]) -> Vec<u8> {
    let end = media_type
        .iter()
        .position(|byte| *byte == b';')
        .unwrap_or(media_type.len());
    media_type[..end].trim_ascii().to_ascii_lowercase()
}
