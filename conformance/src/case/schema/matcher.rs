//! What is expected of one part of an answer.

use serde::Deserialize;

use super::bytes::Bytes;

/// A status code or a class of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "a status code, a class like \"4xx\", or a list of these"
)]
pub enum StatusMatcher {
    /// This one.
    Code(u16),
    /// `"4xx"`.
    Class(String),
    /// Any of these.
    AnyOf(Vec<StatusMatcher>),
}

/// What is expected of the response fields of one name.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    rename_all_fields = "kebab-case",
    expecting = "a value, a list of values, { list }, { absent = true }, { at-most-once } or { matches }"
)]
pub enum FieldMatcher {
    /// A list of strings: exactly these field lines, in this order.
    Values(Vec<String>),
    /// Exactly one field with this value.
    Value(Bytes),
    /// These values in this order, on lines of their own or joined by commas.
    List {
        /// The values.
        list: Vec<String>,
    },
    /// No such field.
    Absent {
        /// Always true.
        absent: bool,
    },
    /// At most one field line, and if there is one its value is among these.
    AtMostOnce {
        /// Empty: any value.
        at_most_once: Vec<String>,
    },
    /// Exactly one field whose value matches the regular expression as a whole.
    Matches {
        /// Implicitly anchored.
        matches: String,
    },
}

/// What is expected of the response body.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    rename_all_fields = "kebab-case",
    expecting = "bytes or { contains }"
)]
pub enum BodyMatcher {
    /// These bytes and no others.
    Exactly(Bytes),
    /// These bytes somewhere.
    Contains {
        /// Searched for.
        contains: Bytes,
    },
}

/// What is expected of a variable or an argument.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    rename_all_fields = "kebab-case",
    expecting = "a value, { absent = true, or }, { one-of }, { matches }, { url } or { set = true }"
)]
pub enum ValueMatcher {
    /// Exactly this.
    Value(Bytes),
    /// Unset, or one of `or` (often the empty string).
    Absent {
        /// Always true.
        absent: bool,
        /// Values that conform as well.
        #[serde(default)]
        or: Vec<String>,
    },
    /// One of these.
    OneOf {
        /// The values.
        one_of: Vec<String>,
    },
    /// Matches the regular expression as a whole.
    Matches {
        /// Implicitly anchored.
        matches: String,
    },
    /// Equal to this URL when both are parsed; the scheme's default port may be shown or omitted.
    Url {
        /// An absolute URL.
        url: String,
    },
    /// Set, to anything.
    Set {
        /// Always true.
        set: bool,
    },
}
