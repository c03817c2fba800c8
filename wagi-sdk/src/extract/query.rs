//! The query as a value.

use std::fmt;

use http::StatusCode;
use serde::de::DeserializeOwned;

use super::fields;
use crate::error::rejection;
use crate::{FromRequestParts, Parts};

/// The query, decoded into a struct or a map.
///
/// A field that comes several times fills a `Vec`; one that comes empty leaves an `Option` at `None`, as a form field
/// left blank should.
///
/// ```
/// use serde::Deserialize;
/// use wagi_sdk::{Query, testing::Request};
///
/// #[derive(Deserialize)]
/// struct Search {
///     q: String,
///     page: Option<u32>,
///     #[serde(default)]
///     tag: Vec<String>,
/// }
///
/// fn handler(Query(search): Query<Search>) -> String {
///     format!("{} on page {}, tagged {:?}", search.q, search.page.unwrap_or(1), search.tag)
/// }
///
/// let transcript = Request::get("/?q=tea%20pot&page=&tag=a&tag=b").send(handler);
/// assert_eq!(transcript.text(), r#"tea pot on page 1, tagged ["a", "b"]"#);
///
/// let refused = Request::get("/?q=tea&page=two").send(handler);
/// assert_eq!(refused.status(), 400);
/// assert_eq!(refused.text(), "The query is not what is expected here. `page`: `two` is not a whole number from 0 to 4294967295\n");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts for Query<T> {
    type Rejection = QueryRejection;

    fn from_parts(parts: &mut Parts) -> Result<Self, QueryRejection> {
        fields::parse(&parts.query())
            .map(Query)
            .map_err(|fields::Error { field, message }| QueryRejection { field, message })
    }
}

/// Why a request has no such query: 400.
///
/// ```
/// use std::collections::HashMap;
/// use wagi_sdk::{Query, extract::QueryRejection, testing::Request};
///
/// let handler = |query: Result<Query<HashMap<String, u32>>, QueryRejection>| match query {
///     Ok(Query(query)) => format!("{} numbers", query.len()),
///     Err(rejection) => format!("{}: {}", rejection.field.unwrap_or_default(), rejection.message),
/// };
/// assert_eq!(Request::get("/?page=1&page=2").send(handler).text(), "page: it came 2 times and may only once");
/// ```
#[non_exhaustive]
pub struct QueryRejection {
    /// The field that is missing or wrong, if it is one.
    pub field: Option<String>,
    /// What is wrong with it.
    pub message: String,
}

rejection!(QueryRejection);

impl QueryRejection {
    /// The status that says this to a client.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use wagi_sdk::{Query, extract::QueryRejection, testing::Request};
    ///
    /// fn handler(query: Result<Query<HashMap<String, u32>>, QueryRejection>) -> String {
    ///     query.map_or_else(|rejection| rejection.status().to_string(), |_| "fine".to_owned())
    /// }
    ///
    /// assert_eq!(Request::get("/?page=two").send(handler).text(), "400 Bad Request");
    /// ```
    pub fn status(&self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }
}

impl fmt::Display for QueryRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fields::explain(f, "The query", self.field.as_deref(), &self.message)
    }
}
