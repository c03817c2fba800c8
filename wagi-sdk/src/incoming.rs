//! A request, read as far as somebody asks.

use std::any::Any;
use std::cell::OnceCell;
use std::fmt;

use http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri, Version};

use crate::body::ReadFn;
use crate::extract::BODY_LIMIT;
use crate::{Body, Error, Gateway, Request, cgi};

/// A request that nobody has looked into yet: what a [`Handler`](crate::Handler) is called with.
///
/// It turns into an [`http` request](Request) when one is wanted. Until then nothing is parsed that no extractor asks
/// for, and a handler that needs the query alone carries no code for header fields, URIs and bodies.
///
/// ```
/// use wagi_sdk::{Error, Incoming, testing::Request};
///
/// fn handler(mut request: Incoming) -> Result<String, Error> {
///     let method = request.parts().method()?.clone();
///     let body = request.into_body().text(1024)?;
///     Ok(format!("{method}: {body}"))
/// }
///
/// assert_eq!(Request::put("/").body("tea").send(handler).text(), "PUT: tea");
/// ```
#[derive(Debug)]
pub struct Incoming {
    parts: Parts,
    input: Input,
}

enum Input {
    /// Standard input, of which the variables tell the length.
    Unread(Box<ReadFn>),
    Body(Body),
}

impl Incoming {
    pub(crate) fn new(gateway: Gateway, stdin: Box<ReadFn>) -> Self {
        Self {
            parts: Parts::new(gateway),
            input: Input::Unread(stdin),
        }
    }

    /// The head.
    ///
    /// ```
    /// use wagi_sdk::{Cookies, Error, FromRequestParts, Incoming, testing::Request};
    ///
    /// // Every extractor for the head can be called on it:
    /// fn handler(mut request: Incoming) -> Result<String, Error> {
    ///     let cookies = Cookies::from_parts(request.parts())?;
    ///     Ok(cookies.get("theme").unwrap_or("light".into()).into_owned())
    /// }
    ///
    /// assert_eq!(Request::get("/").cookie("theme", "dark").send(handler).text(), "dark");
    /// ```
    pub fn parts(&mut self) -> &mut Parts {
        &mut self.parts
    }

    /// The body, without the head.
    ///
    /// ```
    /// use wagi_sdk::{Incoming, testing::Request};
    ///
    /// fn handler(request: Incoming) -> std::io::Result<String> {
    ///     let length = std::io::copy(&mut request.into_body(), &mut std::io::sink())?;
    ///     Ok(format!("{length} bytes"))
    /// }
    ///
    /// assert_eq!(Request::put("/").body([0; 70_000]).send(handler).text(), "70000 bytes");
    /// ```
    pub fn into_body(self) -> Body {
        match self.input {
            Input::Unread(stdin) => {
                cgi::request::body(&self.parts.gateway.peek("CONTENT_LENGTH"), stdin)
            }
            Input::Body(body) => body,
        }
    }

    /// The whole as an `http` request, with the [`Gateway`] among its extensions.
    ///
    /// The error answers what `http` cannot hold: a method that is no token, a target of more than 64 KiB.
    ///
    /// ```
    /// use wagi_sdk::{Error, Gateway, Incoming, testing::Request};
    ///
    /// fn handler(request: Incoming) -> Result<String, Error> {
    ///     let request = request.into_request()?;
    ///     let mount = request.extensions().get::<Gateway>().map(|gateway| gateway.script_name());
    ///     Ok(format!("{} below {}", request.uri(), mount.unwrap_or_default()))
    /// }
    ///
    /// assert_eq!(Request::get("/tea?x").mounted_at("/shop").send(handler).text(), "/shop/tea?x below /shop");
    /// assert_eq!(Request::new("NO TOKEN", "/").send(handler).status(), 400);
    /// ```
    pub fn into_request(mut self) -> Result<Request, Error> {
        let mut head = Request::default().into_parts().0;
        head.method = self.parts.method()?.clone();
        head.uri = self.parts.uri()?.clone();
        head.version = self.parts.version();
        self.parts.headers();
        if let Some(mut headers) = self.parts.headers.take() {
            head.headers = std::mem::take(headers.map_mut());
        }
        head.extensions = std::mem::take(self.parts.extensions());
        head.extensions.insert(self.parts.gateway.clone());
        head.extensions
            .insert(std::mem::take(&mut self.parts.path_parameters));
        head.extensions.insert(BodyLimit(self.parts.body_limit));
        Ok(Request::from_parts(head, self.into_body()))
    }
}

