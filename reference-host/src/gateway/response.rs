//! From a header block to the head of a response.

use super::{HeaderBlock, SERVER_SOFTWARE};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, SERVER};

/// Status and fields of a response, without anything about its framing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// The status of the response.
    pub status: StatusCode,
    /// Its fields; Content-Length and Date are added when it is sent.
    pub headers: HeaderMap,
}

/// Turns what the module said into what the client is told.
///
/// An explicit Status wins; otherwise a Location makes a 302, and everything else a 200.
///
/// Requirements: status.default-200, status.alone, location.*, header-block.server-fields,
/// header-block.cgi-field-once.
pub fn response_head(block: HeaderBlock) -> ResponseHead {
    let status = match (block.status, &block.location) {
        (Some(status), _) => status,
        (None, Some(_)) => StatusCode::FOUND,
        (None, None) => StatusCode::OK,
    };
    let mut headers = block.fields;
    if let Some(content_type) = block.content_type {
        headers.insert(CONTENT_TYPE, content_type);
    }
    if let Some(location) = block.location {
        headers.insert(LOCATION, location);
    }
    headers.insert(SERVER, HeaderValue::from_static(SERVER_SOFTWARE));
    ResponseHead { status, headers }
}

impl ResponseHead {
    /// Whether a response with this status has no body, whatever the module wrote.
    ///
    /// Requirement: status.bodiless.
    pub fn is_bodiless(&self) -> bool {
        matches!(
            self.status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::BlockLimits;

    fn head(block: &str) -> ResponseHead {
        response_head(HeaderBlock::parse(block.as_bytes(), &BlockLimits::default()).unwrap())
    }

    #[test]
    fn the_status_of_a_response() {
        for (block, status) in [
            ("Content-Type: a/b\n\n", 200),
            ("Location: http://h/x\n\n", 302),
            ("Location: /x\n\n", 302),
            ("Location: http://h/x\nStatus: 301\n\n", 301),
            ("Status: 301\nLocation: http://h/x\n\n", 301),
            ("Status: 201\nLocation: /x\n\n", 201),
            ("Status: 200\nLocation: /x\n\n", 200),
            ("Location: \nContent-Type: a/b\n\n", 200),
        ] {
            assert_eq!(head(block).status, status, "{block:?}");
        }
    }

    #[test]
    fn cgi_fields_are_sent_once_and_status_is_not() {
        let head = head(
            "Content-Type: a/b\nStatus: 301\nLocation: /1\nLocation: /2\nContent-Type: c/d\n\n",
        );
        let names: Vec<&str> = head.headers.keys().map(|name| name.as_str()).collect();
        assert_eq!(names, ["content-type", "location", "server"]);
        assert_eq!(head.headers.get_all("content-type").iter().count(), 1);
        assert_eq!(head.headers["content-type"], "c/d");
        assert_eq!(head.headers["location"], "/2");
    }

    #[test]
    fn a_redirect_keeps_the_other_fields() {
        let head = head("Location: http://h:1/x?y#z\nSet-Cookie: a=1\nSet-Cookie: b=2\n\n");
        assert_eq!(head.headers["location"], "http://h:1/x?y#z");
        assert_eq!(head.headers.get_all("set-cookie").iter().count(), 2);
    }
}
