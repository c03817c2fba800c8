//! Where a response leads that says "elsewhere".

use http::header::{AUTHORIZATION, COOKIE, LOCATION};
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, StatusCode, Uri};

/// The next request behind a redirect: its method and URL. `headers` lose what is meant for the
/// first host only (RFC 9110, section 15.4).
pub(crate) fn redirected(
    status: StatusCode,
    response: &HeaderMap,
    method: &Method,
    uri: &Uri,
    headers: &mut HeaderMap,
) -> Option<(Method, Uri)> {
    let method = match status.as_u16() {
        301 | 302 if *method == Method::POST => Method::GET,
        303 if *method != Method::HEAD => Method::GET,
        301 | 302 | 303 | 307 | 308 => method.clone(),
        _ => return None,
    };
    let next = resolve(uri, response.get(LOCATION)?.to_str().ok()?)?;
    let place = |uri: &Uri| (uri.scheme().cloned(), uri.authority().cloned());
    if place(&next) != place(uri) {
        headers.remove(AUTHORIZATION);
        headers.remove(COOKIE);
    }
    Some((method, next))
}

/// Resolves a reference (RFC 3986, section 5.2), without its fragment. Dot segments are left for the
/// other server to resolve.
fn resolve(base: &Uri, reference: &str) -> Option<Uri> {
    let reference = reference.split('#').next()?;
    let scheme = base.scheme_str()?;
    let authority = base.authority()?;
    let path = base.path();
    let is_scheme = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric());
    let has_scheme = reference
        .split_once("://")
        .is_some_and(|(scheme, _)| is_scheme(scheme));
    let text = if has_scheme {
        reference.to_string()
    } else if reference.starts_with("//") {
        format!("{scheme}:{reference}")
    } else if reference.starts_with('/') {
        format!("{scheme}://{authority}{reference}")
    } else if reference.is_empty() {
        let path = base.path_and_query().map_or("/", PathAndQuery::as_str);
        format!("{scheme}://{authority}{path}")
    } else if reference.starts_with('?') {
        format!("{scheme}://{authority}{path}{reference}")
    } else {
        let folder = &path[..=path.rfind('/')?];
        format!("{scheme}://{authority}{folder}{reference}")
    };
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        let base: Uri = "http://a.example:81/b/c?d".parse().unwrap();
        for (reference, expected) in [
            ("https://x.example/y#z", "https://x.example/y"),
            ("//x.example/y", "http://x.example/y"),
            ("/y?z", "http://a.example:81/y?z"),
            ("y", "http://a.example:81/b/y"),
            ("?e", "http://a.example:81/b/c?e"),
            ("", "http://a.example:81/b/c?d"),
            ("/y?u=http://x/", "http://a.example:81/y?u=http://x/"),
            ("y?u=http://x/", "http://a.example:81/b/y?u=http://x/"),
        ] {
            assert_eq!(
                resolve(&base, reference).unwrap().to_string(),
                expected,
                "{reference}"
            );
        }
    }

    #[test]
    fn methods_and_credentials() {
        let base: Uri = "https://a.example/b".parse().unwrap();
        let go = |status: u16, method: Method, location: &str| {
            let mut sent = HeaderMap::new();
            sent.insert(AUTHORIZATION, "secret".parse().unwrap());
            let mut received = HeaderMap::new();
            received.insert(LOCATION, location.parse().unwrap());
            let status = StatusCode::from_u16(status).unwrap();
            let next = redirected(status, &received, &method, &base, &mut sent);
            next.map(|(method, uri)| (method, uri.to_string(), sent.contains_key(AUTHORIZATION)))
        };
        let there = |method, uri: &str, has_secret| Some((method, uri.to_string(), has_secret));
        assert_eq!(
            go(302, Method::POST, "/c"),
            there(Method::GET, "https://a.example/c", true)
        );
        assert_eq!(
            go(307, Method::POST, "/c"),
            there(Method::POST, "https://a.example/c", true)
        );
        assert_eq!(
            go(303, Method::PUT, "/c"),
            there(Method::GET, "https://a.example/c", true)
        );
        let elsewhere = go(302, Method::GET, "https://b.example/");
        assert_eq!(elsewhere, there(Method::GET, "https://b.example/", false));
        let downgraded = go(302, Method::GET, "http://a.example/");
        assert_eq!(downgraded, there(Method::GET, "http://a.example/", false));
        assert_eq!(go(200, Method::GET, "/c"), None);
        assert_eq!(go(304, Method::GET, "/c"), None);
    }
}
