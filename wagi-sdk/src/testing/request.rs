//! The request of a test.

use std::ffi::OsString;
use std::io::Cursor;

use serde::Serialize;

use super::{Part, Server, Transcript};
use crate::body::read_fn;
use crate::respond::{Ending, exchange};
use crate::{Gateway, Handler, log};

/// A request as a client sends it, to a handler that is mounted somewhere.
///
/// ```
/// use wagi_sdk::{Gateway, Redirect, testing::Request};
///
/// let handler = |gateway: Gateway| Redirect::see_other(gateway.link("/done"));
/// let transcript = Request::post("/order?cups=2").mounted_at("/shop").header("Accept", "*/*").send(handler);
/// assert_eq!(transcript.field("Location"), Some("/shop/done"));
/// ```
#[derive(Debug, Clone)]
pub struct Request {
    pub(super) method: String,
    /// Path below the mount and query, as on the wire.
    pub(super) target: String,
    pub(super) mount: String,
    pub(super) fields: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
    variables: Vec<(OsString, Option<OsString>)>,
    server: Server,
}

impl Request {
    /// A request with any method. The target is a path below the mount, with a query if need be; what may not stand in
    /// one, such as a blank, is percent-encoded.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, Method, testing::Request};
    ///
    /// let handler = |method: Method, at: Gateway| format!("{method} {} {}", at.path_info(), at.query());
    /// assert_eq!(Request::new("PROPFIND", "/notes?depth=1").send(handler).text(), "PROPFIND /notes depth=1");
    /// ```
    pub fn new(method: impl Into<String>, target: impl AsRef<str>) -> Self {
        Self {
            method: method.into(),
            target: crate::cgi::uri::encode_reference(target.as_ref()),
            mount: String::new(),
            fields: Vec::new(),
            body: None,
            variables: Vec::new(),
            server: Server::Reference,
        }
    }

    /// A GET.
    ///
    /// ```
    /// use wagi_sdk::{Router, testing::Request};
    ///
    /// let app = Router::new().get("/menu", || "tea, cake");
    /// assert_eq!(Request::get("/menu?today").send(app).text(), "tea, cake");
    /// ```
    pub fn get(target: impl AsRef<str>) -> Self {
        Self::new("GET", target)
    }

    /// A HEAD.
    ///
    /// ```
    /// use wagi_sdk::{Router, testing::Request};
    ///
    /// // A GET handler answers it; the fields go out, the body does not.
    /// let transcript = Request::head("/menu").send(Router::new().get("/menu", || "tea, cake"));
    /// assert_eq!(transcript.field("Content-Type"), Some("text/plain; charset=utf-8"));
    /// assert_eq!(transcript.text(), "");
    /// ```
    pub fn head(target: impl AsRef<str>) -> Self {
        Self::new("HEAD", target)
    }

    /// A POST.
    ///
    /// ```
    /// use wagi_sdk::testing::Request;
    ///
    /// let shout = |text: String| text.to_uppercase();
    /// assert_eq!(Request::post("/shout").body("tea!").send(shout).text(), "TEA!");
    /// assert_eq!(Request::post("/shout").send(shout).text(), "");
    /// ```
    pub fn post(target: impl AsRef<str>) -> Self {
        Self::new("POST", target)
    }

    /// A PUT.
    ///
    /// ```
    /// use wagi_sdk::{Path, Router, StatusCode, testing::Request};
    ///
    /// let app = Router::new().put("/cups/{id}", |Path(id): Path<u32>, name: String| {
    ///     (StatusCode::CREATED, format!("cup {id} is {name}'s"))
    /// });
    /// assert_eq!(Request::put("/cups/7").body("Ada").send(app).text(), "cup 7 is Ada's");
    /// ```
    pub fn put(target: impl AsRef<str>) -> Self {
        Self::new("PUT", target)
    }

    /// A PATCH.
    ///
    /// ```
    /// use wagi_sdk::{Router, testing::Request};
    ///
    /// let app = || Router::new().patch("/cup", |change: String| format!("now {change}"));
    /// assert_eq!(Request::patch("/cup").body("full").send(app()).text(), "now full");
    /// assert_eq!(Request::put("/cup").body("full").send(app()).status(), 405);
    /// ```
    pub fn patch(target: impl AsRef<str>) -> Self {
        Self::new("PATCH", target)
    }