impl From<Request> for Incoming {
    fn from(request: Request) -> Self {
        let (mut head, body) = request.into_parts();
        let parts = Parts {
            // A request that was made by hand has no variables.
            gateway: head
                .extensions
                .remove()
                .unwrap_or_else(|| Gateway::new([], [])),
            method: head.method.into(),
            uri: OnceCell::from(Box::new(head.uri) as Box<dyn Target>),
            version: head.version.into(),
            headers: OnceCell::from(Box::new(head.headers) as Box<dyn Fields>),
            path_parameters: head.extensions.remove().unwrap_or_default(),
            body_limit: head
                .extensions
                .remove()
                .map_or(BODY_LIMIT, |BodyLimit(bytes)| bytes),
            extensions: Some(Box::new(head.extensions)),
        };
        Self {
            parts,
            input: Input::Body(body),
        }
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(_) => f.write_str("Unread"),
            Self::Body(body) => body.fmt(f),
        }
    }
}

/// The head of a request: what [`FromRequestParts`](crate::FromRequestParts) takes from. Each piece is read when it is
/// first asked for.
///
/// ```
/// use wagi_sdk::{Error, FromRequestParts, Parts, testing::Request};
///
/// /// What a log wants to know.
/// struct Line(String);
///
/// impl FromRequestParts for Line {
///     type Rejection = Error;
///
///     fn from_parts(parts: &mut Parts) -> Result<Self, Error> {
///         let (method, uri, headers) = (parts.method()?, parts.uri()?, parts.headers());
///         Ok(Self(format!("{method} {uri} {:?}", headers.get("user-agent"))))
///     }
/// }
///
/// let transcript = Request::get("/tea").header("User-Agent", "x").send(|Line(line): Line| line);
/// assert_eq!(transcript.text(), r#"GET /tea Some("x")"#);
/// ```
pub struct Parts {
    gateway: Gateway,
    method: OnceCell<Method>,
    version: OnceCell<Version>,
    // What has much code belonging to it is behind a `dyn`: a module in which nobody makes it carries none of that.
    uri: OnceCell<Box<dyn Target>>,
    headers: OnceCell<Box<dyn Fields>>,
    /// [`Extensions`].
    extensions: Option<Box<dyn Any>>,
    path_parameters: PathParameters,
    body_limit: usize,
}

trait Target {
    fn uri(&self) -> &Uri;
    fn query(&self) -> &[u8];
}

impl Target for Uri {
    fn uri(&self) -> &Uri {
        self
    }

    fn query(&self) -> &[u8] {
        self.query().unwrap_or_default().as_bytes()
    }
}

trait Fields {
    fn map(&self) -> &HeaderMap;
    fn map_mut(&mut self) -> &mut HeaderMap;
    /// The values of one name.
    fn joined(&self, name: &str) -> Vec<u8>;
}

impl Fields for HeaderMap {
    fn map(&self) -> &HeaderMap {
        self
    }

    fn map_mut(&mut self) -> &mut HeaderMap {
        self
    }

    fn joined(&self, name: &str) -> Vec<u8> {
        let separator: &[u8] = if name == "cookie" { b"; " } else { b", " };
        let values = self.get_all(name).into_iter().map(HeaderValue::as_bytes);
        values.collect::<Vec<_>>().join(separator)
    }
}

/// What the router read from the path; a type of its own so that it can travel among a request's extensions.
#[derive(Debug, Clone, Default)]
pub(crate) struct PathParameters {
    pub(crate) all: Vec<(&'static str, String)>,
    /// How many of them are not of the handler's own pattern, but of those that lead to its router.
    pub(crate) of_prefix: usize,
    /// How many segments of the path lead to the handler's router.
    pub(crate) prefix: usize,
}

/// The same for the limit.
#[derive(Clone, Copy)]
struct BodyLimit(usize);

impl Parts {
    fn new(gateway: Gateway) -> Self {
        Self {
            gateway,
            method: OnceCell::new(),
            version: OnceCell::new(),
            uri: OnceCell::new(),
            headers: OnceCell::new(),
            extensions: None,
            path_parameters: PathParameters::default(),
            body_limit: BODY_LIMIT,
        }
    }

