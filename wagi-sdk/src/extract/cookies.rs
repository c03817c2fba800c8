//! The cookies of a request.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;

use percent_encoding::percent_decode_str;

use crate::{FromRequestParts, Parts};

/// The cookies that the client sends back. [`SetCookie`](crate::SetCookie) sends them out.
///
/// ```
/// use wagi_sdk::{Cookies, testing::Request};
///
/// fn handler(cookies: Cookies) -> String {
///     format!("{} wants {}", cookies.get("name").unwrap_or_default(), cookies.get("drink").unwrap_or_default())
/// }
///
/// let transcript = Request::get("/").header("Cookie", "name=J%C3%B6rg; drink=tea").send(handler);
/// assert_eq!(transcript.text(), "Jörg wants tea");
/// ```
///
/// Anybody can send any cookie: what only the server may write has to be signed.
#[derive(Clone, Default)]
pub struct Cookies {
    field: String,
}

impl Cookies {
    /// The value, percent-decoded; of the first cookie, if several have this name: browsers send the one with the more
    /// specific path first.
    ///
    /// ```
    /// use wagi_sdk::{Cookies, testing::Request};
    ///
    /// let handler = |cookies: Cookies| cookies.get("name").unwrap_or("nobody".into()).into_owned();
    /// assert_eq!(Request::get("/").header("Cookie", "name=Zo%C3%AB; name=Ada").send(handler).text(), "Zoë");
    /// assert_eq!(Request::get("/").header("Cookie", "age=7").send(handler).text(), "nobody");
    /// ```
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = self.raw(name)?;
        Some(
            percent_decode_str(value)
                .decode_utf8()
                .unwrap_or(Cow::Borrowed(value)),
        )
    }

    /// The value as it came.
    ///
    /// ```
    /// use wagi_sdk::{Cookies, testing::Request};
    ///
    /// let handler = |cookies: Cookies| cookies.raw("session").unwrap_or_default().to_owned();
    /// assert_eq!(Request::get("/").cookie("session", "a%2Fb==").send(handler).text(), "a%2Fb==");
    /// ```
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// Names and values as they came, in that order.
    ///
    /// ```
    /// use wagi_sdk::{Cookies, testing::Request};
    ///
    /// let names = |cookies: Cookies| cookies.iter().map(|(name, _)| name).collect::<String>();
    /// assert_eq!(Request::get("/").header("Cookie", "a=1; b=\"2\";c=; ; d").send(names).text(), "abc");
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.field.split(';').filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let (name, value) = (name.trim_ascii(), value.trim_ascii());
            let unquoted = value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'));
            (!name.is_empty()).then(|| (name, unquoted.unwrap_or(value)))
        })
    }
}

impl FromRequestParts for Cookies {
    type Rejection = Infallible;

    fn from_parts(parts: &mut Parts) -> Result<Self, Infallible> {
        let field = String::from_utf8_lossy(&parts.field("cookie")).into_owned();
        Ok(Self { field })
    }
}

/// The names only: values may be secrets, and this ends up in logs.
impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}
