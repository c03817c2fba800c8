//! The oracle: what the specification says of a request and of a module's output.
//!
//! Pure functions over bytes, written from the chapters of the specification and from nothing else.
//! [`delivery::delivery`] tells which variables, arguments and standard input a module gets for a
//! request; [`response::expectation`] tells which responses a client may get for a module's output.
//! Where more than one answer is right, the model says so: alternatives, refusals that are allowed,
//! or nothing at all. Every rule carries the id of its requirement, so that a difference names it.
//!
//! Only requirements of level MUST are modelled. Where the specification recommends one of several
//! answers, all that conform at level MUST are accepted.

pub mod answer;
pub mod arguments;
pub mod delivery;
pub mod fields;
pub mod header_block;
mod parse;
pub mod path;
pub mod reading;
pub mod request;
pub mod response;
pub mod status;
pub mod value;
pub mod variables;
mod wire;

/// Which rules are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// All of them: the target is a WAGI server.
    Wagi,
    /// Only what RFC 3875 demands of a server: the target is a plain CGI server, which owes neither
    /// the variables nor the stricter treatment of module output that WAGI adds.
    Cgi,
}

/// One way in which what came differs from everything that conforms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Id of the requirement.
    pub requirement: &'static str,
    /// What was looked at: `status`, `variable PATH_INFO`, `field Location`, `body`.
    pub subject: String,
    /// What conforms.
    pub expected: String,
    /// What came.
    pub actual: String,
}

impl Violation {
    /// A violation of `requirement`.
    pub fn new(
        requirement: &'static str,
        subject: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Violation {
        Violation {
            requirement,
            subject: subject.into(),
            expected: expected.into(),
            actual: actual.into(),
        }
    }
}

/// Bytes for people, between quotation marks.
pub(crate) fn quote(bytes: &[u8]) -> String {
    format!("\"{}\"", crate::text::shortened(bytes))
}

/// Whether all bytes may stand in a token (RFC 9110 §5.6.2) and there is at least one.
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b))
}

/// Without the blanks (space and tab) around it.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let start = bytes.iter().position(|b| !blank(b)).unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(|b| !blank(b))
        .map_or(start, |last| last + 1);
    &bytes[start..end]
}

/// `parts` one after another with `separator` between them.
pub(crate) fn join<B: AsRef<[u8]>>(parts: &[B], separator: &[u8]) -> Vec<u8> {
    let mut joined = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            joined.extend_from_slice(separator);
        }
        joined.extend_from_slice(part.as_ref());
    }
    joined
}

/// Each value once, in the order of its first occurrence.
pub(crate) fn distinct(values: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut distinct: Vec<Vec<u8>> = Vec::with_capacity(values.len());
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blanks_are_trimmed() {
        assert_eq!(trim(b" \ta b\t "), b"a b");
        assert_eq!(trim(b"\r a"), b"\r a");
        assert_eq!(trim(b" \t"), b"");
    }
}
