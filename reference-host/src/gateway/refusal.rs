//! Requests that are refused before any route is looked at, and the host of those that are not.

use super::{PathError, RequestHost, RequestPath};
use http::header::{CONTENT_LENGTH, HOST, HeaderMap, TRANSFER_ENCODING};
use http::{Method, StatusCode, Version, request};
use std::fmt;

/// Why a request is refused.
///
/// Requirements: security.*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// TRACE or CONNECT.
    Method,
    /// A target that is neither a path nor an absolute URL of `http` or `https`.
    Target,
    /// HTTP/1.1 without Host.
    NoHost,
    /// More than one Host.
    ManyHosts,
    /// A Host, or an authority of the target, that is none.
    InvalidHost,
    /// More than one Content-Length.
    ManyLengths,
    /// A Transfer-Encoding that is more than `chunked`, said once.
    TransferCoding,
    /// An `:authority` and a Host that say different things.
    DifferentHosts,
    /// A trusted proxy's fields that cannot be read.
    Forwarded,
    /// A path that cannot be delivered.
    Path(PathError),
}

impl Refusal {
    /// The status to answer with.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TransferCoding => StatusCode::NOT_IMPLEMENTED,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "this method is not served",
            Self::Target => "the request target is neither a path nor an http URL",
            Self::NoHost => "the Host field is missing",
            Self::ManyHosts => "there is more than one Host field",
            Self::InvalidHost => "the host is not a valid name or address",
            Self::ManyLengths => "there is more than one Content-Length field",
            Self::TransferCoding => "bodies can be sent chunked, once, and in no other coding",
            Self::DifferentHosts => "the host is said twice, and not in the same way",
            Self::Forwarded => "the fields of the proxy are malformed",
            Self::Path(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for Refusal {}

/// What is known of a request that is not refused.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Its path.
    pub path: RequestPath,
    /// The host that the client named, if it named one.
    pub host: Option<RequestHost>,
}

/// Looks at everything that does not depend on routes.
///
/// Requirements: security.host, security.content-length, security.trace, route.absolute-form.
pub fn accept(request: &request::Parts) -> Result<Accepted, Refusal> {
    if request.method == Method::TRACE || request.method == Method::CONNECT {
        return Err(Refusal::Method);
    }
    if request.headers.get_all(CONTENT_LENGTH).iter().count() > 1 {
        return Err(Refusal::ManyLengths);
    }
    if has_foreign_coding(&request.headers) {
        return Err(Refusal::TransferCoding);
    }
    let sent = sent_host(request)?;
    let host = match (request.uri.scheme_str(), request.uri.authority()) {
        (None, None) => sent,
        (Some("http" | "https"), Some(authority)) => {
            let host = RequestHost::parse(authority.as_str()).map_err(|_| Refusal::InvalidHost)?;
            // HTTP/1.1 lets the target win (RFC 9112, 3.2.2); in HTTP/2 the two are one.
            let is_one = request.version >= Version::HTTP_2;
            if is_one && sent.is_some_and(|sent| !sent.is_same(&host)) {
                return Err(Refusal::DifferentHosts);
            }
            Some(host)
        }
        _ => return Err(Refusal::Target),
    };
    let path = match RequestPath::parse(request.uri.path()) {
        Ok(path) => path,
        Err(PathError::NotAbsolute) => return Err(Refusal::Target),
        Err(error) => return Err(Refusal::Path(error)),
    };
    Ok(Accepted { path, host })
}

/// hyper takes the last coding for the framing, whatever stands before it: the module would get a
/// body that is still coded, and a proxy that reads the field otherwise could be played off against
/// this server.
fn has_foreign_coding(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => false,
        (Some(coding), None) => !coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => true,
    }
}

