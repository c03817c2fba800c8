//! Which responses conform.

use super::header_block::Field;
use super::{Violation, quote, wire};
use crate::wire::message::{Head, Response};

/// What conforms for a module's output: any of several answers, or a failure.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Whether, and why, a 5xx answer conforms.
    pub failure: Failure,
    /// The answers that conform beside a failure; empty if none does.
    pub answers: Vec<Answer>,
    /// Nothing is said about the answer, beyond that it is proper HTTP.
    pub unspecified: bool,
    /// The module's fields that concern the connection and have to stay at the server.
    pub connection_level: Vec<Field>,
    /// The module's output.
    pub output: Vec<u8>,
    /// What of it is the body.
    pub body: Vec<u8>,
    /// The requirement that is violated if lines of the header block are taken for the body.
    pub shape: &'static str,
    /// Whether the output is not to be shown to the client.
    pub hidden: bool,
    /// Whether Content-Type and Location may stand in the answer only once.
    pub cgi_field_once: bool,
    /// The path of the `env` mount is in Location and must not be fetched by the server.
    pub not_fetched: bool,
}

/// Whether a 5xx answer conforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Only where the module chose the status itself.
    Forbidden,
    /// As well as a proper answer, by this requirement.
    Allowed(&'static str),
    /// Nothing else conforms, by this requirement.
    Required(&'static str),
}

/// One answer that conforms.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status, and the requirement about it.
    pub status: (&'static str, Status),
    /// What is said about fields.
    pub fields: Vec<FieldRule>,
    /// The body and the requirement about it, if anything is said.
    pub body: Option<(&'static str, Vec<u8>)>,
}

/// What conforms as the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// One of these.
    OneOf(Vec<u16>),
    /// Nothing is said.
    Unspecified,
}

/// What one requirement says about the fields of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRule {
    /// The name, in whatever case.
    pub name: String,
    /// The requirement.
    pub requirement: &'static str,
    /// What conforms.
    pub values: Values,
}

/// What conforms as the values of the fields of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// None of this name.
    Absent,
    /// One field with this value.
    One(Vec<u8>),
    /// None, or one field with this value.
    Optional(Vec<u8>),
    /// One field with one of these values.
    OneOf(Vec<Vec<u8>>),
    /// These field lines in this order; each holds at most what it was given.
    Separate(Vec<Vec<u8>>),
    /// These values in this order, on lines of their own or joined by commas.
    List(Vec<Vec<u8>>),
}

impl Values {
    /// Whether `actual`, the values of all field lines of the name in order, conform.
    pub fn allow(&self, actual: &[&[u8]]) -> bool {
        match self {
            Values::Absent => actual.is_empty(),
            Values::One(value) => actual == [value.as_slice()],
            Values::Optional(value) => actual.is_empty() || actual == [value.as_slice()],
            // That there is no more than one is looked at for every answer.
            Values::OneOf(values) => {
                !actual.is_empty() && actual.iter().all(|a| values.iter().any(|value| value == a))
            }
            Values::Separate(values) => actual.iter().copied().eq(values.iter().map(Vec::as_slice)),
            Values::List(values) => {
                let expected = values.iter().flat_map(|value| elements(value));
                expected.eq(actual.iter().flat_map(|value| elements(value)))
            }
        }
    }

    fn describe(&self) -> String {
        let all = |values: &[Vec<u8>], between: &str| {
            values
                .iter()
                .map(|value| quote(value))
                .collect::<Vec<_>>()
                .join(between)
        };
        match self {
            Values::Absent => "absent".to_owned(),
            Values::One(value) => quote(value),
            Values::Optional(value) => format!("absent or {}", quote(value)),
            Values::OneOf(values) => format!("once, {}", all(values, " or ")),
            Values::Separate(values) => format!("{}, each on a line of its own", all(values, ", ")),
            Values::List(values) => all(values, ", "),
        }
    }
}

/// The elements of a list: what stands between commas, without blanks, empty ones left out.
fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value
        .split(|&b| b == b',')
        .map(super::trim)
        .filter(|element| !element.is_empty())
}

