//! From meta-variables and standard input to the pieces of a request.
//!
//! Whatever the environment holds, each is that piece or an answer to the client, never a panic.

use std::ffi::OsStr;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};

use super::is_connection_level;
use crate::body::{Body, BodyError, ReadFn};
use crate::{Error, Gateway};

/// The method as sent, letter case kept (`env.request-method`); GET if a person starts the handler by hand.
pub(crate) fn method(value: &[u8]) -> Result<Method, Error> {
    if value.is_empty() {
        return Ok(Method::GET);
    }
    Method::from_bytes(value).map_err(|_| {
        Error::status(StatusCode::BAD_REQUEST)
            .public("The request method is not one that HTTP can write.")
    })
}

/// deislabs/wagi's documentation shows `http`, others pass what arrived behind a proxy; HTTP/1.1 where it says nothing.
pub(crate) fn version(protocol: &[u8]) -> Version {
    match protocol {
        b"HTTP/0.9" => Version::HTTP_09,
        b"HTTP/1.0" => Version::HTTP_10,
        b"HTTP/2.0" | b"HTTP/2" => Version::HTTP_2,
        b"HTTP/3.0" | b"HTTP/3" => Version::HTTP_3,
        _ => Version::HTTP_11,
    }
}

pub(crate) fn headers(gateway: &Gateway) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    for (name, value) in gateway.vars() {
        let Some(name) = field_name(name) else {
            continue;
        };
        if let Ok(value) = HeaderValue::from_bytes(value.as_encoded_bytes()) {
            headers.append(name, value);
        }
    }
    let media_type = content_type(gateway);
    if !media_type.is_empty()
        && let Ok(value) = HeaderValue::from_bytes(&media_type)
    {
        headers.insert(CONTENT_TYPE, value);
    }
    // 0 is what some servers say of a request without a body, where others say nothing (`env.content-length.no-body`).
    if let Some(Ok(length @ 1..)) = content_length(&gateway.peek("CONTENT_LENGTH")) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    headers
}

/// deislabs/wagi and Spin leave CONTENT_TYPE empty and fill HTTP_CONTENT_TYPE (`env.content-type.unchanged`).
pub(crate) fn content_type(gateway: &Gateway) -> Vec<u8> {
    let value = gateway.peek("CONTENT_TYPE");
    if value.is_empty() {
        gateway.peek("HTTP_CONTENT_TYPE")
    } else {
        value
    }
}

/// The field behind an `HTTP_` variable, in any letter case (WAGI.NET keeps the client's).
///
/// Left out: what has its own variable, what speaks of the connection rather than of the request
/// (`field.connection-level.withheld`), and `Proxy`, which no client means well (`field.proxy.dropped`).
fn field_name(variable: &OsStr) -> Option<HeaderName> {
    let field = variable.as_encoded_bytes().strip_prefix(b"HTTP_")?;
    let mut name = field.to_ascii_lowercase();
    for byte in &mut name {
        if *byte == b'_' {
            *byte = b'-';
        }
    }
    match &*name {
        b"content-type" | b"content-length" | b"proxy" => return None,
        _ if is_connection_level(&name) => return None,
        _ => {}
    }
    HeaderName::from_bytes(&name).ok()
}

/// The body ends where `CONTENT_LENGTH` says (RFC 3875 §4.2), or, since several servers leave it out for chunked
/// requests, at the end of input.
pub(crate) fn body(length: &[u8], stdin: Box<ReadFn>) -> Body {
    match content_length(length) {
        None => Body::undeclared(stdin),
        Some(Ok(0)) => Body::empty(),
        Some(Ok(length)) => Body::declared(stdin, length),
        Some(Err(broken)) => Body::failing(broken),
    }
}

/// `None` if unset or empty.
fn content_length(value: &[u8]) -> Option<Result<u64, BodyError>> {
    let text = value.trim_ascii();
    if text.is_empty() {
        return None;
    }
    // `parse` alone would let a sign pass.
    let digits = std::str::from_utf8(text)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    Some(
        digits
            .and_then(|text| text.parse().ok())
            .ok_or(BodyError::BadLength),
    )
}