    /// The meta-variables.
    ///
    /// ```
    /// use wagi_sdk::{Incoming, IntoResponse, Next, Redirect, Response, Router, testing::Request};
    ///
    /// fn members(mut request: Incoming, next: Next) -> Response {
    ///     match request.parts().gateway().remote_user() {
    ///         Some(_) => next.run(request),
    ///         None => Redirect::see_other(request.parts().gateway().link("/login")).into_response(),
    ///     }
    /// }
    ///
    /// let app = Router::new().get("/", || "Hello!").wrap(members);
    /// assert_eq!(Request::get("/").mounted_at("/club").send(app).field("Location"), Some("/club/login"));
    /// ```
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The method, in the letter case in which it was sent. The error answers one that is no token.
    ///
    /// ```
    /// use wagi_sdk::{Error, Incoming, testing::Request};
    ///
    /// fn handler(mut request: Incoming) -> Result<String, Error> {
    ///     Ok(request.parts().method()?.to_string())
    /// }
    ///
    /// assert_eq!(Request::new("Purge", "/").send(handler).text(), "Purge");
    /// assert_eq!(Request::new("a b", "/").send(handler).status(), 400);
    /// ```
    pub fn method(&self) -> Result<&Method, Error> {
        if let Some(method) = self.method.get() {
            return Ok(method);
        }
        let method = cgi::request::method(&self.gateway.peek("REQUEST_METHOD"))?;
        Ok(self.method.get_or_init(|| method))
    }

    /// The method's name, without making a [`Method`] of it; GET if there is none, as in [`method`](Self::method).
    pub(crate) fn method_name(&self) -> Vec<u8> {
        let name = match self.method.get() {
            Some(method) => method.as_str().as_bytes().to_vec(),
            None => self.gateway.peek("REQUEST_METHOD"),
        };
        if name.is_empty() {
            b"GET".to_vec()
        } else {
            name
        }
    }

    /// Path and query: the whole path, from the root of the server. The error answers one of more than 64 KiB.
    ///
    /// ```
    /// use wagi_sdk::{Error, Incoming, testing::Request};
    ///
    /// fn handler(mut request: Incoming) -> Result<String, Error> {
    ///     Ok(request.parts().uri()?.to_string())
    /// }
    ///
    /// assert_eq!(Request::get("/a%20b?c").mounted_at("/app").send(handler).text(), "/app/a%20b?c");
    /// assert_eq!(Request::get("/x".repeat(40_000)).send(handler).status(), 414);
    /// ```
    pub fn uri(&self) -> Result<&Uri, Error> {
        if let Some(uri) = self.uri.get() {
            return Ok(uri.uri());
        }
        let uri = self.gateway.target();
        let uri = uri.ok_or_else(|| Error::status(StatusCode::URI_TOO_LONG))?;
        Ok(self.uri.get_or_init(|| Box::new(uri)).uri())
    }

    /// The version of HTTP; 1.1 if the server does not tell.
    ///
    /// ```
    /// use wagi_sdk::{Incoming, testing::Request};
    ///
    /// let handler = |mut request: Incoming| format!("{:?}", request.parts().version());
    /// assert_eq!(Request::get("/").var("SERVER_PROTOCOL", "HTTP/2").send(handler).text(), "HTTP/2.0");
    /// assert_eq!(Request::get("/").without_var("SERVER_PROTOCOL").send(handler).text(), "HTTP/1.1");
    /// ```
    pub fn version(&self) -> Version {
        *self
            .version
            .get_or_init(|| cgi::request::version(&self.gateway.peek("SERVER_PROTOCOL")))
    }

    /// The header fields.
    ///
    /// ```
    /// use wagi_sdk::{Incoming, testing::{Request, Server}};
    ///
    /// let handler = |mut request: Incoming| format!("{:?}", request.parts().headers()["content-type"]);
    /// // Also under a server that leaves CONTENT_TYPE empty:
    /// let transcript = Request::post("/").json(&"tea").as_server(Server::Spin).send(handler);
    /// assert_eq!(transcript.text(), "\"application/json\"");
    /// ```
    pub fn headers(&self) -> &HeaderMap {
        self.headers
            .get_or_init(|| Box::new(cgi::request::headers(&self.gateway)))
            .map()
    }

