//! Property tests: drawn requests and drawn module outputs, held against the [model](crate::model).
//!
//! Each case is drawn from its own seed (the run's seed and the case's number), so that any one can
//! be drawn again. A case that does not conform is made smaller as long as it violates the same
//! requirement; every requirement that is violated is reported once, with its smallest case.

mod again;
mod attempt;
mod lane;
mod outputs;
mod record;
mod requests;
mod saved;
mod search;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::case::schema::{Feature, Profile};
use crate::model::Rules;
use crate::model::request::MountModel;
use crate::outcome::CaseRecord;
use crate::target::Target;
use crate::wire::client::Client;

pub use again::{Again, again};
use attempt::Property;

/// How much is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PropertyOptions {
    /// Cases of each property test.
    pub cases: u32,
    /// What they are drawn from.
    pub seed: u64,
}

/// Names of the property tests, which are the ids of their records.
pub const IDS: [&str; 2] = [requests::ID, outputs::ID];

/// Runs all property tests: [`run_one`] for each of [`IDS`].
pub fn run(target: &Target, client: &Client, options: PropertyOptions) -> Vec<CaseRecord> {
    IDS.iter()
        .flat_map(|id| run_one(id, target, client, options))
        .collect()
}

/// Ids and titles of the property tests.
pub fn titles() -> [(&'static str, &'static str); 2] {
    [
        (requests::ID, requests::Requests::TITLE),
        (outputs::ID, outputs::Outputs::TITLE),
    ]
}

/// The record of a property test in which the suite itself failed.
pub fn harness_error(id: &str, reason: String) -> CaseRecord {
    record::harness_error(id, reason)
}

/// Runs the property test of this id. The first record is the test's own; a record follows for each
/// further requirement that was found violated, under the id of the test and the requirement.
/// Nothing if the run was interrupted or the id is unknown.
pub fn run_one(
    id: &str,
    target: &Target,
    client: &Client,
    options: PropertyOptions,
) -> Vec<CaseRecord> {
    let started = Instant::now();
    let subject = match Subject::of(target) {
        Ok(subject) => subject,
        Err(reason) => return vec![record::not_applicable(id, reason)],
    };
    match id {
        requests::ID => {
            let property = requests::Requests::new(&subject);
            check(&property, &subject, client, options, started)
        }
        outputs::ID => {
            let property = outputs::Outputs::new(&subject);
            check(&property, &subject, client, options, started)
        }
        _ => Vec::new(),
    }
}

fn check<P: Property>(
    property: &P,
    subject: &Subject,
    client: &Client,
    options: PropertyOptions,
    started: Instant,
) -> Vec<CaseRecord> {
    match search::search(property, client, options, Patience::default()) {
        Some(found) => {
            let drawn = record::Drawn {
                subject,
                address: client.address,
                options,
            };
            record::records::<P>(found, drawn, started.elapsed())
        }
        None => Vec::new(),
    }
}

/// Bounds of shrinking, for servers that let the client wait.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// Attempts at making one failure smaller.
    steps: u32,
    /// Time for making one failure smaller.
    time: Duration,
    /// Time for one exchange while a failure is made smaller.
    haste: Duration,
    /// Exchanges of the search that may time out before it stops.
    timeouts: u32,
    /// Requirements after which the search stops.
    failures: usize,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            steps: 1500,
            time: Duration::from_secs(15),
            haste: Duration::from_secs(1),
            timeouts: 3,
            failures: 25,
        }
    }
}

/// What the property tests need to know about a target.
#[derive(Debug, Clone)]
struct Subject {
    env: MountModel,
    cat: MountModel,
    say: MountModel,
    authority: String,
    /// The client's address as the server sees it.
    peer: Option<IpAddr>,
    rules: Rules,
    chunked: bool,
}

impl Subject {
    fn of(target: &Target) -> Result<Subject, String> {
        let mount = |name: &str| match target.mount(name) {
            Some(point) => Ok(MountModel {
                path: point.path,
                pattern: point.pattern,
            }),
            None => Err(format!("the target has no mount `{name}`")),
        };
        let ip = target.address.ip();
        Ok(Subject {
            env: mount("env")?,
            cat: mount("cat")?,
            say: mount("say")?,
            authority: target.authority.clone(),
            // Over a network there may be address translation in between.
            peer: ip.is_loopback().then_some(ip),
            rules: match target.profile {
                Some(Profile::Cgi) => Rules::Cgi,
                _ => Rules::Wagi,
            },
            chunked: !target.lacks.contains_key(&Feature::ChunkedRequests),
        })
    }
}
