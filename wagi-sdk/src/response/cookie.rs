//! Cookies of a response.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::LAST_SECOND;
use crate::{Error, IntoResponseParts, Response};

/// What may not stand in a value (RFC 6265 §4.1.1), and the sign that encodes it.
const NOT_IN_VALUE: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b',')
    .add(b';')
    .add(b'\\');

/// A cookie for the client to keep; several go side by side in a tuple, or as a `Vec`.
///
/// Scripts cannot read it (`HttpOnly`), and other sites' forms and images do not send it along (`SameSite=Lax`), unless
/// that is changed. The value is percent-encoded where it has to be; [`Cookies`](crate::Cookies) decodes it.
///
/// ```
/// use std::time::Duration;
/// use wagi_sdk::{SetCookie, testing::Request};
///
/// let handler = || {
///     let name = SetCookie::new("name", "Jörg").path("/").max_age(Duration::from_secs(3600)).secure();
///     (name, SetCookie::removal("draft"), "saved")
/// };
/// let transcript = Request::get("/").send(handler);
/// assert_eq!(transcript.fields_named("Set-Cookie"), [
///     "name=J%C3%B6rg; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax",
///     "draft=; Max-Age=0; HttpOnly; SameSite=Lax",
/// ]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct SetCookie {
    name: String,
    value: String,
    path: Option<String>,
    domain: Option<String>,
    max_age: Option<Duration>,
    expires: Option<SystemTime>,
    secure: bool,
    scripts_may_read: bool,
    partitioned: bool,
    same_site: Option<SameSite>,
}

/// With which requests from other sites a cookie is sent.
///
/// ```
/// use wagi_sdk::{SetCookie, response::SameSite, testing::Request};
///
/// let handler = || (SetCookie::new("session", "8f2a").same_site(SameSite::Strict), "welcome");
/// let transcript = Request::get("/").send(handler);
/// assert_eq!(transcript.field("Set-Cookie"), Some("session=8f2a; HttpOnly; SameSite=Strict"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SameSite {
    /// With none.
    Strict,
    /// When the user follows a link.
    Lax,
    /// With all; browsers want it [secure](SetCookie::secure) then.
    None,
}

impl SetCookie {
    /// A cookie until the browser is closed, for the paths beside and below the request's.
    ///
    /// ```
    /// use wagi_sdk::{SetCookie, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| (SetCookie::new("cart", "tea; 2 cups"), "noted"));
    /// assert_eq!(transcript.field("Set-Cookie"), Some("cart=tea%3B%202%20cups; HttpOnly; SameSite=Lax"));
    /// ```
    pub fn new(name: impl Into<String>, value: impl AsRef<str>) -> Self {
        Self {
            name: name.into(),
            value: utf8_percent_encode(value.as_ref(), &NOT_IN_VALUE).to_string(),
            path: None,
            domain: None,
            max_age: None,
            expires: None,
            secure: false,
            scripts_may_read: false,
            partitioned: false,
            same_site: Some(SameSite::Lax),
        }
    }

    /// Makes the client forget a cookie. Path and domain have to be those with which it was set.
    ///
    /// ```
    /// use wagi_sdk::{SetCookie, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| (SetCookie::removal("session").path("/app"), "Goodbye."));
    /// let field = transcript.field("Set-Cookie");
    /// assert_eq!(field, Some("session=; Path=/app; Max-Age=0; HttpOnly; SameSite=Lax"));
    /// ```
    pub fn removal(name: impl Into<String>) -> Self {
        Self::new(name, "").max_age(Duration::ZERO)
    }