impl Expectation {
    /// How `response` departs from what conforms; nothing if it does not.
    pub fn judge(&self, response: &Response) -> Vec<Violation> {
        let mut violations = self.judge_bytes(&response.raw);
        if self.not_fetched && response.body.starts_with(b"wagi-probe ") {
            violations.push(Violation::new(
                "location.path-only.not-fetched",
                "body",
                "not the answer of another route",
                quote(&response.body),
            ));
        }
        if !self.unspecified {
            violations.extend(self.judge_answer(response));
        }
        violations
    }

    /// How received bytes, which may be no proper response, depart from what is true of every answer.
    pub fn judge_bytes(&self, received: &[u8]) -> Vec<Violation> {
        wire::judge(received, &self.connection_level, self.cgi_field_once)
    }

    fn judge_answer(&self, response: &Response) -> Vec<Violation> {
        let status = response.head.status;
        let failed = (500..600).contains(&status);
        match self.failure {
            Failure::Required(requirement) if !failed => {
                return vec![Violation::new(
                    requirement,
                    "status",
                    "a 5xx status",
                    status.to_string(),
                )];
            }
            Failure::Required(_) | Failure::Allowed(_) if failed => {
                return self.shown(response).into_iter().collect();
            }
            _ => {}
        }
        if let Some(violation) = self.header_as_body(response) {
            return vec![violation];
        }
        // The nearest answer tells best what is wrong.
        let judged = self.answers.iter().map(|answer| answer.judge(response));
        let mut nearest = judged.min_by_key(Vec::len).unwrap_or_default();
        if let Failure::Allowed(_) = self.failure {
            for violation in nearest.iter_mut().filter(|v| v.subject == "status") {
                violation.expected.push_str(" or a 5xx status");
            }
        }
        nearest
    }

    /// The response body begins inside the header block.
    fn header_as_body(&self, response: &Response) -> Option<Violation> {
        let longer = response.body.len() > self.body.len() && self.output.ends_with(&response.body);
        longer.then(|| {
            let expected = "without lines of the header block";
            Violation::new(self.shape, "body", expected, quote(&response.body))
        })
    }

    fn shown(&self, response: &Response) -> Option<Violation> {
        let output = self.output.as_slice();
        // Shorter output may well stand in the server's own text.
        let shown = self.hidden
            && output.len() >= 8
            && response
                .body
                .windows(output.len())
                .any(|window| window == output);
        shown.then(|| {
            let expected = "without the module's output";
            Violation::new(
                "header-block.incomplete",
                "body",
                expected,
                quote(&response.body),
            )
        })
    }
}

impl Answer {
    fn judge(&self, response: &Response) -> Vec<Violation> {
        let mut violations = Vec::new();
        let head = &response.head;
        if let (requirement, Status::OneOf(statuses)) = &self.status
            && !statuses.contains(&head.status)
        {
            let expected: Vec<String> = statuses.iter().map(u16::to_string).collect();
            let (expected, actual) = (expected.join(" or "), head.status.to_string());
            // Fields and body of another status tell nothing more.
            return vec![Violation::new(requirement, "status", expected, actual)];
        }
        violations.extend(self.fields.iter().filter_map(|rule| rule.judge(head)));
        if let Some((requirement, body)) = &self.body
            && *body != response.body
        {
            let (expected, actual) = crate::text::compared(body, &response.body);
            let quoted = |text| format!("\"{text}\"");
            violations.push(Violation::new(
                requirement,
                "body",
                quoted(expected),
                quoted(actual),
            ));
        }
        violations
    }
}

impl FieldRule {
    fn judge(&self, head: &Head) -> Option<Violation> {
        let actual: Vec<&[u8]> = head.values(&self.name).collect();
        (!self.values.allow(&actual)).then(|| {
            let shown = match actual.as_slice() {
                [] => "absent".to_owned(),
                values => values
                    .iter()
                    .map(|v| quote(v))
                    .collect::<Vec<_>>()
                    .join(", then "),
            };
            let subject = format!("field {}", self.name);
            Violation::new(self.requirement, subject, self.values.describe(), shown)
        })
    }
}
