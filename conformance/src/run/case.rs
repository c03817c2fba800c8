//! One case, from the question whether it applies to its record.

use std::time::{Duration, Instant};

use super::Options;
use super::attempt::{Attempt, Conditions, GivenUp};
use super::finished::Finished;
use super::panics::caught;
use super::random::nonce;
use crate::case::library::Loaded;
use crate::case::schema::{Exchange, Request};
use crate::mount::MountTable;
use crate::outcome::Outcome;
use crate::preflight::Preflight;
use crate::property;
use crate::target::{Site, Target};
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

impl Runner<'_> {
    /// Runs the case as often as the options say; nothing if the user gave up. `twin` runs the
    /// twin, or remembers what came of it.
    pub(super) fn run(
        &self,
        case: &Loaded,
        twin: impl FnOnce(&str) -> Option<Finished>,
    ) -> Option<Finished> {
        let started = Instant::now();
        let mut finished = Finished::new(case);
        if let Err((outcome, reason)) = self.applies(case) {
            finished.record.outcome = outcome;
            finished.record.reason = Some(reason);
            return Some(finished);
        }
        if case.exchanges.iter().all(Exchange::is_modelled) {
            match caught(|| self.modelled(case, &mut finished)) {
                Ok(Ok(())) => {}
                Ok(Err(GivenUp)) => return None,
                Err(reason) => {
                    finished.record.outcome = Outcome::HarnessError;
                    finished.record.reason = Some(reason);
                }
            }
            finished.record.duration = started.elapsed();
            return Some(finished);
        }
        match caught(|| self.repeated(case)) {
            Ok(Ok(rounds)) => finished.judge(case, rounds),
            Ok(Err(GivenUp)) => return None,
            Err(reason) => {
                finished.record.outcome = Outcome::HarnessError;
                finished.record.reason = Some(reason);
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
                let lacks = [&self.target.lacks, &self.preflight.lacks];
                if let Some(reason) = lacks.iter().find_map(|list| list.get(feature)) {
                    return not_applicable(format!("{}: {reason}", feature.name()));
                }
            }
            let site = MountTable::builtin()
                .get(name)
                .and_then(|one| one.site.as_ref());
            if let Some(site) = site {
                match self.target.site(site) {
                    Site::Unavailable(reason) => {
                        return not_applicable(format!("site {site}: {reason}"));
                    }
                    Site::Started(_) | Site::Refused(_) => continue,
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

    /// A case whose answer the model computes, as often as the options say.
    fn modelled(&self, case: &Loaded, finished: &mut Finished) -> Result<(), GivenUp> {
        let rounds = self.options.repeat.max(1);
        let mut failed = 0;
        for _ in 0..rounds {
            match property::again(case, self.target, self.client, self.options.seed) {
                Ok(again) if again.interrupted => return Err(GivenUp),
                Ok(again) => failed += u32::from(finished.judge_again(again, case, self.target)),
                Err(reason) => {
                    finished.record.outcome = Outcome::SetupFailed;
                    finished.record.reason = Some(reason);
                    return Ok(());
                }
            }
        }
        if failed > 0 && failed < rounds {
            finished.record.reason = Some(format!("flaky: {failed} of {rounds} runs failed"));
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
                // One failure decides; what waits for a timeout shall not do so many times.
                if round
                    .iter()
                    .any(|attempt: &Attempt| attempt.result.is_err())
                {
                    break;
                }
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
