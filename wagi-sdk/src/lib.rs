#![doc = include_str!("docs/overview.md")]

mod body;
mod cgi;
mod entrypoints;
mod error;
pub mod extract;
mod gateway;
#[cfg(any(doc, doctest))]
pub mod guide;
mod handler;
#[cfg(all(feature = "serve-http", not(target_family = "wasm")))]
mod http_server;
mod incoming;
mod log;
#[cfg(any(feature = "log", feature = "tracing"))]
pub mod logging;
mod outgoing;
mod process;
mod respond;
pub mod response;
mod router;
pub mod state;
pub mod testing;
#[cfg(feature = "tower")]
pub mod tower;

pub use body::{Body, BodyError, Writer};
pub use error::{Error, OrStatus};
pub use extract::{Cookies, Form, FromRequest, FromRequestParts, Json, Multipart, Path, Query};
pub use gateway::Gateway;
pub use handler::Handler;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
#[cfg(all(feature = "serve-http", not(target_family = "wasm")))]
pub use http_server::{serve_http, serve_http_on};
pub use incoming::{Incoming, Parts};
pub use outgoing::Response;
pub use process::{respond, serve};
pub use response::{
    Event, Events, Files, Html, IntoResponse, IntoResponseParts, Redirect, SetCookie, Validators,
};
pub use router::{Next, Router};

/// The `http` crate whose types this one speaks.
pub use http;

/// What a client asked for: the [`http`] crate's request around a [`Body`].
///
/// ```
/// use wagi_sdk::{Request, testing};
///
/// fn handler(request: Request) -> String {
///     let (head, body) = request.into_parts();
///     format!("{} {} with {:?} bytes", head.method, head.uri, body.len())
/// }
///
/// let transcript = testing::Request::put("/tea").body("green").send(handler);
/// assert_eq!(transcript.text(), "PUT /tea with Some(5) bytes");
/// ```
pub type Request = http::Request<Body>;

/// A boxed error, as [`Error::new`] takes it.
///
/// ```
/// use wagi_sdk::{BoxError, OrStatus, StatusCode};
///
/// fn amount(cups: &str) -> Result<u32, BoxError> {
///     let cups: u32 = cups.parse()?;
///     if cups == 0 { Err("no cups".into()) } else { Ok(cups) }
/// }
///
/// let error = amount("0").or_status(StatusCode::BAD_REQUEST).unwrap_err();
/// assert_eq!(error.to_string(), "400 Bad Request: no cups");
/// ```
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// For [`entrypoints!`], whose expansion is in other crates.
#[doc(hidden)]
pub mod private {
    pub use crate::process::print_routes;
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
