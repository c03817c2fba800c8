//! Does an answer conform? If not, what is the first difference?

mod describe;
mod expectations;
mod field;
mod value;

pub use expectations::expectations;

use super::bytes::Context;
use super::schema::{Answer, Answers, BodyMatcher, StatusMatcher};
use crate::outcome::Mismatch;
use crate::probe::{Dump, digest};
use crate::text::{compared, escaped, shortened};
use crate::wire::client::{Ended, Exchanged};
use crate::wire::message::{BodyFraming, Response};

/// The alternative that an answer matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// Its label.
    pub label: Option<String>,
    /// Whether it shows that the module ran, see [`Answer::proves`].
    pub proves: bool,
}

/// Holds the answer against all alternatives. A mismatch is that of the closest one.
pub fn check(
    answers: &Answers,
    exchanged: &Exchanged,
    context: &Context,
) -> Result<Matched, Mismatch> {
    let mut misses = Vec::new();
    for answer in answers.alternatives() {
        let mut check = Check {
            exchanged,
            context,
            passed: 0,
        };
        match check.answer(answer) {
            Ok(()) => {
                return Ok(Matched {
                    label: answer.label.clone(),
                    proves: answer.proves(),
                });
            }
            Err(mismatch) => misses.push((check.passed, mismatch, answer)),
        }
    }
    Err(describe::closest(misses))
}

/// One answer held against one alternative.
struct Check<'a> {
    exchanged: &'a Exchanged,
    context: &'a Context,
    /// How many expectations held before the first that did not.
    passed: usize,
}

impl<'a> Check<'a> {
    fn answer(&mut self, answer: &Answer) -> Result<(), Mismatch> {
        let response = self.connection(answer)?;
        self.passed += 1;
        if let (Some(status), Some(response)) = (&answer.status, response) {
            self.status(status, response)?;
        }
        if let Some(ran) = answer.ran {
            self.ran(ran, response)?;
        }
        if let (true, Some(line)) = (answer.crlf, response.and_then(|r| r.head.bare_lf.as_ref())) {
            return Err(mismatch(
                "header section",
                "lines that end in CRLF".to_owned(),
                format!("`{}`, which ends in LF alone", shortened(line)),
            ));
        }
        if let Some(response) = response {
            for (name, matcher) in &answer.fields {
                field::check(name, matcher, response, self.context)?;
                self.passed += 1;
            }
            if let Some(body) = &answer.body {
                self.body(body, response)?;
            }
        }
        for bytes in &answer.nowhere {
            self.nowhere(&self.context.bytes(bytes))?;
        }
        match response {
            Some(response) if answer.reads_dump() => self.dump(answer, response),
            _ => Ok(()),
        }
    }

