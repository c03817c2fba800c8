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

use proptest::strategy::ValueTree as _;

use crate::case::schema::{Feature, Profile};
use crate::model::Rules;
use crate::model::request::MountModel;
use crate::outcome::CaseRecord;
use crate::target::Target;
use crate::wire::client::{Client, Outgoing};

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

/// A property test, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The id of its record.
    pub id: &'static str,
    /// One line.
    pub title: &'static str,
    /// What is drawn.
    pub draws: &'static str,
    /// What conforms.
    pub conforms: &'static str,
    /// The requirements that its cases can violate.
    pub requirements: &'static [&'static str],
}

/// What there is to say of the property test of this id, or of the one that a finding
/// (`property.outputs.status.alone`) belongs to.
pub fn about(id: &str) -> Option<About> {
    let is = |own: &str| {
        id == own
            || id
                .strip_prefix(own)
                .is_some_and(|rest| rest.starts_with('.'))
    };
    if is(requests::ID) {
        return Some(About {
            id: requests::ID,
            title: requests::Requests::TITLE,
            draws: "requests to the mount `env`: methods, paths with every kind of escape, queries, fields with \
                    duplicates, odd case and odd bytes, bodies by length and chunked, HTTP/1.0 and HTTP/1.1, one \
                    after another on a connection that is kept where request and response allow it",
            conforms: "variables, arguments and standard input are what the model of the specification computes, or \
                       the request is refused as it allows",
            requirements: requests::Requests::REQUIREMENTS,
        });
    }
    is(outputs::ID).then_some(About {
        id: outputs::ID,
        title: outputs::Outputs::TITLE,
        draws: "what a module writes (through the mounts `cat` and `say`): fields in any order, case and spacing, LF \
                and CRLF mixed, Status and Location in all forms, lines that are no fields, control characters, \
                lengths that lie, bodies of all kinds",
        conforms: "the response is one that the model of the specification computes, and the next request on the \
                   connection gets its own answer",
        requirements: outputs::Outputs::REQUIREMENTS,
    })
}

/// The request that is drawn as case `number` (from 1) with this seed, for the property test of
/// this id; nothing if there is no such test. The error says what the target lacks.
pub fn drawn(
    id: &str,
    target: &Target,
    seed: u64,
    number: u32,
) -> Result<Option<Outgoing>, String> {
    let subject = Subject::of(target)?;
    Ok(match id {
        requests::ID => {
            let property = requests::Requests::new(&subject);
            let strategy = property.strategy();
            let tree = search::draw::<requests::Requests<'_>>(&strategy, seed, number);
            Some(tree.current().render(&subject).1)
        }
        outputs::ID => {
            let property = outputs::Outputs::new(&subject);
            let strategy = property.strategy();
            let tree = search::draw::<outputs::Outputs<'_>>(&strategy, seed, number);
            Some(tree.current().render(&subject))
        }
        _ => None,
    })
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
