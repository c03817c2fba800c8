//! One case, sent and compared.

use std::fmt::Debug;

use proptest::strategy::BoxedStrategy;

use super::lane::Lane;
use crate::model::Violation;
use crate::outcome::ExchangeRecord;
use crate::wire::client::{Ended, Outgoing};

/// A property test.
pub(super) trait Property {
    /// What is drawn.
    type Draw: Debug + Clone;
    /// The id of its record.
    const ID: &'static str;
    /// One line for people.
    const TITLE: &'static str;
    /// The requirements that its cases can violate.
    const REQUIREMENTS: &'static [&'static str];

    /// How cases are drawn.
    fn strategy(&self) -> BoxedStrategy<Self::Draw>;

    /// The requirement that the smallest case violates, where it is another than the one under
    /// which that shows.
    fn cause(&self, _smallest: &Self::Draw, violation: &Violation) -> &'static str {
        violation.requirement
    }

    /// Sends one case and compares what comes with the model.
    fn attempt(&self, draw: &Self::Draw, lane: &mut Lane<'_>) -> Attempt;
}

/// What came of one case.
#[derive(Debug, Clone, Default)]
pub(super) struct Attempt {
    /// How it departs from the model.
    pub(super) violations: Vec<Violation>,
    /// What was sent and received.
    pub(super) exchanges: Vec<ExchangeRecord>,
    /// What was sent.
    pub(super) sent: Vec<Outgoing>,
    /// Whether an exchange was not answered in time.
    pub(super) timed_out: bool,
    /// No connection could be made, for this reason.
    pub(super) refused: Option<String>,
    /// The user gave up.
    pub(super) interrupted: bool,
}

impl Attempt {
    /// The violation of this requirement, if there is one.
    pub(super) fn of(&self, requirement: &str) -> Option<&Violation> {
        self.violations
            .iter()
            .find(|violation| violation.requirement == requirement)
    }

    /// Notes that an exchange ended without a response; `requirement` is violated by that.
    pub(super) fn ended(&mut self, ended: &Ended, requirement: &'static str) {
        match ended {
            Ended::Refused(reason) => self.refused = Some(reason.clone()),
            Ended::Interrupted => self.interrupted = true,
            ended => {
                self.timed_out |= matches!(ended, Ended::Timeout(_));
                let requirement = match ended {
                    Ended::Malformed(_) | Ended::BrokenOff(_) => "body.framing",
                    _ => requirement,
                };
                let expected = "a complete response";
                let actual = ended.to_string();
                self.violations
                    .push(Violation::new(requirement, "connection", expected, actual));
            }
        }
    }
}