    /// The response to look at; none where the connection is rightly closed without one.
    fn connection(&self, answer: &Answer) -> Result<Option<&'a Response>, Mismatch> {
        match &self.exchanged.result {
            Err(Ended::NotStarted(_)) if answer.not_started => Ok(None),
            Err(Ended::Closed) if answer.closed => Ok(None),
            Err(Ended::BrokenOff(response)) if answer.broken_off => Ok(response.as_deref()),
            Ok(response) if !(answer.closed || answer.broken_off || answer.not_started) => {
                Ok(Some(response))
            }
            Ok(response) => Err(mismatch(
                "connection",
                describe::outline(answer),
                format!(
                    "a complete response with status {}",
                    describe::status_line(response)
                ),
            )),
            Err(ended) => {
                let received = self.exchanged.record.response.len();
                let received = match ended {
                    Ended::Timeout(_) if received > 0 => format!(", {received} bytes received"),
                    Ended::BrokenOff(Some(response)) => format!(
                        ", after status {} and {} bytes of the body",
                        describe::status_line(response),
                        response.body.len()
                    ),
                    _ => String::new(),
                };
                let subject = match ended {
                    Ended::Malformed(_) => "response",
                    _ => "connection",
                };
                Err(mismatch(
                    subject,
                    describe::outline(answer),
                    format!("{ended}{received}"),
                ))
            }
        }
    }

    fn status(&mut self, expected: &StatusMatcher, response: &Response) -> Result<(), Mismatch> {
        if !expected.matches(response.head.status) {
            return Err(mismatch(
                "status",
                expected.to_string(),
                describe::status_line(response),
            ));
        }
        self.passed += 1;
        Ok(())
    }

    fn ran(&mut self, ran: bool, response: Option<&Response>) -> Result<(), Mismatch> {
        let nonce = self.context.nonce.as_bytes();
        let shows = if ran {
            response.is_some_and(|response| {
                contains(&response.body, nonce)
                    || response.framing == BodyFraming::None
                        && response
                            .head
                            .fields
                            .iter()
                            .any(|(_, value)| contains(value, nonce))
            })
        } else {
            contains(&self.exchanged.record.response, nonce)
        };
        if shows != ran {
            let (expected, actual) = match (ran, response) {
                (true, Some(response)) => (
                    format!(
                        "the word `{}`, which shows that the module ran",
                        self.context.nonce
                    ),
                    format!(
                        "status {}, {}",
                        describe::status_line(response),
                        shortened(&response.body)
                    ),
                ),
                (true, None) => ("an answer of the module".to_owned(), "none".to_owned()),
                (false, _) => (
                    "no sign that the module ran".to_owned(),
                    format!(
                        "the word `{}`, which the module returned",
                        self.context.nonce
                    ),
                ),
            };
            return Err(mismatch("module", expected, actual));
        }
        self.passed += 1;
        Ok(())
    }

    fn body(&mut self, expected: &BodyMatcher, response: &Response) -> Result<(), Mismatch> {
        match expected {
            BodyMatcher::Exactly(bytes) => {
                let expected = self.context.bytes(bytes);
                if expected != response.body {
                    let (expected, actual) = compared(&expected, &response.body);
                    return Err(mismatch("body", expected, actual));
                }
            }
            BodyMatcher::Contains { contains: bytes } => {
                let expected = self.context.bytes(bytes);
                if !contains(&response.body, &expected) {
                    return Err(mismatch(
                        "body",
                        format!("`{}` somewhere", shortened(&expected)),
                        shortened(&response.body),
                    ));
                }
            }
        }
        self.passed += 1;
        Ok(())
    }

    fn nowhere(&mut self, bytes: &[u8]) -> Result<(), Mismatch> {
        let received = &self.exchanged.record.response;
        if let Some(at) = position(received, bytes) {
            let from = at.saturating_sub(40);
            let to = received.len().min(at + bytes.len() + 40);
            return Err(mismatch(
                "received bytes",
                format!("nowhere `{}`", escaped(bytes)),
                format!("…{}…", escaped(&received[from..to])),
            ));
        }
        self.passed += 1;
        Ok(())
    }

    fn dump(&mut self, answer: &Answer, response: &Response) -> Result<(), Mismatch> {
        let dump = Dump::parse(&response.body).map_err(|why| {
            mismatch(
                "body",
                "what the env probe was given".to_owned(),
                format!("{} ({why})", shortened(&response.body)),
            )
        })?;
        self.passed += 1;
        for (name, matcher) in &answer.variables {
            let values: Vec<&[u8]> = value_of(&dump, name);
            let subject = format!("variable {name}");
            value::check(&subject, matcher, &values, self.context)?;
            self.passed += 1;
        }
        if let Some(pattern) = &answer.no_variable {
            value::no_variable(pattern, answer, &dump, self.context)?;
            self.passed += 1;
        }
        if answer.unique_variables {
            value::unique(&dump)?;
            self.passed += 1;
        }
        if let Some(arguments) = &answer.arguments {
            value::arguments(arguments, &dump.arguments, self.context)?;
            self.passed += 1;
        }
        if let Some(bytes) = &answer.stdin {
            let expected = self.context.bytes(bytes);
            let length = u64::try_from(expected.len()).unwrap_or(u64::MAX);
            let right = dump.stdin_length == length && dump.stdin_digest == digest(&expected);
            if !right || dump.stdin_error.is_some() {
                let error = dump
                    .stdin_error
                    .map(|errno| format!(", then error {errno}"));
                return Err(mismatch(
                    "standard input",
                    format!(
                        "{length} bytes with digest {:016x}: {}",
                        digest(&expected),
                        shortened(&expected)
                    ),
                    format!(
                        "{} bytes with digest {:016x}{}",
                        dump.stdin_length,
                        dump.stdin_digest,
                        error.unwrap_or_default()
                    ),
                ));
            }
            self.passed += 1;
        }
        Ok(())
    }
}

fn value_of<'a>(dump: &'a Dump, name: &str) -> Vec<&'a [u8]> {
    dump.variables
        .iter()
        .filter(|(n, _)| n == name)
        .map(|(_, value)| value.as_slice())
        .collect()
}

fn mismatch(subject: impl Into<String>, expected: String, actual: String) -> Mismatch {
    Mismatch {
        subject: subject.into(),
        expected,
        actual,
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    position(haystack, needle).is_some()
}

fn position(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    match needle.first() {
        None => Some(0),
        // Bodies may be large: look at the rest only where the first byte stands.
        Some(first) => (0..=haystack.len().checked_sub(needle.len())?)
            .find(|&at| haystack[at] == *first && haystack[at..].starts_with(needle)),
    }
}

#[cfg(test)]
mod tests;
