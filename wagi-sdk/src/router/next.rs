//! The way on from a middleware.

use std::fmt;

use super::Run;
use crate::{Incoming, Response};

/// What a function that is [wrapped](super::Router::wrap) around a router asks for the response.
///
/// ```
/// use wagi_sdk::{Error, Incoming, Next, Response, Router, StatusCode, testing::Request};
///
/// /// Answers itself, or leaves it to the next.
/// fn closed(mut request: Incoming, next: Next) -> Result<Response, Error> {
///     match request.parts().gateway().path_info() {
///         "/status" => Ok(next.run(request)),
///         _ => Err(Error::status(StatusCode::SERVICE_UNAVAILABLE)),
///     }
/// }
///
/// let app = || Router::new().get("/status", || "fine").get("/", || "Hello!").wrap(closed);
/// assert_eq!(Request::get("/status").send(app()).text(), "fine");
/// assert_eq!(Request::get("/").send(app()).status(), 503);
/// ```
pub struct Next(Box<Run>);

impl Next {
    pub(super) fn new(run: Box<Run>) -> Self {
        Self(run)
    }

    /// The response: of the handler, of the next middleware, or the router's own.
    ///
    /// ```
    /// use wagi_sdk::{HeaderValue, Incoming, Next, Response, Router, testing::Request};
    ///
    /// fn no_sniffing(request: Incoming, next: Next) -> Response {
    ///     let mut response = next.run(request);
    ///     response.headers_mut().insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    ///     response
    /// }
    ///
    /// let transcript = Request::get("/").send(Router::new().wrap(no_sniffing));
    /// assert_eq!(transcript.status(), 404);
    /// assert_eq!(transcript.field("X-Content-Type-Options"), Some("nosniff"));
    /// ```
    pub fn run(self, request: impl Into<Incoming>) -> Response {
        (self.0)(request.into())
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Next")
    }
}
