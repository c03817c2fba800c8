//! A response, whose fields become a map when somebody asks for one.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;

use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::Body;

/// What the handler answers: status, header fields, body.
///
/// It is made by [`IntoResponse`](crate::IntoResponse), and turns from and into the [`http`] crate's response, whose
/// methods it has. It keeps the fields as it was given them until somebody asks for the map of them, and a handler that
/// answers with text or JSON carries no code for maps.
///
/// ```
/// use wagi_sdk::{HeaderValue, IntoResponse, Response, StatusCode, http};
///
/// let mut response: Response = (StatusCode::ACCEPTED, "later\n").into_response();
/// response.headers_mut().insert("retry-after", HeaderValue::from_static("30"));
/// assert_eq!(response.status(), 202);
/// assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
///
/// let response = http::Response::from(response);
/// assert_eq!(response.headers()["retry-after"], "30");
/// ```
pub struct Response {
    status: StatusCode,
    /// `Content-Type` and the other fields, until there is a `head`. Most responses have the one only.
    media_type: Option<&'static str>,
    fields: Vec<Field>,
    head: OnceCell<Box<dyn Head>>,
    body: Body,
}

/// Name, in lower case, and value of a field that can stand in a header block.
type Field = (&'static str, Cow<'static, str>);

/// Status and fields as `http` has them. It is behind a `dyn`, so that a module in which nobody makes one carries none of
/// the code for it.
trait Head {
    fn parts(&self) -> &Parts;
    fn parts_mut(&mut self) -> &mut Parts;
    fn each(&self, visit: &mut dyn FnMut(&str, &[u8]));
    fn add(&mut self, field: Field, replace: bool);
}

impl Response {
    /// A 200 with this body, of no type.
    ///
    /// ```
    /// use wagi_sdk::{Response, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| Response::new("Hello!"));
    /// assert_eq!(transcript.status(), 200);
    /// assert_eq!(transcript.field("Content-Type"), None);
    /// assert_eq!(transcript.text(), "Hello!");
    /// ```
    pub fn new(body: impl Into<Body>) -> Self {
        Self::typed(None, body.into())
    }

    /// A 200 with this body, of this type.
    pub(crate) fn typed(media_type: impl Into<Option<&'static str>>, body: Body) -> Self {
        Self {
            status: StatusCode::OK,
            media_type: media_type.into(),
            fields: Vec::new(),
            head: OnceCell::new(),
            body,
        }
    }

    /// The status.
    ///
    /// ```
    /// use wagi_sdk::{Incoming, Next, Response, Router, testing::Request};
    ///
    /// fn kinder(request: Incoming, next: Next) -> Response {
    ///     let response = next.run(request);
    ///     if response.status().is_client_error() { Response::new("Look elsewhere.") } else { response }
    /// }
    ///
    /// let app = Router::new().get("/", || "Hello!").wrap(kinder);
    /// assert_eq!(Request::get("/nowhere").send(app).text(), "Look elsewhere.");
    /// ```
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The status, to be changed.
    ///
    /// ```
    /// use wagi_sdk::{Response, StatusCode, testing::Request};
    ///
    /// let mut response = Response::new("made\n");
    /// *response.status_mut() = StatusCode::CREATED;
    /// assert_eq!(Request::post("/").send(|| response).status(), 201);
    /// ```
    pub fn status_mut(&mut self) -> &mut StatusCode {
        &mut self.status
    }

    /// The header fields. The length and the status are written without being among them; neither these nor the
    /// connection's fields go out from here, should a handler have set them.
    ///
    /// ```
    /// use wagi_sdk::{IntoResponse, testing::Request};
    ///
    /// let response = "four".into_response();
    /// assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    /// // It is written all the same:
    /// assert!(!response.headers().contains_key("content-length"));
    /// assert_eq!(Request::get("/").send(|| response).field("Content-Length"), Some("4"));
    /// ```
    pub fn headers(&self) -> &HeaderMap {
        let head = self
            .head
            .get_or_init(|| head(self.media_type, &self.fields));
        &head.parts().headers
    }

    /// The header fields, to be changed.
    ///
    /// ```
    /// use wagi_sdk::{HeaderValue, IntoResponse, header, testing::Request};
    ///
    /// let mut response = "a,b\n".into_response();
    /// response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv"));
    /// let transcript = Request::get("/").send(|| response);
    /// assert_eq!(transcript.fields_named("Content-Type"), ["text/csv"]);
    /// ```
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        self.headers();
        let head = self.head.get_mut().expect("it has just been set");
        &mut head.parts_mut().headers
    }

    /// The body.
    ///
    /// ```
    /// use wagi_sdk::{IntoResponse, Json};
    ///
    /// assert_eq!(Json([1, 2, 3]).into_response().body().len(), Some(7));
    /// ```
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The body, to be changed.
    ///
    /// ```
    /// use wagi_sdk::{Body, IntoResponse, testing::Request};
    ///
    /// let mut response = "Hello".into_response();
    /// let hello = std::mem::take(response.body_mut()).text(100).unwrap();
    /// *response.body_mut() = Body::from(hello + ", world!");
    /// assert_eq!(Request::get("/").send(|| response).text(), "Hello, world!");
    /// ```
    pub fn body_mut(&mut self) -> &mut Body {
        &mut self.body
    }

    /// The body alone.
    ///
    /// ```
    /// use wagi_sdk::{IntoResponse, Json};
    ///
    /// assert_eq!(Json(["tea"]).into_response().into_body().text(100).unwrap(), r#"["tea"]"#);
    /// ```
    pub fn into_body(self) -> Body {
        self.body
    }

    /// The same with another body: what a middleware needs that compresses or counts.
    ///
    /// ```
    /// use wagi_sdk::{IntoResponse, Response};
    ///
    /// let response = "Hello!".into_response();
    /// let shouted = response.map(|body| body.text(100).unwrap_or_default().to_uppercase());
    /// assert_eq!(shouted.into_body().text(100).unwrap(), "HELLO!");
    /// ```
    #[must_use]
    pub fn map<B: Into<Body>>(mut self, change: impl FnOnce(Body) -> B) -> Self {
        self.body = change(self.body).into();
        self
    }

    /// Replaces what there is of a field; not of `Content-Type`, with which a response is made.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        self.add((name, value.into()), true);
    }

    /// Adds a field to those of the same name.
    pub(crate) fn append(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        self.add((name, value.into()), false);
    }

    fn add(&mut self, field: Field, replace: bool) {
        debug_assert!(field.0 != "content-type", "a response is made with it");
        if let Some(head) = self.head.get_mut() {
            return head.add(field, replace);
        }
        if replace {
            self.fields.retain(|(name, _)| *name != field.0);
        }
        self.fields.push(field);
    }

    /// `Content-Type`, unless it is in a map.
    pub(crate) fn media_type(&self) -> Option<&'static str> {
        match self.head.get() {
            Some(_) => None,
            None => self.media_type,
        }
    }

    /// Shows the name, in lower case, and the value of each field but [`media_type`](Self::media_type).
    pub(crate) fn each_field(&self, visit: &mut dyn FnMut(&str, &[u8])) {
        match self.head.get() {
            Some(head) => head.each(visit),
            None => {
                for (name, value) in &self.fields {
                    visit(name, value.as_bytes());
                }
            }
        }
    }
}

