//! Does the suite find faults, here, now? A suite that never fails proves nothing.
//!
//! First its parts are looked at: specification, cases, probes, and the native twins against the
//! probes. Then a gateway that is right but for one fault stands before the reference host, and the
//! chapter concerned has to turn red: once for each of the known faults.

mod fault;
mod gateway;
mod message;
mod twins;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::case::library::Loaded;
use crate::coverage::Summary;
use crate::outcome::{CaseRecord, Outcome};
use crate::preflight::Preflight;
use crate::probe;
use crate::report::progress::Silent;
use crate::run::{Conditions, Options, Pattern, Selection, Suite, random, run_prepared};
use crate::target::Target;
use fault::{FAULTS, Fault};
use gateway::Gateway;

/// What one step has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A part of the suite is sound; what was looked at.
    Sound(String),
    /// A part of the suite is not: what, and why. Nothing that follows would prove anything.
    Broken(String, String),
    /// A fault was found, by these cases.
    Found(&'static str, Vec<String>),
    /// No case has found this fault in these chapters.
    Missed(&'static str, Vec<&'static str>),
}

impl Finding {
    /// Whether the suite is as it should be in this.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Sound(_) | Self::Found(..))
    }
}

/// How many faults there are.
pub fn faults() -> usize {
    FAULTS.len()
}

/// How long a server under test may take: faults can make it hang.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How many cases run at once.
const JOBS: usize = 8;

/// Runs the self-test and hands out what it finds, as it goes; whether all is well. `jobs` and time
/// are the suite's own choice, so that the result depends on nothing but the suite.
pub fn run(suite: &Suite, say: &mut dyn FnMut(Finding)) -> bool {
    let mut good = true;
    let mut note = |finding: Finding| {
        good &= finding.is_good();
        let goes_on = finding.is_good();
        say(finding);
        goes_on
    };
    let summary = Summary::of(suite.requirements, suite.library);
    let sound = match summary.untested.as_slice() {
        [] => Finding::Sound(format!(
            "specification {}: {} requirements of level MUST and SHOULD, {} tested by {} cases, {} excluded with reason",
            suite.requirements.version,
            summary.requirements,
            summary.tested,
            summary.cases,
            summary.excluded
        )),
        untested => Finding::Broken(
            "coverage".to_owned(),
            format!("no case for {}", untested.join(", ")),
        ),
    };
    note(sound);
    let assembled: Result<Vec<usize>, _> = probe::names()
        .map(|name| probe::wasm(name).map(|module| module.len()))
        .collect();
    let assembled = match assembled {
        Ok(sizes) => Finding::Sound(format!(
            "{} probes assemble, {} bytes in all",
            sizes.len(),
            sizes.iter().sum::<usize>()
        )),
        Err(error) => Finding::Broken("probes".to_owned(), error.to_string()),
    };
    if !note(assembled) {
        return false;
    }
    let host = match Target::embedded() {
        Ok(host) => host,
        Err(error) => {
            note(Finding::Broken(
                "reference host".to_owned(),
                error.to_string(),
            ));
            return false;
        }
    };
    note(match twins::compare(&host) {
        Ok(names) => Finding::Sound(format!(
            "native twins do as their probes: {}",
            names.join(", ")
        )),
        Err(why) => Finding::Broken("native twins".to_owned(), why),
    });
    let test = Test {
        suite,
        host: &host,
        all: suite.library.iter().filter(|case| is_quick(case)).collect(),
    };
    let passing = match test.without_fault() {
        Ok(passing) => passing,
        Err(finding) => {
            note(finding);
            return false;
        }
    };
    note(Finding::Sound(format!(
        "{} of {} cases pass through a gateway without a fault; only these count below",
        passing.len(),
        test.all.len()
    )));
    for fault in FAULTS {
        note(match test.with(fault) {
            Ok(records) => judged(fault, &records, &passing),
            Err(finding) => finding,
        });
    }
    good
}

/// Cases that wait for a deadline, or take the machine's power away, are left out.
fn is_quick(case: &Loaded) -> bool {
    !case.case.slow && case.case.background.is_none()
}

fn judged(fault: &'static Fault, records: &[CaseRecord], passing: &BTreeSet<String>) -> Finding {
    let red = records
        .iter()
        .filter(|record| matches!(record.outcome, Outcome::Fail | Outcome::Warn));
    let by: Vec<String> = red
        .map(|record| record.id.clone())
        .filter(|id| passing.contains(id))
        .collect();
    match by.is_empty() {
        true => Finding::Missed(fault.name, fault.where_found.to_vec()),
        false => Finding::Found(fault.name, by),
    }
}

struct Test<'a> {
    suite: &'a Suite,
    host: &'a Target,
    all: Vec<&'a Loaded>,
}

impl Test<'_> {
    /// The cases that pass where the gateway has no fault.
    fn without_fault(&self) -> Result<BTreeSet<String>, Finding> {
        let records = self.through(None, self.all.clone())?;
        let passed = records
            .into_iter()
            .filter(|one| one.outcome == Outcome::Pass);
        let passed: BTreeSet<String> = passed.map(|record| record.id).collect();
        // A few cannot: what is no HTTP is passed on in another way. If many fail, nothing works.
        if passed.len() * 10 < self.all.len() * 9 {
            let (some, all) = (passed.len(), self.all.len());
            let why = format!("only {some} of {all} cases pass through it");
            return Err(Finding::Broken("gateway without a fault".to_owned(), why));
        }
        Ok(passed)
    }

    fn with(&self, fault: &'static Fault) -> Result<Vec<CaseRecord>, Finding> {
        let patterns: Vec<Pattern> = fault
            .where_found
            .iter()
            .map(|name| Pattern((*name).to_owned()))
            .collect();
        let fits = |case: &&&Loaded| patterns.iter().any(|pattern| pattern.selects(case));
        let cases = self.all.iter().filter(fits).copied().collect();
        self.through(Some(fault), cases)
    }

    fn through(
        &self,
        fault: Option<&'static Fault>,
        cases: Vec<&Loaded>,
    ) -> Result<Vec<CaseRecord>, Finding> {
        let name = fault.map_or("gateway without a fault", |fault| fault.name);
        let broken = |why: String| Finding::Broken(name.to_owned(), why);
        let gateway = Gateway::start(self.host.address, fault);
        let gateway = gateway.map_err(|error| broken(error.to_string()))?;
        let url = format!("http://{}", gateway.address);
        let target = Target::attached(&url, None).map_err(|error| broken(error.to_string()))?;
        let options = Options {
            jobs: JOBS,
            timeout: TIMEOUT,
            seed: random::fresh_seed(),
            property_cases: 0,
            ..Options::default()
        };
        let conditions = Conditions {
            target: &target,
            preflight: &Preflight::default(),
            options: &options,
        };
        let selection = Selection {
            cases,
            properties: Vec::new(),
        };
        let report = run_prepared(self.suite, conditions, &selection, &Silent, &Arc::default());
        Ok(report.records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_names_chapters_and_differs_from_the_others() {
        let suite = Suite::compiled_in().unwrap();
        let mut seen = BTreeSet::new();
        for fault in FAULTS {
            assert!(seen.insert(fault.name), "{} is there twice", fault.name);
            for name in fault.where_found {
                let pattern = Pattern((*name).to_owned());
                let found = suite.library.iter().any(|case| pattern.selects(case));
                assert!(found, "{}: no case in {name}", fault.name);
            }
        }
    }
}
