//! Status and fields in front of another response.

use std::error::Error as StdError;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::{Error, IntoResponse, Response};

/// What adds to a response: header fields, in a tuple before the response itself.
///
/// An array of pairs and a [`HeaderMap`] replace the fields of the same names; what is repeated inside them is kept,
/// each in its own line. A name or value that would break the header block is a 500, and standard error says which.
///
/// ```
/// use wagi_sdk::{StatusCode, testing::Request};
///
/// let handler = || {
///     let fields = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Content-Type", "text/css")];
///     (StatusCode::ACCEPTED, fields, "p {}")
/// };
/// let transcript = Request::get("/").send(handler);
/// assert_eq!(transcript.fields_named("Set-Cookie"), ["a=1", "b=2"]);
/// assert_eq!(transcript.fields_named("Content-Type"), ["text/css"]);
/// ```
pub trait IntoResponseParts {
    /// Adds itself.
    ///
    /// ```
    /// use wagi_sdk::{Error, IntoResponseParts, Response, testing::Request};
    ///
    /// struct Version(u32);
    ///
    /// impl IntoResponseParts for Version {
    ///     fn add_to(self, response: &mut Response) -> Result<(), Error> {
    ///         [("X-Version", self.0)].add_to(response)
    ///     }
    /// }
    ///
    /// assert_eq!(Request::get("/").send(|| (Version(3), "tea")).field("X-Version"), Some("3"));
    /// ```
    fn add_to(self, response: &mut Response) -> Result<(), Error>;
}

impl IntoResponseParts for HeaderMap {
    fn add_to(self, response: &mut Response) -> Result<(), Error> {
        response.headers_mut().extend(self);
        Ok(())
    }
}

impl<K, V, const N: usize> IntoResponseParts for [(K, V); N]
where
    K: TryInto<HeaderName>,
    K::Error: StdError,
    V: TryInto<HeaderValue>,
    V::Error: StdError,
{
    fn add_to(self, response: &mut Response) -> Result<(), Error> {
        let bad = |text| Err(Error::new(StatusCode::INTERNAL_SERVER_ERROR, text));
        let mut fields = HeaderMap::new();
        for (name, value) in self {
            let name = match name.try_into() {
                Ok(name) => name,
                Err(error) => return bad(format!("the name of a response field: {error}")),
            };
            match value.try_into() {
                Ok(value) => fields.append(name, value),
                Err(error) => {
                    return bad(format!("the value of the response field `{name}`: {error}"));
                }
            };
        }
        fields.add_to(response)
    }
}

impl<P: IntoResponseParts> IntoResponseParts for Option<P> {
    fn add_to(self, response: &mut Response) -> Result<(), Error> {
        self.map_or(Ok(()), |parts| parts.add_to(response))
    }
}

impl<R: IntoResponse> IntoResponse for (StatusCode, R) {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        *response.status_mut() = self.0;
        response
    }
}

macro_rules! parts {
    ($($part:ident),*) => {
        #[allow(non_snake_case)]
        impl<$($part: IntoResponseParts,)* R: IntoResponse> IntoResponse for ($($part,)* R,) {
            fn into_response(self) -> Response {
                let ($($part,)* response,) = self;
                let mut response = response.into_response();
                $(if let Err(error) = $part.add_to(&mut response) {
                    return error.into_response();
                })*
                response
            }
        }

        #[allow(non_snake_case)]
        impl<$($part: IntoResponseParts,)* R: IntoResponse> IntoResponse for (StatusCode, $($part,)* R,) {
            fn into_response(self) -> Response {
                let (status, $($part,)* response,) = self;
                let mut response = (status, response).into_response();
                $(if let Err(error) = $part.add_to(&mut response) {
                    return error.into_response();
                })*
                response
            }
        }
    };
}

parts!(P1);
parts!(P1, P2);
parts!(P1, P2, P3);
parts!(P1, P2, P3, P4);
