//! Files from a folder.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Method, StatusCode};

mod media_type;
mod range;

use super::Validators;
use crate::cgi::uri::encode_segment;
use crate::{
    Body, Error, Gateway, Handler, Incoming, IntoResponse, IntoResponseParts, Parts, Redirect,
    Response, Router,
};
use media_type::media_type;
use range::{Range, range};

/// A handler that answers with files from a folder, such as a volume: with media type, `ETag` and `Last-Modified`, a 304
/// for who has it already, and a 206 for who wants a part (`Range`, `If-Range`).
///
/// ```no_run
/// use wagi_sdk::{Files, Router};
///
/// // Everything below the mount…
/// wagi_sdk::serve(Files::in_folder("/public"));
///
/// // …or a part of a router.
/// let assets = Files::in_folder("/assets").cache_control("max-age=86400");
/// wagi_sdk::serve(Router::new().get("/", || "home").nest("/assets", assets));
/// ```
///
/// Which file is said by the path below the mount, or below the [`nest`](crate::Router::nest), also as the fallback of
/// a router there. As the handler for a pattern with parameters, it is said by the last of them. A folder is its
/// `index.html`; without the slash at its end the client is sent there, so that relative links in it are right. Names
/// that begin with a dot, symbolic links and whatever is no plain file or folder are not found:
/// no request leads out of the folder.
///
/// ```
/// use wagi_sdk::{Files, Router, testing::Request};
///
/// # let folder = tempfile::tempdir()?;
/// # let assets = folder.path();
/// # std::fs::create_dir(assets.join("css"))?;
/// # std::fs::write(assets.join("css/site.css"), "p { color: teal }")?;
/// # std::fs::write(assets.join("index.html"), "<p>Hello!")?;
/// let app = || Router::new().nest("/assets", Files::in_folder(assets));
/// let transcript = Request::get("/assets/css/site.css").header("Range", "bytes=4-8").send(app());
/// assert_eq!(transcript.status(), 206);
/// assert_eq!(transcript.text(), "color");
///
/// assert_eq!(Request::get("/assets").send(app()).field("Location"), Some("./assets/"));
/// assert_eq!(Request::get("/assets/").send(app()).text(), "<p>Hello!");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Files {
    folder: PathBuf,
    index: Option<String>,
    cache_control: Option<HeaderValue>,
}

