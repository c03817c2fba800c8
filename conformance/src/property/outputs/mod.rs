//! Property `property.outputs`: a drawn module output becomes the response that the model says.

mod draw;
mod lines;

use proptest::strategy::BoxedStrategy;

use super::Subject;
use super::attempt::{Attempt, Property};
use super::lane::{Lane, Then};
use crate::model::answer::Expectation;
use crate::model::header_block::{Line, Output};
use crate::model::{Violation, response};
use crate::wire::client::{Ended, Exchanged, Outgoing};
use crate::wire::message::Response;
use draw::OutputDraw;

/// The id of the record.
pub(super) const ID: &str = "property.outputs";

/// Drawn outputs through the `cat` mount, and through `say` for GET and HEAD.
pub(super) struct Outputs<'a> {
    subject: &'a Subject,
}

impl<'a> Outputs<'a> {
    /// Through the mounts of `subject`.
    pub(super) fn new(subject: &'a Subject) -> Outputs<'a> {
        Outputs { subject }
    }

    /// A plain request on the same connection, to see whether it gets its own answer.
    fn follow_up(
        &self,
        attempt: &mut Attempt,
        output: &[u8],
        response: &Response,
        lane: &mut Lane<'_>,
    ) {
        const NEXT: &[u8] = b"Content-Type: text/plain\n\nthe next answer\n";
        let outgoing = draw::say(self.subject, "GET", 1, NEXT);
        let Some(exchanged) = lane.follow_up(&outgoing) else {
            return;
        };
        let expected = "the answer \"the next answer\\n\"";
        let actual = match &exchanged.result {
            Ok(next) if next.head.status == 200 && next.body == b"the next answer\n" => None,
            Ok(next) => Some(crate::text::shortened(&next.raw)),
            Err(ended) => Some(ended.to_string()),
        };
        if let Some(actual) = actual {
            let requirement = match response.head.status {
                _ if has_length(output) => "header-block.content-length",
                204 | 304 => "status.bodiless",
                _ => "body.framing",
            };
            let subject = "next request on the connection";
            attempt
                .violations
                .push(Violation::new(requirement, subject, expected, actual));
            attempt.exchanges.push(exchanged.record);
            attempt.sent.push(outgoing);
        }
    }
}

impl Outputs<'_> {
    /// Sends a request that makes a probe write `output`, and compares what comes with what the
    /// model says.
    pub(super) fn exchange(
        &self,
        output: &[u8],
        outgoing: Outgoing,
        lane: &mut Lane<'_>,
    ) -> Attempt {
        let head = outgoing.no_body_expected;
        let expectation = response::expectation(output, head, self.subject.rules);
        let mut attempt = Attempt::default();
        // Every request here is the suite's own, with its first line in capitals.
        let then = if outgoing.head.windows(10).any(|word| word == b" HTTP/1.0\r") {
            Then::Close
        } else {
            Then::Keep
        };
        let Exchanged { record, result } = lane.exchange(&outgoing, then);
        attempt.exchanges.push(record);
        attempt.sent.push(outgoing);
        match result {
            Ok(response) => {
                attempt.violations = expectation.judge(&response);
                self.follow_up(&mut attempt, output, &response, lane);
            }
            Err(ended) => no_response(&mut attempt, &expectation, output, &ended),
        }
        attempt
    }
}

impl Property for Outputs<'_> {
    type Draw = OutputDraw;
    const ID: &'static str = ID;
    const TITLE: &'static str = "Generated module outputs are answered as the specification says";
    const REQUIREMENTS: &'static [&'static str] = &[
        "header-block.line-ends",
        "header-block.first-empty-line",
        "header-block.names-case-insensitive",
        "header-block.first-colon",
        "header-block.others-forwarded",
        "header-block.set-cookie",
        "header-block.repeated-kept",
        "header-block.malformed-line",
        "header-block.blank-before-colon",
        "header-block.continuation-line",
        "header-block.controls",
        "header-block.value-bytes",
        "header-block.incomplete",
        "header-block.no-cgi-field",
        "header-block.cgi-field-once",
        "header-block.no-nph",
        "header-block.status-not-forwarded",
        "header-block.connection-level",
        "header-block.content-length",
        "status.default-200",
        "status.sets-code",
        "status.position",
        "status.alone",
        "status.malformed",
        "status.below-200",
        "status.bodiless",
        "status.any-final-code",
        "status.error-body-kept",
        "location.absolute",
        "location.status-wins",
        "location.without-content-type",
        "location.with-document",
        "location.path-only.not-fetched",
        "location.status-not-3xx",
        "body.unchanged",
        "body.head.discarded",
        "body.framing",
        "failure.server-survives",
    ];

    fn strategy(&self) -> BoxedStrategy<OutputDraw> {
        draw::strategy(self.subject.rules, &self.subject.env.path)
    }

    /// What a line that is no field does to everything behind it is no fault in the treatment of the
    /// fields behind it: if that line were not needed, the smallest case would lack it.
    fn cause(&self, smallest: &OutputDraw, violation: &Violation) -> &'static str {
        let shows = violation.requirement;
        let irregular = Output::parse(&smallest.output()).irregular();
        irregular
            .filter(|_| FOLLOWS.contains(&shows))
            .unwrap_or(shows)
    }

    fn attempt(&self, draw: &OutputDraw, lane: &mut Lane<'_>) -> Attempt {
        self.exchange(&draw.output(), draw.render(self.subject), lane)
    }
}

/// Requirements about what is made of proper fields and of the body.
const FOLLOWS: [&str; 16] = [
    "body.unchanged",
    "header-block.first-colon",
    "header-block.first-empty-line",
    "header-block.names-case-insensitive",
    "header-block.others-forwarded",
    "header-block.repeated-kept",
    "header-block.set-cookie",
    "header-block.value-bytes",
    "location.absolute",
    "location.status-not-3xx",
    "location.status-wins",
    "location.with-document",
    "status.bodiless",
    "status.default-200",
    "status.error-body-kept",
    "status.sets-code",
];

/// More than a pipe holds: a server that does not write and read at once comes to a stop.
const LARGE: usize = 48 * 1024;

/// No complete response came: the bytes that did come may tell why.
fn no_response(attempt: &mut Attempt, expectation: &Expectation, output: &[u8], ended: &Ended) {
    let received = attempt
        .exchanges
        .last()
        .map(|record| record.response.clone())
        .unwrap_or_default();
    if matches!(ended, Ended::Malformed(_)) {
        attempt.violations = expectation.judge_bytes(&received);
        if !attempt.violations.is_empty() {
            return;
        }
    }
    let length = has_length(output) && *ended != Ended::Closed;
    let requirement = match ended {
        _ if length => "header-block.content-length",
        Ended::Timeout(_) if output.len() > LARGE => "stdin.large-echo",
        Ended::Timeout(_) if !received.is_empty() => "body.framing",
        _ => "failure.server-survives",
    };
    attempt.ended(ended, requirement);
    for violation in attempt.violations.iter_mut().filter(|_| length) {
        violation.requirement = requirement;
    }
}

/// Whether the module wrote a Content-Length, which a server may have believed.
fn has_length(output: &[u8]) -> bool {
    Output::parse(output).lines.iter().any(
        |line| matches!(line, Line::Field(f) | Line::BlankBeforeColon(f) if f.is("Content-Length")),
    )
}
