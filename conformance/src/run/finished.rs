//! From attempts to a record.

use super::attempt::Attempt;
use crate::case::library::Loaded;
use crate::outcome::{CaseRecord, Level, Mismatch, Outcome};
use crate::property::Again;
use crate::reproducer;
use crate::target::Target;

/// A record, with what a twin needs to know.
#[derive(Debug, Clone)]
pub(super) struct Finished {
    pub(super) record: CaseRecord,
    /// Whether the module is known to have run in each exchange that conformed.
    pub(super) proven: bool,
}

impl Finished {
    /// Passed, unless something else comes out.
    pub(super) fn new(case: &Loaded) -> Self {
        Self {
            record: blank(case),
            proven: false,
        }
    }

    /// The verdict on the rounds of `--repeat`, each with its attempts.
    pub(super) fn judge(&mut self, case: &Loaded, rounds: Vec<Vec<Attempt>>) {
        let total = rounds.len();
        let failed = rounds.iter().filter(|round| judged(round).is_err()).count();
        // The failing round if there is one, else the last.
        let shown = rounds
            .iter()
            .find(|round| judged(round).is_err())
            .or(rounds.last());
        let Some(round) = shown else {
            return;
        };
        match judged(round) {
            Ok(attempt) => {
                self.record.exchanges.clone_from(&attempt.exchanges);
                let matched = attempt.result.as_ref().map_or(&[][..], Vec::as_slice);
                self.proven = matched.iter().all(|one| one.proves);
                if case.level == Level::May {
                    let labels: Vec<_> = matched
                        .iter()
                        .filter_map(|one| one.label.as_deref())
                        .collect();
                    if !labels.is_empty() {
                        self.record.reason = Some(format!("observed: {}", labels.join(", ")));
                    }
                }
            }
            Err((attempt, miss)) => {
                self.record.exchanges.clone_from(&attempt.exchanges);
                self.record.outcome = match case.level {
                    Level::Must => Outcome::Fail,
                    Level::Should => Outcome::Warn,
                    Level::May => Outcome::Pass,
                };
                if case.level == Level::May {
                    self.proven = true;
                    self.record.reason = Some(format!(
                        "observed something else: {}: {} instead of {}",
                        miss.subject, miss.actual, miss.expected
                    ));
                    return;
                }
                self.record.mismatch = Some(miss);
                self.record.reproducer = Some(reproducer::of(
                    &attempt.sent,
                    attempt.address,
                    &case.case.id,
                ));
            }
        }
        if failed > 0 && failed < total {
            self.record.reason = Some(format!("flaky: {failed} of {total} runs failed"));
        }
    }

    /// One run of a case whose answer the model computes; whether it failed. What failed is kept
    /// over what did not.
    pub(super) fn judge_again(&mut self, again: Again, case: &Loaded, target: &Target) -> bool {
        let Some((requirement, mismatch)) = again.violation else {
            if self.record.mismatch.is_none() {
                self.record.exchanges = again.exchanges;
            }
            return false;
        };
        self.record.outcome = match case.level {
            Level::Must => Outcome::Fail,
            Level::Should => Outcome::Warn,
            Level::May => Outcome::Pass,
        };
        self.record.requirements = vec![requirement.to_owned()];
        self.record.mismatch = Some(mismatch);
        self.record.reproducer = Some(reproducer::of(&again.sent, target.address, &case.case.id));
        self.record.exchanges = again.exchanges;
        true
    }

    /// A refusal counts only if the twin, one byte away, was accepted.
    pub(super) fn believe(&mut self, id: &str, twin: &Finished) {
        let (outcome, why) = match twin.record.outcome {
            Outcome::Pass => return,
            Outcome::NotApplicable => (Outcome::NotApplicable, "does not apply"),
            Outcome::Fail | Outcome::Warn => (Outcome::SetupFailed, "did not conform"),
            _ => (Outcome::SetupFailed, "could not be tried"),
        };
        self.record.outcome = outcome;
        let reason = twin
            .record
            .reason
            .as_ref()
            .map(|reason| format!(" ({reason})"));
        self.record.reason = Some(format!(
            "the answer proves nothing, because the twin `{id}` {why}{}",
            reason.unwrap_or_default()
        ));
    }
}

/// The attempt that stands for the round: the first that does not conform, else the last.
fn judged(round: &[Attempt]) -> Result<&Attempt, (&Attempt, Mismatch)> {
    let failed = round
        .iter()
        .find_map(|attempt| Some((attempt, attempt.result.as_ref().err()?)));
    if let Some((attempt, miss)) = failed {
        return Err((attempt, miss.clone()));
    }
    let (Some(first), Some(last)) = (round.first(), round.last()) else {
        unreachable!("a case runs at least once: `repeat` and `parallel` were checked");
    };
    match round
        .iter()
        .find(|attempt| attempt.statuses != first.statuses)
    {
        None => Ok(last),
        Some(other) => {
            let list = |statuses: &[Option<u16>]| {
                let list: Vec<_> = statuses
                    .iter()
                    .map(|one| one.map_or("none".to_owned(), |s| s.to_string()))
                    .collect();
                list.join(", ")
            };
            let mismatch = Mismatch {
                subject: format!("status over {} attempts", round.len()),
                expected: format!("{} every time", list(&first.statuses)),
                actual: format!("{} as well", list(&other.statuses)),
            };
            Err((other, mismatch))
        }
    }
}

