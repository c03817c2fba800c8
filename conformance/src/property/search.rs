//! The search: draw, send, compare; and make smaller what does not conform.

use std::time::Instant;

use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::attempt::{Attempt, Property};
use super::lane::Lane;
use super::{Patience, PropertyOptions};
use crate::model::Violation;
use crate::outcome::ExchangeRecord;
use crate::wire::client::{Client, Outgoing};

/// How many violations of one requirement are made smaller only to turn out as another's.
const MISLED: usize = 3;

/// What a search came to.
#[derive(Debug)]
pub(super) struct Found {
    /// How many cases were sent.
    pub(super) cases: u32,
    /// One for each requirement that was violated, in the order found.
    pub(super) failures: Vec<Failure>,
    /// Why the search ended before its last case.
    pub(super) ended: Option<String>,
    /// Whether not even the first case could be sent.
    pub(super) unreachable: bool,
}

impl Found {
    /// Whether a failure under this requirement is known.
    fn violate(&self, requirement: &str) -> bool {
        let known = |failure: &Failure| failure.violation.requirement == requirement;
        self.failures.iter().any(known)
    }
}

/// A case that violates a requirement, made as small as it could be.
#[derive(Debug)]
pub(super) struct Failure {
    /// How it departs from the model.
    pub(super) violation: Violation,
    /// The number of the case, from 1.
    pub(super) case: u32,
    /// After how many attempts the smallest case was found; `None` for a case that did conform when
    /// it was tried again, on a fresh connection.
    pub(super) steps: Option<u32>,
    /// What was sent and received.
    pub(super) exchanges: Vec<ExchangeRecord>,
    /// What was sent.
    pub(super) sent: Vec<Outgoing>,
}

/// Draws and sends all cases; `None` if the user gave up.
pub(super) fn search<P: Property>(
    property: &P,
    client: &Client,
    options: PropertyOptions,
    patience: Patience,
) -> Option<Found> {
    let strategy = property.strategy();
    let mut lane = Lane::new(client);
    let mut found = Found {
        cases: 0,
        failures: Vec::new(),
        ended: None,
        unreachable: false,
    };
    let mut misleading: Vec<&str> = Vec::new();
    let mut timeouts = 0;
    while found.cases < options.cases {
        let case = found.cases + 1;
        let draw = draw::<P>(&strategy, options.seed, case).current();
        let previous = lane.previous();
        let attempt = property.attempt(&draw, &mut lane);
        if attempt.interrupted {
            return None;
        }
        if let Some(reason) = attempt.refused {
            found.unreachable = found.cases == 0;
            found.ended = Some(format!("no connection at case {case}: {reason}"));
            break;
        }
        found.cases = case;
        timeouts += u32::from(attempt.timed_out);
        for violation in &attempt.violations {
            let shows = violation.requirement;
            let misled = misleading
                .iter()
                .filter(|&&requirement| requirement == shows)
                .count();
            if found.violate(shows) || misled >= MISLED {
                continue;
            }
            let tree = self::draw::<P>(&strategy, options.seed, case);
            let failure = match shrink(property, client, tree, violation.requirement, patience) {
                Shrunk::Smallest(failure) => *failure,
                Shrunk::NotRepeated => unrepeated(violation, &attempt, previous.clone()),
                Shrunk::Interrupted => return None,
            };
            let cause = failure.violation.requirement;
            if cause != shows {
                misleading.push(shows);
            }
            if !found.violate(cause) {
                found.failures.push(Failure { case, ..failure });
            }
        }
        if found.failures.len() >= patience.failures {
            found.ended = Some("too many requirements are violated".to_owned());
            break;
        }
        if timeouts >= patience.timeouts {
            found.ended = Some(format!("{timeouts} exchanges were not answered in time"));
            break;
        }
    }
    Some(found)
}

/// A case is drawn from the run's seed, the property and its number, and from nothing else.
pub(super) fn draw<P: Property>(
    strategy: &BoxedStrategy<P::Draw>,
    seed: u64,
    case: u32,
) -> Box<dyn ValueTree<Value = P::Draw>> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..12].copy_from_slice(&case.to_le_bytes());
    let property = P::ID
        .bytes()
        .fold(0u64, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
    bytes[16..24].copy_from_slice(&property.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, rng);
    #[expect(
        clippy::unwrap_used,
        reason = "no strategy here rejects what it has drawn"
    )]
    strategy.new_tree(&mut runner).unwrap()
}

/// What came of making a case smaller.
enum Shrunk {
    /// The smallest case found that violates the requirement.
    Smallest(Box<Failure>),
    /// On a fresh connection not even the whole case does.
    NotRepeated,
    /// The user gave up.
    Interrupted,
}

/// Makes a case smaller as long as it violates `requirement`, each attempt on a fresh connection.
fn shrink<P: Property>(
    property: &P,
    client: &Client,
    mut tree: Box<dyn ValueTree<Value = P::Draw>>,
    requirement: &str,
    patience: Patience,
) -> Shrunk {
    let started = Instant::now();
    // Where a violation is that no answer comes, waiting long for each would take too long.
    let hasty = Client {
        timeout: client.timeout.min(patience.haste),
        ..client.clone()
    };
    let attempt = |draw: &P::Draw, client| property.attempt(draw, &mut Lane::new(client));
    let whole = attempt(&tree.current(), client);
    if whole.interrupted {
        return Shrunk::Interrupted;
    }
    let Some(whole) = Failure::of(whole, requirement, 0) else {
        return Shrunk::NotRepeated;
    };
    let mut smallest = (tree.current(), None);
    let mut goes_on = tree.simplify();
    for step in 1..patience.steps {
        if !goes_on || started.elapsed() >= patience.time {
            break;
        }
        let tried = attempt(&tree.current(), &hasty);
        if tried.interrupted {
            return Shrunk::Interrupted;
        }
        let waited = tried.timed_out;
        goes_on = match Failure::of(tried, requirement, step) {
            Some(failure) => {
                smallest = (tree.current(), Some((failure, waited)));
                tree.simplify()
            }
            None => tree.complicate(),
        };
    }
    let (draw, smaller) = smallest;
    let mut failure = match smaller {
        // Nothing smaller, or smaller only for want of patience.
        None => whole,
        Some((failure, true)) => {
            let step = failure.steps.unwrap_or_default();
            Failure::of(attempt(&draw, client), requirement, step).unwrap_or(whole)
        }
        Some((failure, false)) => failure,
    };
    failure.violation.requirement = property.cause(&draw, &failure.violation);
    Shrunk::Smallest(Box::new(failure))
}

impl Failure {
    /// The failure if the attempt violates the requirement.
    fn of(attempt: Attempt, requirement: &str, step: u32) -> Option<Failure> {
        let violation = attempt.of(requirement)?.clone();
        let Attempt {
            sent, exchanges, ..
        } = attempt;
        Some(Failure {
            violation,
            case: 0,
            steps: Some(step),
            sent,
            exchanges,
        })
    }
}

/// A case that did not conform but does on a fresh connection: as it was, behind the exchange that
/// went before on its connection.
fn unrepeated(
    violation: &Violation,
    attempt: &Attempt,
    previous: Option<ExchangeRecord>,
) -> Failure {
    let exchanges = attempt.exchanges.iter().cloned();
    Failure {
        violation: violation.clone(),
        case: 0,
        steps: None,
        sent: attempt.sent.clone(),
        exchanges: previous.into_iter().chain(exchanges).collect(),
    }
}
