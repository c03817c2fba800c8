//! Property `property.requests`: a drawn request arrives at the module as the model says.

mod body;
mod draw;
mod fields;
mod target;

use proptest::strategy::BoxedStrategy;

use super::Subject;
use super::attempt::{Attempt, Property};
use super::lane::{Lane, Then};
use crate::model::delivery::{Seen, delivery};
use crate::model::request::RequestModel;
use crate::probe::Dump;
use crate::wire::client::Outgoing;
use crate::wire::message::Response;
use draw::RequestDraw;

/// The id of the record.
pub(super) const ID: &str = "property.requests";

/// Drawn requests to the `env` mount.
pub(super) struct Requests<'a> {
    subject: &'a Subject,
}

impl<'a> Requests<'a> {
    /// To the `env` mount of `subject`.
    pub(super) fn new(subject: &'a Subject) -> Requests<'a> {
        Requests { subject }
    }
}

impl Requests<'_> {
    /// Sends a request and compares what comes with what the model says.
    pub(super) fn exchange(
        &self,
        model: &RequestModel,
        outgoing: Outgoing,
        lane: &mut Lane<'_>,
    ) -> Attempt {
        let then = if model.ends_connection() {
            Then::Close
        } else {
            Then::Keep
        };
        let exchanged = lane.exchange(&outgoing, then);
        let delivery = delivery(model, self.subject.rules);
        let mut attempt = Attempt::default();
        match &exchanged.result {
            Ok(response) => attempt.violations = delivery.judge(seen(response, &mut None)),
            Err(ended) => {
                let refusal = delivery
                    .required_refusal
                    .or(delivery.refusals.first().copied());
                let requirement = refusal.map_or("env.delivered-as-environment", |refusal| {
                    refusal.requirement
                });
                attempt.ended(ended, requirement);
            }
        }
        attempt.exchanges.push(exchanged.record);
        attempt.sent.push(outgoing);
        attempt
    }
}

impl Property for Requests<'_> {
    type Draw = RequestDraw;
    const ID: &'static str = ID;
    const TITLE: &'static str = "Generated requests arrive as the specification says";
    const REQUIREMENTS: &'static [&'static str] = &[
        "env.delivered-as-environment",
        "env.names.unique-upper-case",
        "env.always-set",
        "env.gateway-interface",
        "env.request-method",
        "env.query-string.verbatim",
        "env.script-name",
        "env.path-info",
        "env.path-info.decoded-once",
        "env.path-translated",
        "env.raw-path-info",
        "env.matched-route",
        "env.full-url",
        "env.server-name",
        "env.server-protocol",
        "env.remote-addr",
        "env.content-length.counted",
        "env.content-type.unchanged",
        "env.values.utf8-without-nul",
        "field.name-mapping",
        "field.repeated.joined",
        "field.cookie.joined",
        "field.name.ambiguous",
        "field.proxy.dropped",
        "field.never-overrides",
        "field.value.utf8",
        "field.value.not-utf8",
        "arg.query-split",
        "arg.not-decoded",
        "stdin.bytes-unchanged",
        "stdin.chunked.decoded",
        "security.nul-in-path",
    ];

    fn strategy(&self) -> BoxedStrategy<RequestDraw> {
        draw::strategy(self.subject.rules, self.subject.peer.is_some())
    }

    fn attempt(&self, draw: &RequestDraw, lane: &mut Lane<'_>) -> Attempt {
        let (model, outgoing) = draw.render(self.subject);
        self.exchange(&model, outgoing, lane)
    }
}

fn seen<'a>(response: &Response, dump: &'a mut Option<Dump>) -> Seen<'a> {
    *dump = Dump::parse(&response.body)
        .ok()
        .filter(|_| response.head.status == 200);
    match dump {
        Some(dump) => Seen::Ran(dump),
        None => Seen::Answered(response.head.status),
    }
}
