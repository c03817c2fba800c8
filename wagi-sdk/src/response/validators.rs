//! Whether the client has the file already (RFC 9110 §13).

use std::fs::Metadata;
use std::time::SystemTime;

use super::http_date;
use crate::{Error, IntoResponseParts, Parts, Response};

/// What tells one state of a file from another: for an answer that is made from a file, so that who has it already gets
/// a 304. [`Files`](crate::Files) does so by itself.
///
/// ```
/// use std::fs;
/// use wagi_sdk::{Error, Incoming, IntoResponse, OrStatus, Response, StatusCode, Validators, testing::Request};
///
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("words.txt");
/// # fs::write(&file, "tea")?;
/// let shouted = |mut request: Incoming| -> Result<Response, Error> {
///     let validators = Validators::of(&fs::metadata(&file).or_status(StatusCode::NOT_FOUND)?).variant("1");
///     if validators.are_known_to(request.parts()) {
///         return Ok((StatusCode::NOT_MODIFIED, validators, ()).into_response());
///     }
///     Ok((validators, fs::read_to_string(&file)?.to_uppercase()).into_response())
/// };
///
/// let first = Request::get("/").send(&shouted);
/// assert_eq!(first.text(), "TEA");
/// let again = Request::get("/").header("If-None-Match", first.field("ETag").unwrap()).send(&shouted);
/// assert_eq!(again.status(), 304);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Validators {
    /// Made from length and time; none where the file system has no times.
    etag: Option<String>,
    modified: Option<SystemTime>,
}

impl Validators {
    /// Made from the file's length and time.
    ///
    /// ```
    /// use std::fs;
    /// use wagi_sdk::{Validators, testing::Request};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("tea.txt");
    /// # fs::write(&file, "green")?;
    /// # let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_800_000_000);
    /// # fs::File::options().write(true).open(&file)?.set_modified(time)?;
    /// let validators = Validators::of(&fs::metadata(&file)?);
    /// let transcript = Request::get("/").send(|| (validators, "green"));
    /// assert_eq!(transcript.field("Last-Modified"), Some("Fri, 15 Jan 2027 08:00:00 GMT"));
    /// assert!(transcript.field("ETag").is_some());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok();
        let since = modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        Self {
            etag: since.map(|since| format!("\"{:x}-{:x}\"", since.as_nanos(), metadata.len())),
            modified: since.and(modified),
        }
    }

    /// Tells answers apart that are made from the same file: by the version of what makes them, the language, the format.
    /// Other signs than letters, digits, `-`, `.` and `_` count as `_`.
    ///
    /// ```
    /// use std::fs;
    /// use wagi_sdk::{Html, Validators, testing::Request};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("tea.txt");
    /// # fs::write(&file, "green")?;
    /// let page = Validators::of(&fs::metadata(&file)?).variant("html v2");
    /// let transcript = Request::get("/").send(|| (page, Html("<p>green")));
    /// assert!(transcript.field("ETag").unwrap().ends_with("-html_v2\""));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn variant(mut self, name: &str) -> Self {
        if let Some(etag) = &mut self.etag {
            etag.pop();
            etag.push('-');
            etag.extend(name.chars().map(|letter| {
                let kept = letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
                if kept { letter } else { '_' }
            }));
            etag.push('"');
        }
        self
    }

    /// Whether a 304 is the answer: `If-None-Match`, or `If-Modified-Since` where that is not sent.
    ///
    /// ```
    /// use std::fs;
    /// use wagi_sdk::{Incoming, Validators, testing::Request};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("tea.txt");
    /// # fs::write(&file, "green")?;
    /// # let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_800_000_000);
    /// # fs::File::options().write(true).open(&file)?.set_modified(time)?;
    /// let validators = Validators::of(&fs::metadata(&file)?);
    /// let is_known = |mut request: Incoming| validators.are_known_to(request.parts()).to_string();
    /// let dated = Request::get("/").header("If-Modified-Since", "Fri, 15 Jan 2027 08:00:00 GMT");
    /// assert_eq!(dated.clone().send(is_known).text(), "true");
    /// assert_eq!(dated.header("If-None-Match", "\"another\"").send(is_known).text(), "false");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn are_known_to(&self, parts: &Parts) -> bool {
        let known = parts.field("if-none-match");
        if !known.is_empty() {
            return known.trim_ascii() == b"*" || self.is_among(&known);
        }
        match date(&parts.field("if-modified-since")) {
            Some(since) => self.seconds().is_some_and(|modified| modified <= since),
            None => false,
        }
    }

    /// Whether a range may be answered: `If-Range` names this very state, or is not sent.
    pub(super) fn allow_range(&self, parts: &Parts) -> bool {
        let condition = parts.field("if-range");
        let condition = condition.trim_ascii();
        if condition.is_empty() {
            true
        } else if condition.ends_with(b"\"") {
            // A weak one does not vouch for the bytes.
            self.etag
                .as_ref()
                .is_some_and(|etag| etag.as_bytes() == condition)
        } else {
            date(condition).is_some_and(|time| self.seconds() == Some(time))
        }
    }

    /// Weak and strong are the same here (RFC 9110 §13.1.2).
    fn is_among(&self, list: &[u8]) -> bool {
        let Some(etag) = &self.etag else {
            return false;
        };
        let mut entries = list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        // Its own has no comma in it, so that one which is cut at a comma is none of its own.
        entries.any(|entry| entry.strip_prefix(b"W/").unwrap_or(entry) == etag.as_bytes())
    }

    /// As the field has it: in whole seconds.
    fn seconds(&self) -> Option<u64> {
        Some(
            self.modified?
                .duration_since(SystemTime::UNIX_EPOCH)
                .ok()?
                .as_secs(),
        )
    }
}

/// `ETag` and `Last-Modified`.
impl IntoResponseParts for Validators {
    fn add_to(self, response: &mut Response) -> Result<(), Error> {
        if let Some(etag) = self.etag {
            response.set("etag", etag);
        }
        if let Some(modified) = self.modified.and_then(http_date) {
            response.set("last-modified", modified);
        }
        Ok(())
    }
}

fn date(field: &[u8]) -> Option<u64> {
    let time = httpdate::parse_http_date(std::str::from_utf8(field).ok()?).ok()?;
    Some(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs())
}
