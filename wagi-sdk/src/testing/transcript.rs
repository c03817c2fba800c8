//! What a handler wrote, read back.

use std::borrow::Cow;
use std::fmt;

use http::StatusCode;
use serde::de::DeserializeOwned;

/// What a handler wrote in answer to a test's request.
///
/// ```
/// use wagi_sdk::{Error, StatusCode, testing::Request};
///
/// let handler = || -> Result<String, Error> { Ok(std::fs::read_to_string("no/such/file")?) };
/// let transcript = Request::get("/").send(handler);
/// assert_eq!(transcript.status(), StatusCode::INTERNAL_SERVER_ERROR);
/// assert_eq!(transcript.text(), "Internal Server Error\n");
/// assert!(transcript.stderr().starts_with("500 Internal Server Error: "));
/// ```
pub struct Transcript {
    stdout: Vec<u8>,
    stderr: String,
    complete: bool,
    status: StatusCode,
    fields: Vec<(String, String)>,
    body_start: usize,
}

impl Transcript {
    /// Reads the output as strictly as the strictest server would.
    #[track_caller]
    pub(super) fn new(stdout: Vec<u8>, stderr: String, complete: bool) -> Self {
        match read(&stdout) {
            Ok((status, fields, body_start)) => Self {
                stdout,
                stderr,
                complete,
                status,
                fields,
                body_start,
            },
            Err(why) => panic!("{why} in {:?}", String::from_utf8_lossy(&stdout)),
        }
    }

    /// The status; compares with a number, too.
    ///
    /// ```
    /// use wagi_sdk::{StatusCode, testing::Request};
    ///
    /// let transcript = Request::delete("/").send(|| StatusCode::NO_CONTENT);
    /// assert_eq!(transcript.status(), StatusCode::NO_CONTENT);
    /// assert_eq!(transcript.status(), 204);
    /// ```
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// All header fields but `Status` in the order in which they were written, repeated ones included.
    ///
    /// ```
    /// use wagi_sdk::{SetCookie, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| (SetCookie::new("a", "1"), SetCookie::new("b", "2"), "Hello!"));
    /// let names: Vec<_> = transcript.fields().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["Content-Type", "Set-Cookie", "Set-Cookie", "Content-Length"]);
    /// ```
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The value of the first field of this name, in any letter case.
    ///
    /// ```
    /// use wagi_sdk::{Json, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| Json(7));
    /// assert_eq!(transcript.field("content-type"), Some("application/json"));
    /// assert_eq!(transcript.field("Location"), None);
    /// ```
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields_named(name).first().copied()
    }

    /// The values of all fields of this name, in any letter case.
    ///
    /// ```
    /// use wagi_sdk::{SetCookie, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| (SetCookie::new("a", "1"), SetCookie::removal("b"), "Hello!"));
    /// assert_eq!(transcript.fields_named("set-cookie").len(), 2);
    /// assert!(transcript.fields_named("set-cookie")[0].starts_with("a=1"));
    /// ```
    pub fn fields_named(&self, name: &str) -> Vec<&str> {
        self.fields()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }

    /// The body.
    ///
    /// ```
    /// use wagi_sdk::testing::Request;
    ///
    /// let transcript = Request::get("/").send(|| vec![0x89, b'P', b'N', b'G']);
    /// assert_eq!(transcript.body(), b"\x89PNG");
    /// ```
    pub fn body(&self) -> &[u8] {
        &self.stdout[self.body_start..]
    }

    /// The body as text; what is no UTF-8 becomes U+FFFD.
    ///
    /// ```
    /// use wagi_sdk::{Html, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| Html("<p>Hello!"));
    /// assert_eq!(transcript.text(), "<p>Hello!");
    /// ```
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.body())
    }

    /// The body as JSON.
    ///
    /// ```
    /// use wagi_sdk::{Json, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| Json([("tea", 2), ("cake", 1)]));
    /// let order: Vec<(String, u32)> = transcript.json();
    /// assert_eq!(order[1], ("cake".to_owned(), 1));
    /// ```
    ///
    /// # Panics
    ///
    /// If it is not such JSON.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(self.body()) {
            Ok(value) => value,
            Err(error) => panic!("the body is not the JSON that was expected: {error}\n{self:?}"),
        }
    }

    /// Every byte that went to standard output.
    ///
    /// ```
    /// use wagi_sdk::{StatusCode, testing::Request};
    ///
    /// let transcript = Request::get("/").send(|| (StatusCode::ACCEPTED, vec![0xff]));
    /// let stdout = b"Content-Type: application/octet-stream\nContent-Length: 1\nStatus: 202 Accepted\n\n\xff";
    /// assert_eq!(transcript.raw_stdout(), stdout);
    /// ```
    pub fn raw_stdout(&self) -> &[u8] {
        &self.stdout
    }

    /// The header block as it was written, without the empty line.
    ///
    /// ```
    /// use wagi_sdk::{Redirect, testing::Request};
    ///
    /// let transcript = Request::post("/").send(|| Redirect::see_other("/done"));
    /// assert_eq!(transcript.header_block(), "Location: /done\nContent-Length: 0\nStatus: 303 See Other\n");
    /// ```
    pub fn header_block(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.stdout[..self.body_start - 1])
    }

    /// What went to the log: the private part of an error, the message of a panic, why a response broke off.
    ///
    /// ```
    /// use wagi_sdk::{Error, StatusCode, testing::Request};
    ///
    /// fn handler() -> Result<String, Error> {
    ///     Err(Error::new(StatusCode::BAD_GATEWAY, "no answer from 10.0.0.7").public("Come back later."))
    /// }
    ///
    /// let transcript = Request::get("/").send(handler);
    /// assert_eq!(transcript.text(), "Come back later.\n");
    /// assert_eq!(transcript.stderr(), "502 Bad Gateway: no answer from 10.0.0.7\n");
    /// ```
    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    /// Whether the response was written to its end; it is not if a stream failed on its way.
    ///
    /// ```
    /// use std::io::{Error, Write};
    /// use wagi_sdk::{Body, testing::Request};
    ///
    /// let report = || Body::stream(|out| {
    ///     out.write_all(b"the first line\n")?;
    ///     Err(Error::other("the disk is gone"))
    /// });
    /// let transcript = Request::get("/").send(report);
    /// assert_eq!(transcript.text(), "the first line\n");
    /// assert!(!transcript.is_complete());
    /// ```
    pub fn is_complete(&self) -> bool {
        self.complete
    }
}