    /// For which paths: this one and all below it. Under a mount, take [`Gateway::link`](crate::Gateway::link).
    ///
    /// ```
    /// use wagi_sdk::{Gateway, SetCookie, testing::Request};
    ///
    /// let handler = |gateway: Gateway| (SetCookie::new("tab", "2").path(gateway.link("/notes")), "noted");
    /// let transcript = Request::get("/").mounted_at("/app").send(handler);
    /// assert_eq!(transcript.field("Set-Cookie"), Some("tab=2; Path=/app/notes; HttpOnly; SameSite=Lax"));
    /// ```
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// For this domain and those below it, and not only for the host that was asked.
    ///
    /// ```
    /// use wagi_sdk::{SetCookie, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| (SetCookie::new("lang", "de").domain("example.org"), "Hallo!"));
    /// assert_eq!(transcript.field("Set-Cookie"), Some("lang=de; Domain=example.org; HttpOnly; SameSite=Lax"));
    /// ```
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// For how long, in whole seconds.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wagi_sdk::{SetCookie, testing::Request};
    ///
    /// let draft = SetCookie::new("draft", "7").max_age(Duration::from_millis(90_500));
    /// let transcript = Request::get("/").send(|| (draft, "kept for a while"));
    /// assert_eq!(transcript.field("Set-Cookie"), Some("draft=7; Max-Age=90; HttpOnly; SameSite=Lax"));
    /// ```
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Until when. [`max_age`](Self::max_age) does not need the client's clock to be right.
    ///
    /// The years before 1970 and from 10000 on, which HTTP cannot write, become the ends of what it can.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wagi_sdk::{SetCookie, testing::Request};
    ///
    /// let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    /// let transcript = Request::get("/").send(move || (SetCookie::new("offer", "tea").expires(end), "cheap"));
    /// let field = transcript.field("Set-Cookie").unwrap();
    /// assert_eq!(field, "offer=tea; Expires=Fri, 15 Jan 2027 08:00:00 GMT; HttpOnly; SameSite=Lax");
    /// ```
    pub fn expires(mut self, time: SystemTime) -> Self {
        self.expires = Some(time);
        self
    }

    /// Only over https.
    ///
    /// ```
    /// use wagi_sdk::{SetCookie, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| (SetCookie::new("__Host-id", "8f2a").path("/").secure(), "in"));
    /// let field = transcript.field("Set-Cookie");
    /// assert_eq!(field, Some("__Host-id=8f2a; Path=/; Secure; HttpOnly; SameSite=Lax"));
    /// ```
    pub fn secure(mut self) -> Self {
        self.secure = true;
        self
    }

    /// Lets scripts in the page read it.
    ///
    /// ```
    /// use wagi_sdk::{SetCookie, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| (SetCookie::new("theme", "dark").scripts_may_read(), "dark"));
    /// assert_eq!(transcript.field("Set-Cookie"), Some("theme=dark; SameSite=Lax"));
    /// ```
    pub fn scripts_may_read(mut self) -> Self {
        self.scripts_may_read = true;
        self
    }

    /// With which requests from other sites it is sent.
    ///
    /// ```
    /// use wagi_sdk::{SetCookie, response::SameSite, testing::Request};
    ///
    /// let widget = SetCookie::new("widget", "open").same_site(SameSite::None).secure();
    /// let transcript = Request::get("/").send(|| (widget, "shown on other sites"));
    /// assert_eq!(transcript.field("Set-Cookie"), Some("widget=open; Secure; HttpOnly; SameSite=None"));
    /// ```
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = Some(same_site);
        self
    }

    /// Apart for every site in which this one is embedded (`Partitioned`).
    ///
    /// ```
    /// use wagi_sdk::{SetCookie, response::SameSite, testing::Request};
    ///
    /// let chat = SetCookie::new("chat", "3").same_site(SameSite::None).secure().partitioned();
    /// let transcript = Request::get("/").send(|| (vec![chat], "Hello!"));
    /// assert_eq!(transcript.field("Set-Cookie"), Some("chat=3; Secure; HttpOnly; SameSite=None; Partitioned"));
    /// ```
    pub fn partitioned(mut self) -> Self {
        self.partitioned = true;
        self
    }

    /// The value of the `Set-Cookie` field; `None` if it would say something else than was meant.
    fn field(&self) -> Option<String> {
        let is_attribute = |text: &str| {
            text.bytes()
                .all(|byte| (b' '..0x7f).contains(&byte) && byte != b';')
        };
        let is_token =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if self.name.is_empty() || !self.name.bytes().all(is_token) {
            return None;
        }
        let mut field = [&*self.name, "=", &self.value].concat();
        for (attribute, value) in [("; Path=", &self.path), ("; Domain=", &self.domain)] {
            if let Some(value) = value {
                if !is_attribute(value) {
                    return None;
                }
                field.push_str(attribute);
                field.push_str(value);
            }
        }
        if let Some(age) = self.max_age {
            field.push_str("; Max-Age=");
            field.push_str(&age.as_secs().to_string());
        }
        if let Some(time) = self.expires {
            field.push_str("; Expires=");
            let time = time.clamp(SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + LAST_SECOND);
            field.push_str(&super::http_date(time)?);
        }
        let same_site = match self.same_site {
            None => "",
            Some(SameSite::Strict) => "; SameSite=Strict",
            Some(SameSite::Lax) => "; SameSite=Lax",
            Some(SameSite::None) => "; SameSite=None",
        };
        for (said, text) in [
            (self.secure, "; Secure"),
            (!self.scripts_may_read, "; HttpOnly"),
            (true, same_site),
            (self.partitioned, "; Partitioned"),
        ] {
            if said {
                field.push_str(text);
            }
        }
        Some(field)
    }
}

