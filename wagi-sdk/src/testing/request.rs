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
    /// A request with any method. The target is a path below the mount, with a query if need be.
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
    pub fn get(target: impl AsRef<str>) -> Self {
        Self::new("GET", target)
    }

    /// A HEAD.
    pub fn head(target: impl AsRef<str>) -> Self {
        Self::new("HEAD", target)
    }

    /// A POST.
    pub fn post(target: impl AsRef<str>) -> Self {
        Self::new("POST", target)
    }

    /// A PUT.
    pub fn put(target: impl AsRef<str>) -> Self {
        Self::new("PUT", target)
    }

    /// A PATCH.
    pub fn patch(target: impl AsRef<str>) -> Self {
        Self::new("PATCH", target)
    }

    /// A DELETE.
    pub fn delete(target: impl AsRef<str>) -> Self {
        Self::new("DELETE", target)
    }

    /// Mounts the handler: at `/app` its route is `/app/...`. Otherwise it is at the root, on `/...`.
    #[must_use]
    pub fn mounted_at(mut self, mount: impl Into<String>) -> Self {
        self.mount = mount.into();
        self
    }

    /// Adds a header field; again, if it is there.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sets the body to JSON, and `Content-Type` with it.
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
    #[must_use]
    pub fn var(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), Some(value.into())));
        self
    }

    /// Takes a variable away.
    #[must_use]
    pub fn without_var(mut self, name: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), None));
        self
    }

    /// Fills the variables as this server would; as the reference host does, unless said.
    #[must_use]
    pub fn as_server(mut self, server: Server) -> Self {
        self.server = server;
        self
    }

    /// Lets the handler answer.
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
