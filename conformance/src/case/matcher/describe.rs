//! What an alternative asks for, in a few words, and which of several was the closest.

use std::fmt;

use super::mismatch;
use crate::case::bytes::words;
use crate::case::schema::{Answer, BodyMatcher, Bytes, FieldMatcher, StatusMatcher, ValueMatcher};
use crate::outcome::Mismatch;
use crate::text::escaped;
use crate::wire::message::Response;

impl StatusMatcher {
    /// Whether the status is among those meant.
    pub fn matches(&self, status: u16) -> bool {
        match self {
            Self::Code(code) => *code == status,
            Self::Class(class) => {
                class.ends_with("xx") && class.as_bytes().first() == Some(&first_digit(status))
            }
            Self::AnyOf(list) => list.iter().any(|one| one.matches(status)),
        }
    }
}

fn first_digit(status: u16) -> u8 {
    b'0' + u8::try_from(status / 100 % 10).unwrap_or(0)
}

impl fmt::Display for StatusMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{code}"),
            Self::Class(class) => f.write_str(class),
            Self::AnyOf(list) => {
                for (index, one) in list.iter().enumerate() {
                    let separator = if index == 0 { "" } else { " or " };
                    write!(f, "{separator}{one}")?;
                }
                Ok(())
            }
        }
    }
}

impl Answer {
    /// Whether an answer that matches shows by itself that the module ran: it returns the nonce, the
    /// dump of the probe, or a body that the case knows. A refusal shows nothing of the kind, and
    /// so proves something only beside a twin that was accepted.
    pub fn proves(&self) -> bool {
        let nonce = |text: &str| words(text).contains(&"nonce");
        let field = |matcher: &FieldMatcher| match matcher {
            FieldMatcher::Value(bytes) => bytes_hold(bytes, nonce),
            FieldMatcher::Values(list) | FieldMatcher::List { list } => {
                list.iter().any(|one| nonce(one))
            }
            FieldMatcher::Matches { matches } => nonce(matches),
            FieldMatcher::Absent { .. } | FieldMatcher::AtMostOnce { .. } => false,
        };
        let body = |matcher: &BodyMatcher| match matcher {
            BodyMatcher::Exactly(bytes) | BodyMatcher::Contains { contains: bytes } => {
                bytes_hold(bytes, |text| !text.is_empty())
            }
        };
        self.ran == Some(true)
            || self.model
            || self.reads_dump()
            || self.fields.values().any(field)
            || self.body.as_ref().is_some_and(body)
    }

    /// Whether the body has to be the dump of an `env` probe.
    pub fn reads_dump(&self) -> bool {
        !self.variables.is_empty()
            || self.no_variable.is_some()
            || self.unique_variables
            || self.arguments.is_some()
            || self.stdin.is_some()
    }
}

fn bytes_hold(bytes: &Bytes, holds: impl Fn(&str) -> bool) -> bool {
    use crate::case::schema::Part;
    match bytes {
        Bytes::Text(text) => holds(text),
        Bytes::Parts(parts) => parts.iter().any(|part| match part {
            Part::Text(text) | Part::Repeat { repeat: text, .. } => holds(text),
            Part::Byte(_) | Part::EveryByte { .. } | Part::Filler { .. } => false,
        }),
    }
}

/// `200 OK`.
pub(super) fn status_line(response: &Response) -> String {
    let reason = escaped(&response.head.reason);
    format!("{} {reason}", response.head.status)
        .trim_end()
        .to_owned()
}

/// The alternative in a few words: `status 4xx (refused)`.
pub(super) fn outline(answer: &Answer) -> String {
    let mut what = if answer.closed {
        "the connection closed without a response".to_owned()
    } else if answer.broken_off {
        "a response that is visibly broken off".to_owned()
    } else if let Some(status) = &answer.status {
        format!("a response with status {status}")
    } else {
        "a response".to_owned()
    };
    if let Some(label) = &answer.label {
        what = format!("{what} ({label})");
    }
    what
}

/// What the variable, argument or field is expected to be.
pub(super) fn expected_value(matcher: &ValueMatcher, text: impl Fn(&str) -> String) -> String {
    let list = |values: &[String]| {
        values
            .iter()
            .map(|value| format!("`{}`", escaped(text(value).as_bytes())))
            .collect::<Vec<_>>()
            .join(" or ")
    };
    match matcher {
        // Compared byte for byte elsewhere.
        ValueMatcher::Value(_) => String::new(),
        ValueMatcher::Absent { or, .. } if or.is_empty() => "not set".to_owned(),
        ValueMatcher::Absent { or, .. } => format!("not set, or {}", list(or)),
        ValueMatcher::OneOf { one_of } => list(one_of),
        ValueMatcher::Matches { matches } => format!("a value of the form `{matches}`"),
        ValueMatcher::Url { url } => format!("the URL `{}`", text(url)),
        ValueMatcher::Set { .. } => "set, to anything".to_owned(),
    }
}

/// The mismatch to report where no alternative matched: that of the closest one, with a word on the
/// others.
pub(super) fn closest(misses: Vec<(usize, Mismatch, &Answer)>) -> Mismatch {
    let same = misses
        .windows(2)
        .all(|two| two[0].1.subject == two[1].1.subject && two[0].1.actual == two[1].1.actual);
    if same && misses.len() > 1 {
        let expected: Vec<_> = misses
            .iter()
            .map(|(_, miss, _)| miss.expected.clone())
            .collect();
        let (_, first, _) = &misses[0];
        return Mismatch {
            expected: expected.join(", or "),
            ..first.clone()
        };
    }
    let deepest = misses.iter().map(|(passed, ..)| *passed).max().unwrap_or(0);
    let others: Vec<_> = misses
        .iter()
        .filter(|(passed, ..)| *passed < deepest)
        .map(|(.., answer)| outline(answer))
        .collect();
    match misses.into_iter().find(|(passed, ..)| *passed == deepest) {
        Some((_, mut miss, _)) => {
            if !others.is_empty() {
                miss.expected =
                    format!("{} (also conforming: {})", miss.expected, others.join("; "));
            }
            miss
        }
        // A case without alternatives is refused when it is loaded.
        None => mismatch(
            "case",
            "an answer".to_owned(),
            "the case names none".to_owned(),
        ),
    }
}
