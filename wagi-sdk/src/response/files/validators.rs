//! Whether the client has the file already (RFC 9110 §13).

use std::fs::Metadata;
use std::time::SystemTime;

use http::HeaderValue;

use crate::Parts;
use crate::response::http_date;

/// What tells one state of a file from another.
pub(super) struct Validators {
    /// Made from length and time; none where the file system has no times.
    etag: Option<String>,
    modified: Option<SystemTime>,
}

impl Validators {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok();
        let since = modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        Self {
            etag: since.map(|since| format!("\"{:x}-{:x}\"", since.as_nanos(), metadata.len())),
            modified: since.and(modified),
        }
    }

    pub(super) fn etag(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.etag.as_deref()?).ok()
    }

    pub(super) fn last_modified(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(http_date(self.modified?)?).ok()
    }

    /// Whether a 304 is the answer: `If-None-Match`, or `If-Modified-Since` where that is not sent.
    pub(super) fn are_known_to(&self, parts: &Parts) -> bool {
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

fn date(field: &[u8]) -> Option<u64> {
    let time = httpdate::parse_http_date(std::str::from_utf8(field).ok()?).ok()?;
    Some(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs())
}
