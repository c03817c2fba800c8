//! A folder whose files are served.

use super::FileBody;
use super::conditions::{Condition, Validators};
use super::encoding::accepted;
use super::media_type::media_type;
use super::open::{Found, OpenFile, Wanted};
use super::range::{RangeVerdict, range};
use crate::observe::RouteMetrics;
use http::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    LAST_MODIFIED, LOCATION, RANGE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What `Allow` says of every folder.
const ALLOWED: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// A folder whose files are served: a `[[static]]` entry.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub(crate) route: Arc<str>,
    pub(crate) root: PathBuf,
    pub(crate) index: Option<String>,
    pub(crate) hidden: bool,
    pub(crate) precompressed: bool,
    pub(crate) cache_control: Option<HeaderValue>,
    pub(crate) metrics: Arc<RouteMetrics>,
}

/// A request that a folder is to answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) headers: &'a HeaderMap,
    /// The whole path as it was sent, and the query.
    pub(crate) raw_path: &'a str,
    pub(crate) query: Option<&'a str>,
}

/// Why there is no file to send.
#[derive(Debug)]
pub(crate) enum FileError {
    /// 404
    NotFound,
    /// 405; with the value of `Allow`.
    Method(HeaderValue),
    /// 500; the text is for the log only.
    Storage(io::Error),
}

impl Folder {
    /// Answers a request for the decoded segments of a path below the route.
    pub(crate) async fn answer<'s>(
        &self,
        request: FileRequest<'_>,
        segments: impl Iterator<Item = &'s str>,
    ) -> Result<Response<FileBody>, FileError> {
        match *request.method {
            Method::GET | Method::HEAD => {}
            Method::OPTIONS => return Ok(options()),
            _ => return Err(FileError::Method(ALLOWED)),
        }
        let name = self.name(segments).ok_or(FileError::NotFound)?;
        let is_directory = name.is_directory;
        let path = match (is_directory, &self.index) {
            (true, Some(index)) => name.path.join(index),
            (true, None) => return Err(FileError::NotFound),
            (false, _) => name.path,
        };
        let encodings = match self.precompressed {
            true => accepted(request.headers),
            false => Vec::new(),
        };
        let wanted = Wanted {
            root: self.root.clone(),
            path: path.clone(),
            encodings,
        };
        let opened = tokio::task::spawn_blocking(move || wanted.open()).await;
        match opened.map_err(io::Error::other).and_then(|found| found) {
            Ok(Found::File(open)) => self.send(request, &path, open).map_err(FileError::Storage),
            Ok(Found::Directory) if !is_directory && self.index.is_some() => {
                with_slash(request).ok_or(FileError::NotFound)
            }
            Ok(_) => Err(FileError::NotFound),
            Err(error) => Err(FileError::Storage(error)),
        }
    }

    /// The path below the folder. Nothing where no file can have that name: an encoded slash or an
    /// empty segment inside, or a name with a dot in front where those are not served.
    fn name<'s>(&self, segments: impl Iterator<Item = &'s str>) -> Option<Name> {
        let mut segments = segments.peekable();
        let mut path = PathBuf::new();
        let mut is_directory = false;
        while let Some(segment) = segments.next() {
            let is_last = segments.peek().is_none();
            let is_hidden = segment.starts_with('.') && segment != ".well-known";
            match segment {
                "" if is_last => is_directory = true,
                "" | "." | ".." => return None,
                _ if segment.contains(['/', '\\', '\0']) => return None,
                _ if is_hidden && !self.hidden => return None,
                _ => path.push(segment),
            }
        }
        Some(Name { path, is_directory })
    }

    fn send(
        &self,
        request: FileRequest<'_>,
        path: &Path,
        open: OpenFile,
    ) -> io::Result<Response<FileBody>> {
        let encoding = open.encoding.map(super::encoding::Encoding::name);
        let validators = Validators::new(open.modified, open.size, encoding);
        let mut response = Response::new(FileBody::empty());
        let headers = response.headers_mut();
        set(headers, ETAG, &validators.etag);
        set(
            headers,
            LAST_MODIFIED,
            &httpdate::fmt_http_date(validators.modified),
        );
        if let Some(value) = &self.cache_control {
            headers.insert(CACHE_CONTROL, value.clone());
        }
        if self.precompressed {
            headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        match validators.check(request.headers) {
            Condition::Holds => {}
            Condition::NotModified => {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                return Ok(response);
            }
            Condition::Failed => {
                *response.status_mut() = StatusCode::PRECONDITION_FAILED;
                return Ok(response);
            }
        }
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let verdict =
            match request.method == Method::GET && validators.range_applies(request.headers) {
                true => asked_range(request.headers, open.size),
                false => RangeVerdict::Whole,
            };
        let (start, length) = match verdict {
            RangeVerdict::Unsatisfiable => {
                set(headers, CONTENT_RANGE, &format!("bytes */{}", open.size));
                *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
                return Ok(response);
            }
            RangeVerdict::Whole => (0, open.size),
            RangeVerdict::Part { start, length } => {
                let last = start + length - 1;
                set(
                    headers,
                    CONTENT_RANGE,
                    &format!("bytes {start}-{last}/{}", open.size),
                );
                (start, length)
            }
        };
        set(headers, CONTENT_TYPE, &media_type(path));
        if let Some(name) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        if headers.contains_key(CONTENT_RANGE) {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        *response.body_mut() = match request.method == Method::HEAD {
            true => FileBody::announced(length),
            false => FileBody::part(open.file, start, length)?,
        };
        Ok(response)
    }
}

struct Name {
    path: PathBuf,
    /// Whether the path ends in a slash.
    is_directory: bool,
}

fn asked_range(headers: &HeaderMap, size: u64) -> RangeVerdict {
    let mut values = headers.get_all(RANGE).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (Some(Ok(value)), None) => range(value, size),
        _ => RangeVerdict::Whole,
    }
}