/// A name, path or domain that would end the field, or begin another attribute, is a 500.
impl IntoResponseParts for SetCookie {
    fn add_to(self, response: &mut Response) -> Result<(), Error> {
        let Some(field) = self.field() else {
            let private = format!("the cookie {:?} cannot be written", self.name);
            return Err(Error::new(StatusCode::INTERNAL_SERVER_ERROR, private));
        };
        response.append("set-cookie", field);
        Ok(())
    }
}

impl IntoResponseParts for Vec<SetCookie> {
    fn add_to(self, response: &mut Response) -> Result<(), Error> {
        self.into_iter()
            .try_for_each(|cookie| cookie.add_to(response))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{LAST_SECOND, SameSite, SetCookie};

    fn written(cookie: &SetCookie) -> String {
        cookie.field().unwrap()
    }

    #[test]
    fn all_attributes() {
        let cookie = SetCookie::new("id", "a b;c")
            .path("/app")
            .domain("example.org")
            .max_age(Duration::from_millis(1999))
            .expires(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777))
            .secure()
            .scripts_may_read()
            .same_site(SameSite::None)
            .partitioned();
        assert_eq!(
            written(&cookie),
            "id=a%20b%3Bc; Path=/app; Domain=example.org; Max-Age=1; \
             Expires=Sun, 06 Nov 1994 08:49:37 GMT; Secure; SameSite=None; Partitioned"
        );
    }

    #[test]
    fn times_that_http_cannot_write() {
        let expiring = |time| written(&SetCookie::new("a", "").expires(time));
        let second = Duration::from_secs(1);
        let cases = [
            (SystemTime::UNIX_EPOCH - second, "Thu, 01 Jan 1970 00:00:00"),
            (
                SystemTime::UNIX_EPOCH + LAST_SECOND,
                "Fri, 31 Dec 9999 23:59:59",
            ),
            (
                SystemTime::UNIX_EPOCH + LAST_SECOND + second,
                "Fri, 31 Dec 9999 23:59:59",
            ),
        ];
        for (time, expected) in cases {
            let field = expiring(time);
            assert!(
                field.contains(&format!("Expires={expected} GMT")),
                "{field}"
            );
        }
    }

    #[test]
    fn what_would_say_something_else_is_refused() {
        let refused = [
            SetCookie::new("", "x"),
            SetCookie::new("a b", "x"),
            SetCookie::new("a=b", "x"),
            SetCookie::new("a;b", "x"),
            SetCookie::new("a\n", "x"),
            SetCookie::new("a", "x").path("/; Domain=evil.example"),
            SetCookie::new("a", "x").domain("a\r\nb"),
            SetCookie::new("a", "x").path("/ü"),
        ];
        for cookie in refused {
            assert!(cookie.field().is_none(), "{cookie:?}");
        }
        assert_eq!(
            written(&SetCookie::new("a", "\r\n\0ü\"\\,")),
            "a=%0D%0A%00%C3%BC%22%5C%2C; HttpOnly; SameSite=Lax"
        );
    }
}
