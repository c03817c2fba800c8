//! Extractors that take the whole body.

use std::convert::Infallible;

use crate::{Body, BodyError, Error, FromRequest, Incoming, Request};

/// How many bytes of body the extractors take, unless told otherwise: 2 MiB.
///
/// For more, take [`Body`] and read it, give [`Body::bytes`] another limit, or set one for all extractors with
/// [`Parts::set_body_limit`](crate::Parts::set_body_limit).
///
/// ```
/// use wagi_sdk::{extract::BODY_LIMIT, testing::Request};
///
/// let handler = |text: String| text.len().to_string();
/// assert_eq!(Request::post("/").body("x".repeat(BODY_LIMIT)).send(handler).status(), 200);
/// assert_eq!(Request::post("/").body("x".repeat(BODY_LIMIT + 1)).send(handler).status(), 413);
/// ```
pub const BODY_LIMIT: usize = 2 * 1024 * 1024;

impl FromRequest for Incoming {
    type Rejection = Infallible;

    fn from_request(request: Incoming) -> Result<Self, Infallible> {
        Ok(request)
    }
}

impl FromRequest for Request {
    type Rejection = Error;

    fn from_request(request: Incoming) -> Result<Self, Error> {
        request.into_request()
    }
}

impl FromRequest for Body {
    type Rejection = Infallible;

    fn from_request(request: Incoming) -> Result<Self, Infallible> {
        Ok(request.into_body())
    }
}

impl FromRequest for Vec<u8> {
    type Rejection = BodyError;

    fn from_request(mut request: Incoming) -> Result<Self, BodyError> {
        let limit = request.parts().body_limit();
        request.into_body().bytes(limit)
    }
}

impl FromRequest for String {
    type Rejection = BodyError;

    fn from_request(mut request: Incoming) -> Result<Self, BodyError> {
        let limit = request.parts().body_limit();
        request.into_body().text(limit)
    }
}
