//! From attempts to a record.

use std::time::Duration;

use super::attempt::Attempt;
use crate::case::library::Loaded;
use crate::outcome::{CaseRecord, Level, Mismatch, Outcome};
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
    pub(super) fn judge(&mut self, case: &Loaded, rounds: Vec<Vec<Attempt>>, target: &Target) {
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
                self.record.reproducer =
                    Some(reproducer::of(&attempt.sent, target.address, &case.case.id));
            }
        }
        if failed > 0 && failed < total {
            self.record.reason = Some(format!("flaky: {failed} of {total} runs failed"));
        }
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
        id: case.case.id.clone(),
        title: case.case.title.clone(),
        area: case.area.clone(),
        requirements: case.case.requirements.clone(),
        level: case.level,
        outcome: Outcome::Pass,
        reason: None,
        mismatch: None,
        reproducer: None,
        duration: Duration::ZERO,
        exchanges: Vec::new(),
    }
}
