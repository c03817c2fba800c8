//! What a variable must be.

use super::quote;
use crate::text::escaped;

/// What conforms for one variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Set, to this.
    Exactly(Vec<u8>),
    /// Set, to one of these.
    OneOf(Vec<Vec<u8>>),
    /// Unset, or one of these.
    AbsentOr(Vec<Vec<u8>>),
    /// Unset.
    Absent,
    /// Set, and of a form.
    Form(Form),
    /// Set, to a URL.
    Url(Url),
    /// Nothing is said.
    Unspecified,
}

/// A form that a value must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Set, even if empty.
    Set,
    /// At least one byte.
    NotEmpty,
    /// At least one decimal digit and nothing else.
    Digits,
    /// An IP address without port and brackets.
    Address,
    /// `name/version`, perhaps followed by more products and comments.
    Products,
}

/// A URL, whose authority is compared without regard to case, and with the default port optional.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The authority as the client sent it; `None` where the server chooses it.
    pub authority: Option<Vec<u8>>,
    /// Path and query, compared byte for byte; `None` where nothing is said about them.
    pub tails: Option<Vec<Vec<u8>>>,
}

impl Value {
    /// Whether `actual` conforms; `None` is an unset variable.
    pub fn allows(&self, actual: Option<&[u8]>) -> bool {
        match (self, actual) {
            (Value::Unspecified, _) | (Value::AbsentOr(_) | Value::Absent, None) => true,
            (Value::Exactly(value), Some(actual)) => value == actual,
            (Value::OneOf(values) | Value::AbsentOr(values), Some(actual)) => {
                values.iter().any(|value| value == actual)
            }
            (Value::Form(form), Some(actual)) => form.allows(actual),
            (Value::Url(url), Some(actual)) => url.allows(actual),
            (Value::Absent, Some(_)) | (_, None) => false,
        }
    }

    /// What conforms, for people.
    pub fn describe(&self) -> String {
        match self {
            Value::Exactly(value) => quote(value),
            Value::OneOf(values) => alternatives(values, None),
            Value::AbsentOr(values) => alternatives(values, Some("unset")),
            Value::Absent => "unset".to_owned(),
            Value::Form(form) => form.describe().to_owned(),
            Value::Url(url) => url.describe(),
            Value::Unspecified => "anything".to_owned(),
        }
    }
}

/// An actual value for people.
pub fn actual(value: Option<&[u8]>) -> String {
    value.map_or_else(|| "unset".to_owned(), quote)
}

fn alternatives(values: &[Vec<u8>], first: Option<&str>) -> String {
    let named = first
        .map(str::to_owned)
        .into_iter()
        .chain(values.iter().map(|v| quote(v)));
    named.collect::<Vec<_>>().join(" or ")
}

impl Form {
    fn allows(self, value: &[u8]) -> bool {
        let text = std::str::from_utf8(value).ok();
        match self {
            Form::Set => true,
            Form::NotEmpty => !value.is_empty(),
            Form::Digits => !value.is_empty() && value.iter().all(u8::is_ascii_digit),
            Form::Address => text.is_some_and(|t| t.parse::<std::net::IpAddr>().is_ok()),
            Form::Products => {
                let first = value.split(|&b| b == b' ').next().unwrap_or_default();
                let mut halves = first.splitn(2, |&b| b == b'/');
                halves.next().is_some_and(super::is_token)
                    && halves.next().is_some_and(super::is_token)
            }
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Form::Set => "set, even if empty",
            Form::NotEmpty => "set and not empty",
            Form::Digits => "decimal digits",
            Form::Address => "an IP address",
            Form::Products => "product tokens (name/version)",
        }
    }
}

impl Url {
    fn allows(&self, value: &[u8]) -> bool {
        let prefix = [self.scheme.as_bytes(), b"://"].concat();
        let Some(rest) = strip_prefix_ignoring_case(value, &prefix) else {
            return false;
        };
        let end = rest
            .iter()
            .position(|b| matches!(b, b'/' | b'?'))
            .unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let same_authority = match &self.authority {
            None => !authority.is_empty(),
            Some(sent) => self.without_default_port(sent) == self.without_default_port(authority),
        };
        same_authority
            && self
                .tails
                .as_ref()
                .is_none_or(|tails| tails.iter().any(|t| t == tail))
    }

    fn without_default_port(&self, authority: &[u8]) -> Vec<u8> {
        let port: &[u8] = if self.scheme == "https" {
            b":443"
        } else {
            b":80"
        };
        authority
            .strip_suffix(port)
            .unwrap_or(authority)
            .to_ascii_lowercase()
    }

    fn describe(&self) -> String {
        let authority = self
            .authority
            .as_deref()
            .map_or_else(|| "HOST".to_owned(), escaped);
        match &self.tails {
            None => format!("a URL that begins with \"{}://{authority}\"", self.scheme),
            Some(tails) => {
                let url =
                    |tail: &Vec<u8>| format!("\"{}://{authority}{}\"", self.scheme, escaped(tail));
                tails.iter().map(url).collect::<Vec<_>>().join(" or ")
            }
        }
    }
}

fn strip_prefix_ignoring_case<'a>(value: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = value.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let table: &[(Form, &str, bool)] = &[
            (Form::Digits, "80", true),
            (Form::Digits, "", false),
            (Form::Digits, "8x", false),
            (Form::Address, "127.0.0.1", true),
            (Form::Address, "::1", true),
            (Form::Address, "[::1]", false),
            (Form::Address, "127.0.0.1:80", false),
            (Form::Products, "wagi/0.1.0", true),
            (Form::Products, "Apache/2.4 (Debian)", true),
            (Form::Products, "wagi", false),
            (Form::Products, "/1", false),
            (Form::NotEmpty, "", false),
            (Form::Set, "", true),
        ];
        for &(form, value, expected) in table {
            assert_eq!(
                form.allows(value.as_bytes()),
                expected,
                "{form:?} {value:?}"
            );
            assert!(!Value::Form(form).allows(None));
        }
    }

    #[test]
    fn the_default_port_of_a_url_is_optional_and_no_other_is() {
        let rule = |authority: &str| {
            Value::Url(Url {
                scheme: "http",
                authority: Some(authority.into()),
                tails: Some(vec![b"/x?q".to_vec()]),
            })
        };
        let table = [
            ("example.com", "http://example.com/x?q", true),
            ("example.com", "http://example.com:80/x?q", true),
            ("example.com", "http://EXAMPLE.com/x?q", true),
            ("example.com", "http://example.com:3000/x?q", false),
            ("example.com", "https://example.com/x?q", false),
            ("example.com", "http://example.com/x", false),
            ("example.com", "//example.com/x?q", false),
            ("example.com:80", "http://example.com/x?q", true),
            ("a:81", "http://a:81/x?q", true),
            ("a:81", "http://a/x?q", false),
            ("[::1]:81", "http://[::1]:81/x?q", true),
        ];
        for (authority, url, expected) in table {
            assert_eq!(
                rule(authority).allows(Some(url.as_bytes())),
                expected,
                "{authority} {url}"
            );
        }
    }
}
