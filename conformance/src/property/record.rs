//! What a property test reports.

use std::net::SocketAddr;
use std::time::Duration;

use super::attempt::Property;
use super::search::{Failure, Found};
use super::{PropertyOptions, Subject, outputs, requests, saved};
use crate::outcome::{CaseRecord, Mismatch, Outcome, Reproducer};
use crate::reproducer;

/// The row of the property tests in the summary by area.
pub(super) const AREA: &str = "property-tests";

/// Where and how cases were drawn.
#[derive(Clone, Copy)]
pub(super) struct Drawn<'a> {
    pub(super) subject: &'a Subject,
    pub(super) address: SocketAddr,
    pub(super) options: PropertyOptions,
}

/// The records of a finished search.
pub(super) fn records<P: Property>(
    found: Found,
    from: Drawn<'_>,
    duration: Duration,
) -> Vec<CaseRecord> {
    let options = from.options;
    let mut own = CaseRecord {
        duration,
        requirements: P::REQUIREMENTS.iter().map(|&id| id.to_owned()).collect(),
        ..blank(P::ID, P::TITLE, Outcome::Pass)
    };
    let drawn = format!("{} cases drawn with seed {}", found.cases, options.seed);
    own.reason = match &found.ended {
        Some(why) => Some(format!("{drawn}, then stopped: {why}")),
        None => Some(drawn),
    };
    if found.unreachable {
        own.outcome = Outcome::SetupFailed;
    } else if found.ended.is_some() && found.failures.is_empty() {
        // The server was there and is no longer.
        own.outcome = Outcome::Fail;
        own.requirements = vec!["failure.server-survives".to_owned()];
        own.mismatch = Some(Mismatch {
            subject: "connection".to_owned(),
            expected: "the server goes on serving".to_owned(),
            actual: found.ended.unwrap_or_default(),
        });
    }
    let mut failures = found.failures.into_iter();
    let Some(first) = failures.next() else {
        return vec![own];
    };
    let stopped = own
        .reason
        .take()
        .filter(|reason| reason.contains("stopped"));
    let mut records = vec![failed::<P>(own, first, from)];
    for failure in failures {
        let id = format!("{}.{}", P::ID, failure.violation.requirement);
        let record = blank(&id, P::TITLE, Outcome::Fail);
        records.push(failed::<P>(record, failure, from));
    }
    if let (Some(stopped), Some(reason)) = (stopped, &mut records[0].reason) {
        reason.push_str("; ");
        reason.push_str(&stopped);
    }
    records
}

/// The record of a property test that the target has no mounts for.
pub(super) fn not_applicable(id: &str, reason: String) -> CaseRecord {
    let title = match id {
        requests::ID => requests::Requests::TITLE,
        _ => outputs::Outputs::TITLE,
    };
    CaseRecord {
        reason: Some(reason),
        ..blank(id, title, Outcome::NotApplicable)
    }
}

/// The record of a property test in which the suite itself failed.
pub(super) fn harness_error(id: &str, reason: String) -> CaseRecord {
    CaseRecord {
        outcome: Outcome::HarnessError,
        ..not_applicable(id, reason)
    }
}

fn blank(id: &str, title: &str, outcome: Outcome) -> CaseRecord {
    CaseRecord {
        outcome,
        ..CaseRecord::new(id, title, AREA)
    }
}

fn failed<P: Property>(record: CaseRecord, failure: Failure, from: Drawn<'_>) -> CaseRecord {
    let options = from.options;
    let violation = failure.violation.clone();
    let steps = match failure.steps {
        Some(steps) => format!("made smaller in {steps} steps"),
        None => "which conformed when it was tried again on a connection of its own".to_owned(),
    };
    let reproducer = reproducer(&failure, from.address, &record.id);
    let drawn = saved::case(&failure, from.subject, P::ID, &record.id);
    CaseRecord {
        outcome: Outcome::Fail,
        requirements: vec![violation.requirement.to_owned()],
        reason: Some(format!(
            "case {} of {} with seed {}, {steps}",
            failure.case, options.cases, options.seed
        )),
        mismatch: Some(Mismatch {
            subject: violation.subject,
            expected: violation.expected,
            actual: violation.actual,
        }),
        reproducer,
        drawn: Some(drawn),
        exchanges: failure.exchanges,
        ..record
    }
}

fn reproducer(failure: &Failure, address: SocketAddr, id: &str) -> Option<Reproducer> {
    /// More is no line that anybody would paste.
    const PRINTED: usize = 4096;
    let length: usize = failure.sent.iter().map(|sent| sent.bytes().len()).sum();
    (!failure.sent.is_empty() && length <= PRINTED)
        .then(|| reproducer::of(&failure.sent, address, id))
}