/// The output as it is, then the log: what a failed assertion should show.
impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(&self.stdout))?;
        if !self.stderr.is_empty() {
            write!(f, "\n--- standard error ---\n{}", self.stderr)?;
        }
        Ok(())
    }
}

type Read = (StatusCode, Vec<(String, String)>, usize);

fn read(stdout: &[u8]) -> Result<Read, String> {
    let mut fields = Vec::new();
    let mut status = None;
    let mut rest = stdout;
    loop {
        let end = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or("no empty line ends the header block")?;
        let (line, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if line.is_empty() {
            break;
        }
        let shown = String::from_utf8_lossy(line);
        if line.iter().any(|byte| matches!(byte, b'\r' | b'\0')) {
            return Err(format!("a CR or NUL in the header line {shown:?}"));
        }
        let (name, value) = shown
            .split_once(": ")
            .ok_or_else(|| format!("no colon in the header line {shown:?}"))?;
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(format!("no field name in the header line {shown:?}"));
        }
        if !name.eq_ignore_ascii_case("status") {
            fields.push((name.to_owned(), value.to_owned()));
        } else if status.replace(value.to_owned()).is_some() {
            return Err("two Status fields".to_owned());
        }
    }
    let is_set = |name: &str| fields.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
    let code = match &status {
        Some(value) => value.split(' ').next().unwrap_or_default(),
        None if is_set("location") => "302",
        None if is_set("content-type") => "200",
        None => return Err("none of Content-Type, Location, Status".to_owned()),
    };
    let status = code
        .parse()
        .map_err(|_| format!("no status code in {code:?}"))?;
    Ok((status, fields, stdout.len() - rest.len()))
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
