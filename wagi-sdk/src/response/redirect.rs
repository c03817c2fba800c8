//! Redirects.

use http::StatusCode;

use crate::cgi::uri::encode_reference;
use crate::{Error, IntoResponse, Response};

/// Sends the client elsewhere.
///
/// | | the client's next request | may be remembered |
/// |---|---|---|
/// | [`moved_permanently`](Redirect::moved_permanently) 301 | GET in place of POST | yes |
/// | [`found`](Redirect::found) 302 | GET in place of POST | no |
/// | [`see_other`](Redirect::see_other) 303 | GET, after a form | no |
/// | [`temporary`](Redirect::temporary) 307 | the same again | no |
/// | [`permanent`](Redirect::permanent) 308 | the same again | yes |
///
/// The location goes to the client as it is, absolute or relative, except that what may not stand in a URI (spaces,
/// letters outside ASCII) is percent-encoded. A path from the root belongs to the server, not to the handler: put the
/// mount in front with [`Gateway::link`](crate::Gateway::link). That also keeps a path that came from the client on
/// this host: as it is, `//example.org` leads to another one.
///
/// ```
/// use wagi_sdk::{Redirect, testing::Request};
///
/// let transcript = Request::get("/").send(|| Redirect::found("https://example.org/tea pot?q=1#end"));
/// assert_eq!(transcript.status(), 302);
/// assert_eq!(transcript.field("Location"), Some("https://example.org/tea%20pot?q=1#end"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    status: StatusCode,
    location: String,
}

impl Redirect {
    /// A redirect with any status.
    ///
    /// ```
    /// use wagi_sdk::{Redirect, StatusCode, testing::Request};
    ///
    /// let handler = || Redirect::new(StatusCode::MULTIPLE_CHOICES, "/en/tea");
    /// let transcript = Request::get("/tea").send(handler);
    /// assert_eq!(transcript.status(), 300);
    /// assert_eq!(transcript.field("Location"), Some("/en/tea"));
    /// ```
    pub fn new(status: StatusCode, location: impl Into<String>) -> Self {
        Self {
            status,
            location: location.into(),
        }
    }

    /// 301: the page has a new address for good.
    ///
    /// ```
    /// use wagi_sdk::{Redirect, testing::Request};
    ///
    /// let transcript = Request::get("/old/tea").send(|| Redirect::moved_permanently("../new/tea"));
    /// assert_eq!(transcript.status(), 301);
    /// assert_eq!(transcript.field("Location"), Some("../new/tea"));
    /// ```
    pub fn moved_permanently(location: impl Into<String>) -> Self {
        Self::new(StatusCode::MOVED_PERMANENTLY, location)
    }

    /// 302: the page is elsewhere for now.
    ///
    /// ```
    /// use wagi_sdk::{Redirect, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| Redirect::found("https://example.org/Grüner Tee?cups=2"));
    /// assert_eq!(transcript.status(), 302);
    /// assert_eq!(transcript.field("Location"), Some("https://example.org/Gr%C3%BCner%20Tee?cups=2"));
    /// ```
    pub fn found(location: impl Into<String>) -> Self {
        Self::new(StatusCode::FOUND, location)
    }

    /// 303: done, and here is what to look at next.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, Redirect, testing::Request};
    ///
    /// let order = |gateway: Gateway| Redirect::see_other(gateway.link("/orders/7"));
    /// let transcript = Request::post("/orders").mounted_at("/shop").form(&[("cups", 2)]).send(order);
    /// assert_eq!(transcript.status(), 303);
    /// assert_eq!(transcript.field("Location"), Some("/shop/orders/7"));
    /// ```
    pub fn see_other(location: impl Into<String>) -> Self {
        Self::new(StatusCode::SEE_OTHER, location)
    }

    /// 307: ask the same elsewhere for now.
    ///
    /// ```
    /// use wagi_sdk::{Redirect, testing::Request};
    ///
    /// let transcript = Request::put("/notes/3").send(|| Redirect::temporary("https://b.example.org/notes/3"));
    /// assert_eq!(transcript.status(), 307);
    /// assert_eq!(transcript.field("Location"), Some("https://b.example.org/notes/3"));
    /// ```
    pub fn temporary(location: impl Into<String>) -> Self {
        Self::new(StatusCode::TEMPORARY_REDIRECT, location)
    }

    /// 308: ask the same elsewhere from now on.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, Path, Redirect, Router, testing::Request};
    ///
    /// let moved = |gateway: Gateway, Path(id): Path<u32>| Redirect::permanent(gateway.link(&format!("/v2/{id}")));
    /// let transcript = Request::post("/v1/7").mounted_at("/api").send(Router::new().any("/v1/{id}", moved));
    /// assert_eq!(transcript.status(), 308);
    /// assert_eq!(transcript.field("Location"), Some("/api/v2/7"));
    /// ```
    pub fn permanent(location: impl Into<String>) -> Self {
        Self::new(StatusCode::PERMANENT_REDIRECT, location)
    }
}

/// A line break or a NUL in the location is a 500: it is no address, and would end the field.
impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        let location = encode_reference(&self.location);
        if location.bytes().any(|byte| byte.is_ascii_control()) {
            let private = format!("cannot redirect to {:?}: not an address", self.location);
            return Error::new(StatusCode::INTERNAL_SERVER_ERROR, private).into_response();
        }
        let mut response = self.status.into_response();
        response.set("location", location);
        response
    }
}