    /// What middleware has left for extractors.
    ///
    /// ```
    /// use wagi_sdk::{Incoming, Next, Response, Router, testing::Request};
    ///
    /// #[derive(Clone)]
    /// struct Tenant(&'static str);
    ///
    /// fn tenant(mut request: Incoming, next: Next) -> Response {
    ///     request.parts().extensions().insert(Tenant("acme"));
    ///     next.run(request)
    /// }
    ///
    /// let name = |mut request: Incoming| request.parts().extensions().get().map_or("nobody", |Tenant(name)| name);
    /// assert_eq!(Request::get("/").send(Router::new().get("/", name).wrap(tenant)).text(), "acme");
    /// assert_eq!(Request::get("/").send(Router::new().get("/", name)).text(), "nobody");
    /// ```
    pub fn extensions(&mut self) -> &mut Extensions {
        self.extensions
            .get_or_insert_with(|| Box::new(Extensions::new()))
            .downcast_mut()
            .expect("nothing else is put there")
    }

    /// What the [`Router`](crate::Router)'s pattern has names for, decoded, in the order of the pattern; empty without a
    /// router.
    ///
    /// ```
    /// use wagi_sdk::{Incoming, Router, testing::Request};
    ///
    /// let handler = |mut request: Incoming| format!("{:?}", request.parts().path_parameters());
    /// let app = Router::new().get("/shops/{shop}/{item}", handler);
    /// assert_eq!(Request::get("/shops/7/green%20tea").send(app).text(), r#"[("shop", "7"), ("item", "green tea")]"#);
    /// assert_eq!(Request::get("/shops/7/green%20tea").send(handler).text(), "[]");
    /// ```
    pub fn path_parameters(&self) -> &[(&'static str, String)] {
        &self.path_parameters.all
    }

    pub(crate) fn set_path_parameters(&mut self, parameters: PathParameters) {
        self.path_parameters = parameters;
    }

    /// The path that is left to a handler that stands for a folder: the last parameter of its own pattern, or without
    /// one the path below its router.
    pub(crate) fn path_left(&self) -> String {
        let PathParameters {
            all,
            of_prefix,
            prefix,
        } = &self.path_parameters;
        match all[*of_prefix..].last() {
            Some((_, path)) => path.clone(),
            None => {
                let segments = self.gateway.path_segments();
                segments.get(*prefix..).unwrap_or_default().join("/")
            }
        }
    }

    /// The query, without reading the path.
    pub(crate) fn query(&self) -> Vec<u8> {
        match self.uri.get() {
            Some(uri) => uri.query().to_vec(),
            None => self.gateway.peek("QUERY_STRING"),
        }
    }

    /// The values of a header field, joined as a list is, without reading the others; empty if there is none. The name
    /// is in lower case.
    pub(crate) fn field(&self, name: &str) -> Vec<u8> {
        match self.headers.get() {
            Some(headers) => headers.joined(name),
            None => {
                let variable = name.to_ascii_uppercase().replace('-', "_");
                self.gateway.peek_field(&variable)
            }
        }
    }

    /// How many bytes of body the extractors take: [`BODY_LIMIT`](crate::extract::BODY_LIMIT), unless a middleware has
    /// [set](Parts::set_body_limit) another limit.
    ///
    /// ```
    /// use wagi_sdk::{BodyError, Incoming, extract::BODY_LIMIT, testing::Request};
    ///
    /// // What an extractor of one's own should keep to:
    /// fn handler(mut request: Incoming) -> Result<Vec<u8>, BodyError> {
    ///     let limit = request.parts().body_limit();
    ///     request.into_body().bytes(limit)
    /// }
    ///
    /// assert_eq!(Request::post("/").body(vec![0; BODY_LIMIT]).send(handler).status(), 200);
    /// assert_eq!(Request::post("/").body(vec![0; BODY_LIMIT + 1]).send(handler).status(), 413);
    /// ```
    pub fn body_limit(&self) -> usize {
        self.body_limit
    }

    /// Lets the extractors take this many bytes of body.
    ///
    /// ```
    /// use wagi_sdk::{Incoming, Next, Router, testing::Request};
    ///
    /// let app = Router::new().post("/", |note: String| note).wrap(|mut request: Incoming, next: Next| {
    ///     request.parts().set_body_limit(140);
    ///     next.run(request)
    /// });
    /// assert_eq!(Request::post("/").body("x".repeat(141)).send(app).status(), 413);
    /// ```
    pub fn set_body_limit(&mut self, bytes: usize) {
        self.body_limit = bytes;
    }

    /// The media type, without reading the header fields; empty if there is none.
    pub(crate) fn content_type(&self) -> Vec<u8> {
        match self.headers.get() {
            Some(headers) => headers.joined("content-type"),
            None => cgi::request::content_type(&self.gateway),
        }
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("gateway", &self.gateway)
            .field("path_parameters", &self.path_parameters())
            .finish_non_exhaustive()
    }
}
