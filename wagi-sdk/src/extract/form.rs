//! HTML forms.

use std::fmt;

use http::{Method, StatusCode};
use serde::de::DeserializeOwned;

use super::{essence, fields};
use crate::error::rejection;
use crate::{BodyError, FromRequest, Incoming};

/// An HTML form: from the query of a GET or HEAD, from an `application/x-www-form-urlencoded` body otherwise.
///
/// Fields are read as by [`Query`](crate::Query).
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use wagi_sdk::{Form, testing::Request};
///
/// #[derive(Deserialize, Serialize)]
/// struct Entry { name: String, age: Option<u8> }
///
/// fn handler(Form(entry): Form<Entry>) -> String {
///     entry.name
/// }
///
/// let transcript = Request::post("/").form(&Entry { name: "Jo & Al".into(), age: None }).send(handler);
/// assert_eq!(transcript.text(), "Jo & Al");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Form<T> {
    type Rejection = FormRejection;

    fn from_request(mut request: Incoming) -> Result<Self, FormRejection> {
        let parts = request.parts();
        let parsed = if matches!(parts.method(), Ok(&(Method::GET | Method::HEAD))) {
            fields::parse(&parts.query())
        } else {
            if essence(&parts.content_type()) != b"application/x-www-form-urlencoded" {
                return Err(FormRejection::MediaType);
            }
            let limit = parts.body_limit();
            fields::parse(
                &request
                    .into_body()
                    .bytes(limit)
                    .map_err(FormRejection::Body)?,
            )
        };
        parsed
            .map(Form)
            .map_err(|fields::Error { field, message }| FormRejection::Data { field, message })
    }
}

/// Why a request has no such form.
///
/// ```
/// use std::collections::HashMap;
/// use wagi_sdk::{Form, extract::FormRejection, testing::Request};
///
/// let handler = |order: Result<Form<HashMap<String, u8>>, FormRejection>| match order {
///     Ok(Form(order)) => format!("{} things", order.len()),
///     Err(FormRejection::Data { field: Some(field), .. }) => format!("How many of {field}?"),
///     Err(other) => other.to_string(),
/// };
/// assert_eq!(Request::post("/").form(&[("tea", "2"), ("cake", "")]).send(handler).text(), "How many of cake?");
/// ```
#[non_exhaustive]
pub enum FormRejection {
    /// `Content-Type` does not say that it is a form: 415.
    MediaType,
    /// A field is missing or wrong: 422.
    Data {
        /// Which field, if it is one.
        field: Option<String>,
        /// What is wrong with it.
        message: String,
    },
    /// It could not be read: 400 or 413.
    Body(BodyError),
}

rejection!(FormRejection);

impl FormRejection {
    /// The status that says this to a client.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use wagi_sdk::{Form, StatusCode, extract::FormRejection, testing::Request};
    ///
    /// fn handler(form: Result<Form<HashMap<String, u8>>, FormRejection>) -> StatusCode {
    ///     form.map_or_else(|rejection| rejection.status(), |_| StatusCode::NO_CONTENT)
    /// }
    ///
    /// assert_eq!(Request::post("/").form(&[("cups", "many")]).send(handler).status(), 422);
    /// assert_eq!(Request::post("/").json(&"cups").send(handler).status(), 415);
    /// ```
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Data { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Body(error) => error.status(),
        }
    }
}

impl fmt::Display for FormRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MediaType => f.write_str(
                "Send a form, and say so with `Content-Type: application/x-www-form-urlencoded`.",
            ),
            Self::Data { field, message } => {
                fields::explain(f, "The form", field.as_deref(), message)
            }
            Self::Body(error) => error.fmt(f),
        }
    }
}
