//! Cases whose answer the model computes: saved failures, sent again.

use super::attempt::Attempt;
use super::lane::Lane;
use super::{Subject, outputs, requests};
use crate::case::bytes::Context;
use crate::case::library::Loaded;
use crate::model::request::{MountModel, RequestModel};
use crate::outcome::{ExchangeRecord, Mismatch};
use crate::run::random::nonce;
use crate::target::Target;
use crate::wire::client::{Client, Outgoing};

/// What came of a case that was sent again.
#[derive(Debug, Clone, Default)]
pub struct Again {
    /// The first difference, with the requirement that is violated.
    pub violation: Option<(&'static str, Mismatch)>,
    /// What was sent and received.
    pub exchanges: Vec<ExchangeRecord>,
    /// What was sent, for a reproducer.
    pub sent: Vec<Outgoing>,
    /// The user gave up.
    pub interrupted: bool,
}

/// Sends the exchanges of a case on one connection and compares what comes with what the model
/// computes for them. The error says why the case cannot be judged here.
pub fn again(case: &Loaded, target: &Target, client: &Client, seed: u64) -> Result<Again, String> {
    let subject = Subject::of(target)?;
    let mut lane = Lane::new(client);
    let mut all = Again::default();
    for (index, exchange) in case.exchanges.iter().enumerate() {
        let name = exchange.mount.as_ref().unwrap_or(&case.case.mount);
        let mount = target
            .mount(name)
            .ok_or_else(|| format!("the target has no mount `{name}`"))?;
        let context = Context {
            nonce: nonce(seed, &case.case.id, 0, index),
            host: target.authority.clone(),
            mount: mount.path.clone(),
            pattern: mount.pattern.clone(),
        };
        let request = &exchange.request;
        let mut outgoing = request.build(&context);
        // There is one request in it, even where it is written byte for byte.
        outgoing.several = false;
        let attempt: Attempt = match &request.output {
            Some(output) => {
                let output = context.bytes(output);
                outputs::Outputs::new(&subject).exchange(&output, outgoing, &mut lane)
            }
            None => {
                let mount = MountModel {
                    path: mount.path,
                    pattern: mount.pattern,
                };
                let model = RequestModel::parse(&outgoing.bytes(), mount, subject.peer)?;
                requests::Requests::new(&subject).exchange(&model, outgoing, &mut lane)
            }
        };
        all.interrupted |= attempt.interrupted;
        all.exchanges.extend(attempt.exchanges);
        all.sent.extend(attempt.sent);
        if let Some(reason) = attempt.refused {
            return Err(format!("no connection: {reason}"));
        }
        // What was violated when the case was saved comes first.
        let saved = |requirement: &str| case.case.requirements.iter().any(|id| id == requirement);
        let mut violations = attempt.violations;
        violations.sort_by_key(|violation| !saved(violation.requirement));
        if let Some(violation) = violations.into_iter().next() {
            let mismatch = Mismatch {
                subject: violation.subject,
                expected: violation.expected,
                actual: violation.actual,
            };
            all.violation = Some((violation.requirement, mismatch));
            break;
        }
    }
    Ok(all)
}