/// An empty Host is a valid one that names nothing.
fn sent_host(request: &request::Parts) -> Result<Option<RequestHost>, Refusal> {
    let mut hosts = request.headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host,
        (Some(_), Some(_)) => return Err(Refusal::ManyHosts),
        (None, _) if request.version < Version::HTTP_11 => return Ok(None),
        (None, _) if request.version >= Version::HTTP_2 => return Ok(None),
        (None, _) => return Err(Refusal::NoHost),
    };
    if host.is_empty() {
        return Ok(None);
    }
    let host = host.to_str().map_err(|_| Refusal::InvalidHost)?;
    RequestHost::parse(host)
        .map(Some)
        .map_err(|_| Refusal::InvalidHost)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(
        method: &str,
        target: &str,
        version: Version,
        headers: &[(&str, &str)],
    ) -> Result<(String, Option<String>), Refusal> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(target)
            .version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let accepted = accept(&parts)?;
        let host = accepted.host.map(|host| host.authority().to_string());
        Ok((accepted.path.raw().to_string(), host))
    }

    #[test]
    fn hosts() {
        let v11 = Version::HTTP_11;
        let ok = |host: Option<&str>| Ok(("/x".to_string(), host.map(str::to_string)));
        for (target, version, headers, expected) in [
            ("/x", v11, vec![("Host", "a:81")], ok(Some("a:81"))),
            ("/x", v11, vec![("Host", "")], ok(None)),
            ("/x", Version::HTTP_10, vec![], ok(None)),
            ("http://b/x", v11, vec![("Host", "a")], ok(Some("b"))),
            ("https://b:1/x", Version::HTTP_10, vec![], ok(Some("b:1"))),
            ("/x", v11, vec![], Err(Refusal::NoHost)),
            ("http://b/x", v11, vec![], Err(Refusal::NoHost)),
            ("http://b/x", Version::HTTP_2, vec![], ok(Some("b"))),
            (
                "https://B/x",
                Version::HTTP_2,
                vec![("Host", "b")],
                ok(Some("B")),
            ),
            (
                "/x",
                Version::HTTP_2,
                vec![("Host", "b:1")],
                ok(Some("b:1")),
            ),
            ("/x", Version::HTTP_2, vec![], ok(None)),
            (
                "http://b/x",
                Version::HTTP_2,
                vec![("Host", "a")],
                Err(Refusal::DifferentHosts),
            ),
            (
                "/x",
                v11,
                vec![("Host", "a"), ("Host", "a")],
                Err(Refusal::ManyHosts),
            ),
            (
                "/x",
                Version::HTTP_10,
                vec![("Host", "a"), ("Host", "a")],
                Err(Refusal::ManyHosts),
            ),
            ("/x", v11, vec![("Host", "a b")], Err(Refusal::InvalidHost)),
            (
                "http://u@b/x",
                v11,
                vec![("Host", "b")],
                Err(Refusal::InvalidHost),
            ),
        ] {
            assert_eq!(
                accepted("GET", target, version, &headers),
                expected,
                "{target} {headers:?}"
            );
        }
    }

    #[test]
    fn codings() {
        for (codings, expected) in [
            (vec!["chunked"], true),
            (vec!["Chunked"], true),
            (vec!["gzip, chunked"], false),
            (vec!["chunked, chunked"], false),
            (vec!["chunked", "chunked"], false),
            (vec!["identity"], false),
        ] {
            let mut headers = vec![("Host", "a")];
            headers.extend(codings.iter().map(|coding| ("Transfer-Encoding", *coding)));
            let accepted = accepted("POST", "/", Version::HTTP_11, &headers);
            assert_eq!(accepted.is_ok(), expected, "{codings:?}");
            assert!(expected || accepted == Err(Refusal::TransferCoding));
        }
    }

    #[test]
    fn methods_and_targets() {
        let host = [("Host", "a")];
        for (method, target, refusal) in [
            ("TRACE", "/", Refusal::Method),
            ("CONNECT", "a:80", Refusal::Method),
            ("OPTIONS", "*", Refusal::Target),
            ("GET", "ftp://a/", Refusal::Target),
            ("GET", "a:80", Refusal::Target),
            ("GET", "/%zz", Refusal::Path(PathError::MalformedEscape)),
        ] {
            assert_eq!(
                accepted(method, target, Version::HTTP_11, &host),
                Err(refusal),
                "{target}"
            );
        }
        for method in ["GET", "get", "FOO", "OPTIONS", "DELETE"] {
            assert!(accepted(method, "/", Version::HTTP_11, &host).is_ok());
        }
        assert_eq!(
            accepted("GET", "http://a", Version::HTTP_11, &host)
                .unwrap()
                .0,
            "/"
        );
    }
}
