//! What is sent.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::bytes::Bytes;

/// What is sent: structured, as a module output, or byte for byte.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Request {
    /// `GET` by default, `POST` where there is a `body` or `output`.
    #[serde(default)]
    pub method: Option<String>,
    /// The request target as it goes on the wire; `{mount}` by default.
    #[serde(default)]
    pub target: Option<Bytes>,
    /// `1.1` by default.
    #[serde(default)]
    pub version: Version,
    /// Header fields in order, names as written. `Host: {host}` goes first unless a field here is
    /// named `Host` or `omit-host` is set.
    #[serde(default, deserialize_with = "pairs")]
    pub fields: Vec<(Bytes, Bytes)>,
    /// Send no `Host`.
    #[serde(default)]
    pub omit_host: bool,
    /// The body, framed as `framing` says.
    #[serde(default)]
    pub body: Option<Bytes>,
    /// How `body` is framed: `length` by default.
    #[serde(default)]
    pub framing: Framing,
    /// Send `Expect: 100-continue` and wait for the interim response before the body.
    #[serde(default)]
    pub expect_continue: bool,
    /// What the module is to write to standard output: sent as the body to a `cat` mount, or for
    /// GET and HEAD as hex in the query to a `say` mount.
    #[serde(default)]
    pub output: Option<Bytes>,
    /// The whole request, byte for byte; excludes every other key but `half-close`.
    #[serde(default)]
    pub raw: Option<Bytes>,
    /// Close the sending side after the last byte.
    #[serde(default)]
    pub half_close: bool,
}

/// HTTP version of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Version {
    /// HTTP/1.0
    #[serde(rename = "1.0")]
    Http10,
    /// HTTP/1.1
    #[default]
    #[serde(rename = "1.1")]
    Http11,
}

/// How a request body is delimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// `Content-Length`
    #[default]
    Length,
    /// `Transfer-Encoding: chunked`
    Chunked,
    /// Neither field is added; the case writes its own.
    Unframed,
}

// By hand, because a tuple would be read from a longer list too.
fn pairs<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<(Bytes, Bytes)>, D::Error> {
    let pair = |pair: Vec<Bytes>| {
        let pair: Result<[Bytes; 2], _> = pair.try_into();
        pair.map(|[name, value]| (name, value))
            .map_err(|_| D::Error::custom("a field is a pair: [\"Name\", \"value\"]"))
    };
    Vec::deserialize(input)?.into_iter().map(pair).collect()
}