impl Files {
    /// The files in a folder, as the module sees it.
    ///
    /// ```
    /// use wagi_sdk::{Files, testing::Request};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let public = folder.path();
    /// # std::fs::write(public.join("index.html"), "<p>Hello!")?;
    /// let transcript = Request::get("/").send(Files::in_folder(public));
    /// assert_eq!(transcript.field("Content-Type"), Some("text/html; charset=utf-8"));
    /// assert_eq!(transcript.text(), "<p>Hello!");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            index: Some("index.html".to_owned()),
            cache_control: None,
        }
    }

    /// Which file stands for its folder; with `None`, folders are not found.
    ///
    /// ```
    /// use wagi_sdk::{Files, testing::Request};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let public = folder.path();
    /// # std::fs::create_dir(public.join("docs"))?;
    /// # std::fs::write(public.join("docs/readme.txt"), "Read me.")?;
    /// let files = Files::in_folder(public).index(Some("readme.txt"));
    /// assert_eq!(Request::get("/docs/").send(files.clone()).text(), "Read me.");
    /// assert_eq!(Request::get("/docs/").send(files.index(None)).status(), 404);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn index(mut self, name: Option<&str>) -> Self {
        self.index = name.map(str::to_owned);
        self
    }

    /// Sends `Cache-Control` along, such as `max-age=3600`. Without it, clients guess from `Last-Modified`.
    ///
    /// ```
    /// use wagi_sdk::{Files, testing::Request};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let public = folder.path();
    /// # std::fs::write(public.join("logo.svg"), "<svg/>")?;
    /// let files = Files::in_folder(public).cache_control("max-age=3600");
    /// let transcript = Request::get("/logo.svg").send(files);
    /// assert_eq!(transcript.field("Cache-Control"), Some("max-age=3600"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If it cannot stand in a header field.
    pub fn cache_control(mut self, value: &'static str) -> Self {
        self.cache_control = Some(HeaderValue::from_static(value));
        self
    }

    /// Answers with the file at a path of names that are parted by slashes, whatever path was asked for.
    ///
    /// A folder is its index. If neither its path (`""` and `docs/` do, `docs` does not) nor the one that was asked for
    /// ends with a slash, the client is sent to the latter with one.
    ///
    /// ```
    /// use wagi_sdk::{Files, Incoming, testing::Request};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let assets = folder.path();
    /// # std::fs::create_dir(assets.join("images"))?;
    /// # std::fs::write(assets.join("images/logo.svg"), "<svg/>")?;
    /// let files = Files::in_folder(assets);
    /// let logo = |mut request: Incoming| files.respond(request.parts(), "images/logo.svg");
    /// let transcript = Request::get("/favicon.ico").send(logo);
    /// assert_eq!(transcript.field("Content-Type"), Some("image/svg+xml"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn respond(&self, parts: &mut Parts, path: &str) -> Result<Response, Error> {
        self.respond_to(parts, path, path.is_empty() || path.ends_with('/'))
    }

    /// `is_folder` is whether a folder is its index in any case.
    fn respond_to(
        &self,
        parts: &mut Parts,
        path: &str,
        is_folder: bool,
    ) -> Result<Response, Error> {
        if !matches!(*parts.method()?, Method::GET | Method::HEAD) {
            let mut refused = Error::status(StatusCode::METHOD_NOT_ALLOWED).into_response();
            refused
                .headers_mut()
                .insert(http::header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return Ok(refused);
        }
        let (mut file, mut metadata) = self.find(path)?;
        if metadata.is_dir() {
            let Some(index) = &self.index else {
                return Err(not_found());
            };
            file.push(index);
            metadata = fs::symlink_metadata(&file).map_err(unreadable)?;
            if !is_folder && let Some(redirect) = with_slash(parts.gateway()) {
                return Ok(redirect);
            }
        } else if path.ends_with('/') {
            return Err(not_found());
        }
        if !metadata.is_file() {
            return Err(not_found());
        }
        self.answer(parts, &file, &metadata)
    }

    /// The file or folder, with no step out of the folder on the way.
    fn find(&self, path: &str) -> Result<(PathBuf, Metadata), Error> {
        let mut file = self.folder.clone();
        // The folder itself may be a link: the author has named it.
        let mut metadata = fs::metadata(&file).map_err(unreadable)?;
        let path = path.strip_suffix('/').unwrap_or(path);
        for name in path.split('/').filter(|_| !path.is_empty()) {
            // `:` and `\` lead elsewhere on Windows.
            if name.is_empty() || name.starts_with('.') || name.contains(['\\', ':', '\0']) {
                return Err(not_found());
            }
            if !metadata.is_dir() {
                return Err(not_found());
            }
            file.push(name);
            metadata = fs::symlink_metadata(&file).map_err(unreadable)?;
        }
        Ok((file, metadata))
    }

    fn answer(
        &self,
        parts: &mut Parts,
        path: &Path,
        metadata: &Metadata,
    ) -> Result<Response, Error> {
        let length = metadata.len();
        let validators = Validators::of(metadata);
        let mut fields: Vec<(HeaderName, HeaderValue)> = Vec::new();
        fields.extend(
            self.cache_control
                .clone()
                .map(|value| (CACHE_CONTROL, value)),
        );
        let mut response = if validators.are_known_to(parts) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let wanted = if validators.allow_range(parts) {
                range(&parts.field("range"), length)
            } else {
                Range::All
            };
            let mut response = match wanted {
                Range::All => body(path, 0, length)?.into_response(),
                Range::Part { start, end } => {
                    fields.push((
                        CONTENT_RANGE,
                        text(format!("bytes {start}-{}/{length}", end - 1)),
                    ));
                    let body = body(path, start, end - start)?;
                    (StatusCode::PARTIAL_CONTENT, body).into_response()
                }
                Range::Outside => {
                    let mut refused =
                        Error::status(StatusCode::RANGE_NOT_SATISFIABLE).into_response();
                    let length = text(format!("bytes */{length}"));
                    refused.headers_mut().insert(CONTENT_RANGE, length);
                    return Ok(refused);
                }
            };
            let media_type = media_type(path);
            fields.push((CONTENT_TYPE, HeaderValue::from_static(media_type)));
            fields.push((X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")));
            fields.push((ACCEPT_RANGES, HeaderValue::from_static("bytes")));
            response.headers_mut().reserve(fields.len());
            response
        };
        validators.add_to(&mut response)?;
        for (name, value) in fields {
            response.headers_mut().insert(name, value);
        }
        Ok(response)
    }
}

impl Handler<Files> for Files {
    fn call(self, mut request: Incoming) -> Response {
        let parts = request.parts();
        let path = parts.path_left();
        self.respond_to(parts, &path, false).into_response()
    }
}

/// As routes, so that the files have precedence over less specific patterns around the prefix.
///
/// ```
/// use wagi_sdk::{Files, Router, testing::Request};
///
/// # let folder = tempfile::tempdir()?;
/// # let public = folder.path();
/// # std::fs::write(public.join("logo.svg"), "<svg/>")?;
/// let app = || Router::new().get("/{*page}", || "a page").nest("/files", Files::in_folder(public));
/// assert_eq!(Request::get("/files/logo.svg").send(app()).text(), "<svg/>");
/// assert_eq!(Request::get("/about").send(app()).text(), "a page");
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<Files> for Router {
    fn from(files: Files) -> Self {
        Self::new().get("/", files.clone()).get("/{*path}", files)
    }
}

fn body(path: &Path, start: u64, length: u64) -> Result<Body, Error> {
    let mut file = File::open(path).map_err(unreadable)?;
    if start > 0 {
        file.seek(SeekFrom::Start(start))?;
    }
    Ok(Body::from_reader_of(length, file.take(length)))
}

/// Sends the client to the path that was asked for with a slash at its end, against which the page's relative links are
/// right; `None` if it has one.
fn with_slash(gateway: &Gateway) -> Option<Response> {
    let mut last = gateway.path_segments().pop().unwrap_or_default();
    if gateway.path_info().is_empty() {
        // The mount itself. The root of a server always comes with a slash.
        last = gateway.script_name().rsplit('/').next()?.to_owned();
    }
    if last.is_empty() {
        return None;
    }
    // Relative to the last slash of what was asked: right under every mount.
    let location = ["./", &encode_segment(&last), "/"].concat();
    let query = gateway.query();
    let location = if query.is_empty() {
        location
    } else {
        [&location, "?", query].concat()
    };
    Some(Redirect::moved_permanently(location).into_response())
}

fn text(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

fn not_found() -> Error {
    Error::status(StatusCode::NOT_FOUND)
}

/// That a file is missing is the client's concern; that it cannot be read is the operator's, who reads the log.
fn unreadable(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => not_found(),
        _ => Error::new(StatusCode::NOT_FOUND, error),
    }
}

#[cfg(test)]
mod tests;