fn head(media_type: Option<&'static str>, fields: &[Field]) -> Box<dyn Head> {
    let mut head: Box<dyn Head> = Box::new(http::Response::new(()).into_parts().0);
    if let Some(media_type) = media_type {
        head.add(("content-type", Cow::Borrowed(media_type)), false);
    }
    for field in fields {
        head.add(field.clone(), false);
    }
    head
}

impl Head for Parts {
    fn parts(&self) -> &Parts {
        self
    }

    fn parts_mut(&mut self) -> &mut Parts {
        self
    }

    fn each(&self, visit: &mut dyn FnMut(&str, &[u8])) {
        for (name, value) in &self.headers {
            visit(name.as_str(), value.as_bytes());
        }
    }

    fn add(&mut self, (name, value): Field, replace: bool) {
        let name = HeaderName::from_static(name);
        // Whoever adds a field has seen to it that it is one; the writer looks again.
        let value = match value {
            Cow::Borrowed(value) => HeaderValue::from_str(value),
            Cow::Owned(value) => HeaderValue::try_from(value),
        };
        match value {
            Ok(value) if replace => drop(self.headers.insert(name, value)),
            Ok(value) => drop(self.headers.append(name, value)),
            Err(_) => debug_assert!(false, "the field `{name}` cannot be written"),
        }
    }
}

impl From<http::Response<Body>> for Response {
    fn from(response: http::Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status,
            media_type: None,
            fields: Vec::new(),
            head: OnceCell::from(Box::new(parts) as Box<dyn Head>),
            body,
        }
    }
}

impl From<Response> for http::Response<Body> {
    fn from(mut response: Response) -> Self {
        response.headers();
        let mut whole = Self::new(response.body);
        if let Some(head) = response.head.get_mut() {
            let parts = head.parts_mut();
            *whole.headers_mut() = std::mem::take(&mut parts.headers);
            *whole.extensions_mut() = std::mem::take(&mut parts.extensions);
            *whole.version_mut() = parts.version;
        }
        *whole.status_mut() = response.status;
        whole
    }
}

impl Default for Response {
    fn default() -> Self {
        Self::new(Body::empty())
    }
}

/// Values may hold secrets, and this ends up in logs: the names only.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = Vec::from_iter(self.media_type().map(|_| "content-type".to_owned()));
        self.each_field(&mut |name, _| names.push(name.to_owned()));
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("fields", &names)
            .field("body", &self.body)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, StatusCode};

    use super::Response;
    use crate::Body;

    fn fields(response: &Response) -> Vec<String> {
        let media_type = response.media_type();
        let mut fields = Vec::from_iter(media_type.map(|text| format!("content-type: {text}")));
        response.each_field(&mut |name, value| {
            fields.push(format!("{name}: {}", String::from_utf8_lossy(value)));
        });
        fields
    }

    #[test]
    fn fields_are_the_same_with_and_without_a_map() {
        for with_map in [false, true] {
            let mut response = Response::typed("a/b", Body::from("x"));
            response.set("etag", "1");
            response.append("set-cookie", "a=1");
            if with_map {
                response.headers_mut();
            }
            response.append("set-cookie", String::from("b=2"));
            response.set("etag", "2");
            let mut fields = fields(&response);
            fields.sort();
            assert_eq!(
                fields,
                [
                    "content-type: a/b",
                    "etag: 2",
                    "set-cookie: a=1",
                    "set-cookie: b=2"
                ]
            );
        }
    }

    #[test]
    fn there_and_back_again() {
        let mut response = http::Response::new(Body::from("x"));
        *response.status_mut() = StatusCode::ACCEPTED;
        let value = HeaderValue::from_bytes(b"\xff").unwrap();
        response.headers_mut().insert("x-a", value.clone());
        response.extensions_mut().insert(7u8);
        let mut response = Response::from(response);
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        assert_eq!(response.headers()["x-a"], value);
        *response.status_mut() = StatusCode::CREATED;
        response.set("x-b", "y");
        let response = http::Response::from(response);
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers()["x-b"], "y");
        assert_eq!(response.headers()["x-a"], value);
        assert_eq!(response.extensions().get(), Some(&7u8));
    }
}