fn blank(case: &Loaded) -> CaseRecord {
    CaseRecord {
        place: Some(format!("{}:{}", case.place.file, case.place.line)),
        requirements: case.case.requirements.clone(),
        level: case.level,
        ..CaseRecord::new(&case.case.id, &case.case.title, &case.area)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::matcher::Matched;

    /// Some case of the suite; what it asks for does not matter here.
    fn case(level: Level) -> Loaded {
        let library = crate::case::library::all().unwrap_or_else(|error| panic!("{error}"));
        let case = library.iter().next().expect("the suite has cases");
        Loaded {
            level,
            ..case.clone()
        }
    }

    fn attempt(status: u16, result: Result<bool, &str>) -> Attempt {
        let matched = |proves| Matched {
            label: Some("seen".to_owned()),
            proves,
        };
        Attempt {
            exchanges: Vec::new(),
            statuses: vec![Some(status)],
            sent: Vec::new(),
            address: ([127, 0, 0, 1], 1).into(),
            closing: false,
            result: result
                .map(|proves| vec![matched(proves)])
                .map_err(|actual| Mismatch {
                    subject: "status".to_owned(),
                    expected: "200".to_owned(),
                    actual: actual.to_owned(),
                }),
        }
    }

    fn judged_at(level: Level, rounds: Vec<Vec<Attempt>>) -> Finished {
        let case = case(level);
        let mut finished = Finished::new(&case);
        finished.judge(&case, rounds);
        finished
    }

    #[test]
    fn the_level_decides_what_a_mismatch_is() {
        let rounds = || vec![vec![attempt(500, Err("500"))]];
        let outcome = |level| judged_at(level, rounds()).record.outcome;
        assert_eq!(outcome(Level::Must), Outcome::Fail);
        assert_eq!(outcome(Level::Should), Outcome::Warn);
        let observed = judged_at(Level::May, rounds()).record;
        assert_eq!(observed.outcome, Outcome::Pass);
        assert_eq!(
            observed.reason.as_deref(),
            Some("observed something else: status: 500 instead of 200")
        );
        let seen = judged_at(Level::May, vec![vec![attempt(200, Ok(true))]]).record;
        assert_eq!(seen.reason.as_deref(), Some("observed: seen"));
    }

    #[test]
    fn one_failure_in_many_runs_is_red_and_called_flaky() {
        let round = |result| vec![attempt(200, result)];
        let finished = judged_at(
            Level::Must,
            vec![round(Ok(true)), round(Err("500")), round(Ok(true))],
        );
        assert_eq!(finished.record.outcome, Outcome::Fail);
        assert_eq!(
            finished.record.reason.as_deref(),
            Some("flaky: 1 of 3 runs failed")
        );
        assert!(finished.record.reproducer.is_some());
    }

    #[test]
    fn repetitions_that_conform_differently_do_not_conform() {
        let round = vec![attempt(301, Ok(true)), attempt(302, Ok(true))];
        let record = judged_at(Level::Must, vec![round]).record;
        assert_eq!(record.outcome, Outcome::Fail);
        let mismatch = record.mismatch.unwrap();
        assert_eq!(
            (mismatch.expected.as_str(), mismatch.actual.as_str()),
            ("301 every time", "302 as well")
        );
    }

    #[test]
    fn a_refusal_counts_only_beside_a_twin_that_was_accepted() {
        let refused = || judged_at(Level::Must, vec![vec![attempt(400, Ok(false))]]);
        assert!(!refused().proven);
        let believed = |twin: Outcome| {
            let mut finished = refused();
            let mut other = refused();
            other.record.outcome = twin;
            other.record.reason = Some("so it is".to_owned());
            finished.believe("the.twin", &other);
            (finished.record.outcome, finished.record.reason)
        };
        assert_eq!(believed(Outcome::Pass), (Outcome::Pass, None));
        for twin in [Outcome::Fail, Outcome::SetupFailed, Outcome::HarnessError] {
            assert_eq!(believed(twin).0, Outcome::SetupFailed);
        }
        let (outcome, reason) = believed(Outcome::NotApplicable);
        assert_eq!(outcome, Outcome::NotApplicable);
        assert_eq!(
            reason.as_deref(),
            Some(
                "the answer proves nothing, because the twin `the.twin` does not apply (so it is)"
            )
        );
    }
}