    /// A DELETE.
    ///
    /// ```
    /// use wagi_sdk::{Router, StatusCode, testing::Request};
    ///
    /// let app = Router::new().delete("/cups/{id}", || StatusCode::NO_CONTENT);
    /// assert_eq!(Request::delete("/cups/7").send(app).status(), 204);
    /// ```
    pub fn delete(target: impl AsRef<str>) -> Self {
        Self::new("DELETE", target)
    }

    /// Mounts the handler: at `/app` its route is `/app/...`. Otherwise it is at the root, on `/...`.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::Request};
    ///
    /// let handler = |gateway: Gateway| gateway.matched_route().unwrap_or_default().to_owned();
    /// assert_eq!(Request::get("/a").mounted_at("/app").send(handler).text(), "/app/...");
    /// assert_eq!(Request::get("/a").send(handler).text(), "/...");
    /// ```
    #[must_use]
    pub fn mounted_at(mut self, mount: impl Into<String>) -> Self {
        self.mount = mount.into();
        self
    }

    /// Adds a header field; again, if it is there. What the server withholds does not arrive: `Authorization`, mostly.
    ///
    /// ```
    /// use wagi_sdk::{HeaderMap, testing::Request};
    ///
    /// // The reference host joins what comes repeatedly.
    /// let handler = |headers: HeaderMap| headers["x-tag"].to_str().unwrap().to_owned();
    /// assert_eq!(Request::get("/").header("X-Tag", "a").header("x-tag", "b").send(handler).text(), "a, b");
    ///
    /// let handler = |headers: HeaderMap| headers.contains_key("authorization").to_string();
    /// assert_eq!(Request::get("/").header("Authorization", "Bearer x").send(handler).text(), "false");
    /// // A server that is told to pass it on:
    /// assert_eq!(Request::get("/").var("HTTP_AUTHORIZATION", "Bearer x").send(handler).text(), "true");
    /// ```
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::Request};
    ///
    /// let handler = |gateway: Gateway, bytes: Vec<u8>| format!("{:?}: {bytes:?}", gateway.var("CONTENT_LENGTH"));
    /// assert_eq!(Request::post("/").body([0xff, 0]).send(handler).text(), "Some(\"2\"): [255, 0]");
    /// assert_eq!(Request::post("/").body("tea").send(handler).text(), "Some(\"3\"): [116, 101, 97]");
    /// ```
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sets the body to JSON, and `Content-Type` with it.
    ///
    /// ```
    /// use wagi_sdk::{HeaderMap, testing::Request};
    ///
    /// let echo = |headers: HeaderMap, body: String| format!("{}: {body}", headers["content-type"].to_str().unwrap());
    /// assert_eq!(Request::post("/").json(&["tea", "cake"]).send(echo).text(), r#"application/json: ["tea","cake"]"#);
    /// ```
    ///
    /// # Panics
    ///
    /// If the value cannot be written as JSON.
    #[must_use]
    #[track_caller]
    pub fn json(self, value: &impl Serialize) -> Self {
        let json = serde_json::to_vec(value)
            .unwrap_or_else(|error| panic!("the value is not JSON: {error}"));
        self.header("Content-Type", "application/json").body(json)
    }

    /// Sets the body to an HTML form, and `Content-Type` with it.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use wagi_sdk::{Form, testing::Request};
    ///
    /// let handler = |Form(entry): Form<HashMap<String, String>>| entry["name"].clone();
    /// assert_eq!(Request::post("/").form(&[("name", "Jo & Al"), ("age", "")]).send(handler).text(), "Jo & Al");
    /// ```
    ///
    /// # Panics
    ///
    /// If the value is not a flat list of fields.
    #[must_use]
    #[track_caller]
    pub fn form(self, value: &impl Serialize) -> Self {
        let form = serde_urlencoded::to_string(value)
            .unwrap_or_else(|error| panic!("the value is no form: {error}"));
        self.header("Content-Type", "application/x-www-form-urlencoded")
            .body(form)
    }

    /// Sets the body to a form with files, and `Content-Type` with it.
    ///
    /// ```
    /// use wagi_sdk::{Error, Multipart, OrStatus, StatusCode, testing::{Part, Request}};
    ///
    /// fn title(mut form: Multipart) -> Result<String, Error> {
    ///     let field = form.next_field()?.or_status(StatusCode::BAD_REQUEST)?;
    ///     Ok(field.text(100)?)
    /// }
    ///
    /// assert_eq!(Request::post("/").multipart([Part::text("title", "Tea")]).send(title).text(), "Tea");
    /// assert_eq!(Request::post("/").multipart([]).send(title).status(), 400);
    /// ```
    #[must_use]
    pub fn multipart(self, parts: impl IntoIterator<Item = Part>) -> Self {
        const BOUNDARY: &str = "----wagi-sdk-5b0d62e1";
        let mut body = Vec::new();
        for part in parts {
            part.write(BOUNDARY, &mut body);
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
        self.header("Content-Type", media_type).body(body)
    }

    /// Sends a cookie along; several go into one field, as browsers send them.
    ///
    /// ```
    /// use wagi_sdk::{Cookies, testing::Request};
    ///
    /// let handler = |cookies: Cookies| cookies.get("b").unwrap_or_default().into_owned();
    /// assert_eq!(Request::get("/").cookie("a", "1").cookie("b", "2").send(handler).text(), "2");
    /// ```
    #[must_use]
    pub fn cookie(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        let pair = format!("{}={}", name.as_ref(), value.as_ref());
        let field = self.fields.iter_mut().find(|(name, _)| name == "Cookie");
        match field {
            Some((_, cookies)) => *cookies = format!("{cookies}; {pair}"),
            None => self.fields.push(("Cookie".to_owned(), pair)),
        }
        self
    }

    /// Sets a variable beside or in place of those that the server sets.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::Request};
    ///
    /// let handler = |gateway: Gateway| format!("{:?} from {:?}", gateway.remote_user(), gateway.remote_addr());
    /// let request = Request::get("/").var("REMOTE_USER", "ada").var("REMOTE_ADDR", "::1");
    /// assert_eq!(request.send(handler).text(), r#"Some("ada") from Some(::1)"#);
    /// ```
    #[must_use]
    pub fn var(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), Some(value.into())));
        self
    }

    /// Takes a variable away.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::Request};
    ///
    /// let handler = |gateway: Gateway| format!("{:?}", gateway.remote_addr());
    /// assert_eq!(Request::get("/").send(handler).text(), "Some(127.0.0.1)");
    /// assert_eq!(Request::get("/").without_var("REMOTE_ADDR").send(handler).text(), "None");
    /// ```
    #[must_use]
    pub fn without_var(mut self, name: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), None));
        self
    }

    /// Fills the variables as this server would; as the reference host does, unless said.
    ///
    /// ```
    /// use wagi_sdk::{HeaderMap, testing::{Request, Server}};
    ///
    /// let handler = |headers: HeaderMap| headers["x-tag"].to_str().unwrap().to_owned();
    /// let request = Request::get("/").header("X-Tag", "a").header("X-Tag", "b");
    /// assert_eq!(request.clone().send(handler).text(), "a, b");
    /// assert_eq!(request.as_server(Server::DeislabsWagi).send(handler).text(), "b");
    /// ```
    #[must_use]
    pub fn as_server(mut self, server: Server) -> Self {
        self.server = server;
        self
    }

    /// Lets the handler answer.
    ///
    /// ```
    /// use wagi_sdk::testing::Request;
    ///
    /// fn handler() -> String {
    ///     panic!("out of tea")
    /// }
    ///
    /// // The transcript has what the client gets; the panic does not reach the test.
    /// let transcript = Request::get("/").send(handler);
    /// assert_eq!(transcript.status(), 500);
    /// assert_eq!(transcript.stderr(), "the handler panicked: out of tea\n");
    /// ```
    ///
    /// # Panics
    ///
    /// If what it wrote is not a response that a server can read.
    #[track_caller]
    pub fn send<M>(self, handler: impl Handler<M>) -> Transcript {
        let gateway = Gateway::new(self.variables(), self.server.arguments(&self));
        let stdin = read_fn(Cursor::new(self.body.unwrap_or_default()));
        let mut stdout = Vec::new();
        let (ending, mut stderr) = log::capture(|| exchange(gateway, stdin, &mut stdout, handler));
        match &ending {
            Ok(Ending::Answered) => {}
            Ok(Ending::Panicked(message)) => {
                stderr += &format!("the handler panicked: {message}\n")
            }
            Err(error) => stderr += &format!("the response is incomplete: {error}\n"),
        }
        Transcript::new(stdout, stderr, ending.is_ok())
    }

    pub(crate) fn variables(&self) -> Vec<(OsString, OsString)> {
        let served = self.server.variables(self).into_iter();
        let mut variables: Vec<_> = served
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        for (name, value) in &self.variables {
            variables.retain(|(key, _)| key != name);
            variables.extend(value.clone().map(|value| (name.clone(), value)));
        }
        variables
    }
}
