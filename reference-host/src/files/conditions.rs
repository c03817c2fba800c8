//! Conditional requests: `If-Match`, `If-None-Match`, their dates, and `If-Range`.

use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderName};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What tells one state of a file from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Validators {
    /// Strong: made from the size and the time of modification with its fraction of a second.
    pub(super) etag: String,
    /// In whole seconds, as fields have it.
    pub(super) modified: SystemTime,
}

/// What becomes of a conditional request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// It holds, or there is none.
    Holds,
    /// 304
    NotModified,
    /// 412
    Failed,
}

impl Validators {
    pub(super) fn new(modified: SystemTime, size: u64, encoding: Option<&str>) -> Self {
        let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mark = encoding.map_or(String::new(), |name| format!("-{name}"));
        Self {
            etag: format!("\"{:x}-{size:x}{mark}\"", since.as_nanos()),
            modified: UNIX_EPOCH + Duration::from_secs(since.as_secs()),
        }
    }

    /// Looks at the preconditions in the order of RFC 9110 section 13.2.2; the method is GET or HEAD.
    pub(super) fn check(&self, headers: &HeaderMap) -> Condition {
        match self.matches(headers, IF_MATCH, is_strong_match) {
            Some(false) => return Condition::Failed,
            Some(true) => {}
            None if date(headers, IF_UNMODIFIED_SINCE).is_some_and(|date| self.modified > date) => {
                return Condition::Failed;
            }
            None => {}
        }
        match self.matches(headers, IF_NONE_MATCH, is_weak_match) {
            Some(true) => Condition::NotModified,
            Some(false) => Condition::Holds,
            None => match date(headers, IF_MODIFIED_SINCE) {
                Some(date) if self.modified <= date => Condition::NotModified,
                _ => Condition::Holds,
            },
        }
    }

    /// Whether `Range` is to be obeyed: there is no `If-Range`, or it names this state of the file.
    ///
    /// Source: RFC 9110 section 13.1.5.
    pub(super) fn range_applies(&self, headers: &HeaderMap) -> bool {
        match headers.get(IF_RANGE).map(|value| value.to_str()) {
            None => true,
            Some(Ok(tag)) if tag.contains('"') => is_strong_match(tag.trim(), &self.etag),
            Some(Ok(_)) => date(headers, IF_RANGE) == Some(self.modified),
            Some(Err(_)) => false,
        }
    }

    /// Nothing where the field is not there.
    fn matches(
        &self,
        headers: &HeaderMap,
        name: HeaderName,
        is_match: fn(&str, &str) -> bool,
    ) -> Option<bool> {
        let mut values = headers.get_all(name).iter().peekable();
        values.peek()?;
        let mut tags = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(',').map(str::trim));
        Some(tags.any(|tag| tag == "*" || is_match(tag, &self.etag)))
    }
}

/// The tags of this server have no comma inside, so lists can be split at commas.
fn is_strong_match(tag: &str, own: &str) -> bool {
    tag == own
}

fn is_weak_match(tag: &str, own: &str) -> bool {
    tag.strip_prefix("W/").unwrap_or(tag) == own
}

/// A date that cannot be read counts for nothing.
fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const SECOND: Duration = Duration::from_secs(1);

    fn validators() -> Validators {
        let modified = UNIX_EPOCH + Duration::new(784_111_777, 5);
        Validators::new(modified, 255, None)
    }

    fn headers(fields: &[(HeaderName, &str)]) -> HeaderMap {
        let own = |(name, value): &(HeaderName, &str)| {
            (name.clone(), HeaderValue::from_str(value).unwrap())
        };
        fields.iter().map(own).collect()
    }

    #[test]
    fn the_tag_tells_states_apart() {
        let at = |nanos, size, encoding| {
            Validators::new(UNIX_EPOCH + Duration::new(1, nanos), size, encoding).etag
        };
        assert_eq!(at(1, 255, None), "\"3b9aca01-ff\"");
        assert_ne!(at(1, 255, None), at(2, 255, None));
        assert_ne!(at(1, 255, None), at(1, 254, None));
        assert_ne!(at(1, 255, None), at(1, 255, Some("br")));
    }

    #[test]
    fn preconditions() {
        let own = validators();
        let tag = own.etag.as_str();
        let weak = format!("W/{tag}");
        let list = format!("\"a\", {tag}");
        let same = httpdate::fmt_http_date(own.modified);
        let before = httpdate::fmt_http_date(own.modified - SECOND);
        let after = httpdate::fmt_http_date(own.modified + SECOND);
        for (fields, expected) in [
            (vec![], Condition::Holds),
            (vec![(IF_NONE_MATCH, tag)], Condition::NotModified),
            (vec![(IF_NONE_MATCH, weak.as_str())], Condition::NotModified),
            (vec![(IF_NONE_MATCH, list.as_str())], Condition::NotModified),
            (vec![(IF_NONE_MATCH, "*")], Condition::NotModified),
            (vec![(IF_NONE_MATCH, "\"a\"")], Condition::Holds),
            (
                vec![(IF_MODIFIED_SINCE, same.as_str())],
                Condition::NotModified,
            ),
            (
                vec![(IF_MODIFIED_SINCE, after.as_str())],
                Condition::NotModified,
            ),
            (vec![(IF_MODIFIED_SINCE, before.as_str())], Condition::Holds),
            (vec![(IF_MODIFIED_SINCE, "yesterday")], Condition::Holds),
            // The tag decides where both are there.
            (
                vec![
                    (IF_NONE_MATCH, "\"a\""),
                    (IF_MODIFIED_SINCE, after.as_str()),
                ],
                Condition::Holds,
            ),
            (vec![(IF_MATCH, tag)], Condition::Holds),
            (vec![(IF_MATCH, weak.as_str())], Condition::Failed),
            (vec![(IF_MATCH, "\"a\"")], Condition::Failed),
            (
                vec![(IF_UNMODIFIED_SINCE, before.as_str())],
                Condition::Failed,
            ),
            (vec![(IF_UNMODIFIED_SINCE, same.as_str())], Condition::Holds),
            (
                vec![(IF_MATCH, tag), (IF_UNMODIFIED_SINCE, before.as_str())],
                Condition::Holds,
            ),
        ] {
            assert_eq!(own.check(&headers(&fields)), expected, "{fields:?}");
        }
    }

    #[test]
    fn if_range() {
        let own = validators();
        let same = httpdate::fmt_http_date(own.modified);
        let after = httpdate::fmt_http_date(own.modified + SECOND);
        let weak = format!("W/{}", own.etag);
        for (value, expected) in [
            (own.etag.as_str(), true),
            ("\"a\"", false),
            (weak.as_str(), false),
            (same.as_str(), true),
            (after.as_str(), false),
            ("x", false),
        ] {
            let headers = headers(&[(IF_RANGE, value)]);
            assert_eq!(own.range_applies(&headers), expected, "{value}");
        }
        assert!(own.range_applies(&HeaderMap::new()));
    }
}
