//! One case, from the question whether it applies to its record.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::Options;
use super::attempt::{Attempt, Conditions, GivenUp};
use super::random::nonce;
use crate::case::library::Loaded;
use crate::case::schema::Request;
use crate::mount::MountTable;
use crate::outcome::{CaseRecord, Level, Mismatch, Outcome};
use crate::preflight::Preflight;
use crate::reproducer;
use crate::target::Target;
use crate::wire::client::{Client, Connection};

/// How much longer a case may take that waits for a deadline of the server.
const SLOW: Duration = Duration::from_secs(60);
/// How long the server gets to begin with the requests that are to be under way.
const HEAD_START: Duration = Duration::from_millis(200);

/// What a case needs to run.
pub(super) struct Runner<'a> {
    pub(super) target: &'a Target,
    pub(super) client: &'a Client,
    pub(super) options: &'a Options,
    pub(super) preflight: &'a Preflight,
}

/// A record, with what a twin needs to know.
#[derive(Debug, Clone)]
pub(super) struct Finished {
    pub(super) record: CaseRecord,
    /// Whether the module is known to have run in each exchange that conformed.
    proven: bool,
}

impl Runner<'_> {
    /// Runs the case as often as the options say; nothing if the user gave up. `twin` runs the
    /// twin, or remembers what came of it.
    pub(super) fn run(
        &self,
        case: &Loaded,
        twin: impl FnOnce(&str) -> Option<Finished>,
    ) -> Option<Finished> {
        let started = Instant::now();
        let mut finished = Finished {
            record: blank(case),
            proven: false,
        };
        if let Err((outcome, reason)) = self.applies(case) {
            finished.record.outcome = outcome;
            finished.record.reason = Some(reason);
            return Some(finished);
        }
        match catch_unwind(AssertUnwindSafe(|| self.repeated(case))) {
            Ok(Ok(rounds)) => finished.judge(case, rounds, self.target),
            Ok(Err(GivenUp)) => return None,
            Err(panic) => {
                let text = panic
                    .downcast_ref::<String>()
                    .map(String::as_str)
                    .or_else(|| panic.downcast_ref::<&str>().copied());
                finished.record.outcome = Outcome::HarnessError;
                finished.record.reason = Some(format!(
                    "the suite panicked: {}",
                    text.unwrap_or("without a word")
                ));
            }
        }
        if let (Some(id), Outcome::Pass, false) =
            (&case.case.twin, finished.record.outcome, finished.proven)
        {
            finished.believe(id, &twin(id)?);
        }
        finished.record.duration = started.elapsed();
        Some(finished)
    }

    /// Whether the case can run here; else the outcome and the reason.
    fn applies(&self, case: &Loaded) -> Result<(), (Outcome, String)> {
        let not_applicable = |reason: String| Err((Outcome::NotApplicable, reason));
        if let Some(only) = &self.target.profile
            && !case.case.profiles.contains(only)
        {
            return not_applicable(format!(
                "the server is tested in the profile {} only",
                only.name()
            ));
        }
        let chosen = &self.options.profiles;
        if !chosen.is_empty() && !case.case.profiles.iter().any(|one| chosen.contains(one)) {
            return not_applicable("not in a chosen profile".to_owned());
        }
        for name in mounts_of(case) {
            let needs = MountTable::builtin()
                .get(name)
                .map(|mount| mount.needs.as_slice());
            for feature in case.case.needs.iter().chain(needs.unwrap_or_default()) {
                if let Some(reason) = self.target.lacks.get(feature) {
                    return not_applicable(format!("{}: {reason}", feature.name()));
                }
            }
            if self.target.mount(name).is_none() {
                return not_applicable(format!("the server offers no mount `{name}`"));
            }
            if let Some(Err(reason)) = self.preflight.mounts.get(name) {
                return Err((Outcome::SetupFailed, format!("mount `{name}`: {reason}")));
            }
        }
        Ok(())
    }

    /// All attempts, of `--repeat` and of the case itself.
    fn repeated(&self, case: &Loaded) -> Result<Vec<Vec<Attempt>>, GivenUp> {
        let mut client = self.client.clone();
        if case.case.slow {
            client.timeout += SLOW;
        }
        let conditions = Conditions {
            target: self.target,
            client: &client,
            seed: self.options.seed,
        };
        let _background = self.background(case, &conditions);
        let mut number = 0;
        let mut rounds = Vec::new();
        for _ in 0..self.options.repeat.max(1) {
            let mut round = Vec::new();
            for _ in 0..case.case.repeat {
                let copies: Vec<_> = (0..u64::from(case.case.parallel))
                    .map(|n| number + n)
                    .collect();
                number += u64::from(case.case.parallel);
                round.extend(conditions.at_once(case, &copies)?);
            }
            rounds.push(round);
        }
        Ok(rounds)
    }

    /// Requests that are under way as long as what is returned lives.
    fn background(&self, case: &Loaded, conditions: &Conditions<'_>) -> Vec<Connection> {
        let Some(background) = &case.case.background else {
            return Vec::new();
        };
        let Some(mount) = self.target.mount(&background.mount) else {
            return Vec::new();
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let wanted = cores + usize::try_from(background.beyond_cores).unwrap_or(0);
        let mut connections = Vec::new();
        for index in 0..wanted {
            let word = nonce(self.options.seed, "background", 0, index);
            let outgoing = Request::default().build(&conditions.context(mount.clone(), word));
            // One that fails is missed by nobody: the case itself says whether the server answers.
            if let Ok(mut connection) = conditions.client.connect()
                && connection.send(&outgoing).is_ok()
            {
                connections.push(connection);
            }
        }
        std::thread::sleep(HEAD_START);
        connections
    }
}

impl Conditions<'_> {
    /// The attempts of these numbers, all at the same time.
    fn at_once(&self, case: &Loaded, numbers: &[u64]) -> Result<Vec<Attempt>, GivenUp> {
        if let [only] = numbers {
            return Ok(vec![self.attempt(case, *only)?]);
        }
        std::thread::scope(|scope| {
            let threads: Vec<_> = numbers
                .iter()
                .map(|&number| scope.spawn(move || self.attempt(case, number)))
                .collect();
            threads
                .into_iter()
                .map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect()
        })
    }
}

impl Finished {
    /// The verdict on the rounds of `--repeat`, each with its attempts.
    fn judge(&mut self, case: &Loaded, rounds: Vec<Vec<Attempt>>, target: &Target) {
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
    fn believe(&mut self, id: &str, twin: &Finished) {
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

/// All mounts that the case uses.
fn mounts_of(case: &Loaded) -> impl Iterator<Item = &str> {
    let exchanges = case
        .exchanges
        .iter()
        .map(|one| one.mount.as_ref().unwrap_or(&case.case.mount));
    exchanges
        .chain(case.case.background.as_ref().map(|one| &one.mount))
        .map(String::as_str)
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