/// A directory is called with a slash at the end, so that relative links in its index are right. The
/// query stays. A path that a browser would read as the name of another host is not sent.
fn with_slash(request: FileRequest<'_>) -> Option<Response<FileBody>> {
    let path = request.raw_path;
    if path.starts_with("//") || path.contains('\\') {
        return None;
    }
    let location = match request.query {
        Some(query) => format!("{path}/?{query}"),
        None => format!("{path}/"),
    };
    let mut response = Response::new(FileBody::empty());
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    let location = HeaderValue::from_bytes(location.as_bytes()).ok()?;
    response.headers_mut().insert(LOCATION, location);
    Some(response)
}

fn options() -> Response<FileBody> {
    let mut response = Response::new(FileBody::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(ALLOW, ALLOWED);
    response
}

/// The values are made of visible ASCII.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(path: &str, hidden: bool) -> Option<String> {
        let folder = Folder {
            route: "/...".into(),
            root: PathBuf::new(),
            index: None,
            hidden,
            precompressed: false,
            cache_control: None,
            metrics: Arc::default(),
        };
        let path = crate::gateway::RequestPath::parse(path).ok()?;
        let name = folder.name(path.segments())?;
        let slash = if name.is_directory { "/" } else { "" };
        Some(format!("{}{slash}", name.path.display()))
    }

    #[test]
    fn names() {
        for (path, expected) in [
            ("/", Some("/")),
            ("/a", Some("a")),
            ("/a/", Some("a/")),
            ("/a/b.txt", Some("a/b.txt")),
            ("/a/../b", Some("b")),
            ("/%2e%2e/b", None),
            ("/a%2Fb", None),
            ("/..%2f..%2fetc/passwd", None),
            ("/a%5Cb", None),
            ("//a", None),
            ("/a//b", None),
            ("/a%00b", None),
            ("/.git/config", None),
            ("/a/.htpasswd", None),
            ("/.well-known/x", Some(".well-known/x")),
            ("/...", None),
            ("/caf%C3%A9", Some("café")),
        ] {
            assert_eq!(name(path, false).as_deref(), expected, "{path}");
        }
        assert_eq!(name("/.git/config", true).as_deref(), Some(".git/config"));
        assert_eq!(name("/..%2fx", true), None);
    }
}
