#![doc = include_str!("docs/overview.md")]

mod body;
mod cgi;
mod error;
pub mod extract;
mod gateway;
mod handler;
mod incoming;
mod log;
mod process;
mod respond;
pub mod response;
pub mod testing;

pub use body::{Body, BodyError, Writer};
pub use error::{Error, OrStatus};
pub use extract::{Form, FromRequest, FromRequestParts, Json, Query};
pub use gateway::Gateway;
pub use handler::Handler;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
pub use incoming::{Incoming, Parts};
pub use process::{respond, serve};
pub use response::{Html, IntoResponse, IntoResponseParts, Redirect};

/// The `http` crate whose types this one speaks.
pub use http;

/// What a client asked for: the [`http`] crate's request around a [`Body`].
pub type Request = http::Request<Body>;

/// What the handler answers: the [`http`] crate's response around a [`Body`].
pub type Response = http::Response<Body>;

/// A boxed error, as [`Error::new`] takes it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
