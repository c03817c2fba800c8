//! Two runs compared: what got worse, what got better, what is merely different.

mod print;

use std::collections::BTreeMap;

use serde::Serialize;

pub use print::print;

use crate::outcome::{CaseRecord, Level, Mismatch, Outcome, Report};
use crate::report::verdict::Verdict;

/// What differs between an earlier run and a later one; itself the output of `diff --json`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// Version of this format: 1.
    pub format: u32,
    /// The earlier run.
    pub before: Run,
    /// The later run.
    pub after: Run,
    /// Whether anything got worse.
    pub worse: bool,
    /// Did not fail, or was not there, and fails now.
    pub newly_failing: Vec<Change>,
    /// Failed and conforms now, or is a finding of a property test that did not come again.
    pub newly_passing: Vec<Change>,
    /// Was put to the test and no longer is.
    pub no_longer_tested: Vec<Change>,
    /// Another outcome that is neither of these.
    pub changed_outcomes: Vec<Change>,
    /// The server does something else where the specification leaves a choice.
    pub changed_observations: Vec<Change>,
    /// Cases that only the later run has, and that do not fail.
    pub new: Vec<Change>,
    /// Cases that only the earlier run has.
    pub removed: Vec<Change>,
}

/// One of the two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Run {
    /// The target's name.
    pub target: String,
    /// What the target says of itself.
    pub software: Option<String>,
    /// Version of the suite.
    pub suite: String,
    /// Version of the specification.
    pub specification: String,
    /// The level at which the run was judged.
    pub level: Level,
    /// The profiles selected; empty for all.
    pub profiles: Vec<String>,
    /// The verdict in a few words.
    pub verdict: String,
    /// Why not everything ran, if it did not.
    pub incomplete: Option<String>,
    /// How many cases were put to the test.
    pub executed: usize,
}

/// One case that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// The case.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// What came of it before; nothing if it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Side>,
    /// What comes of it now; nothing if it is no longer there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Side>,
}

/// A case in one of the two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Side {
    /// The outcome.
    pub outcome: Outcome,
    /// Why it is not applicable, or what was observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What did not conform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mismatch: Option<Mismatch>,
}

impl Difference {
    /// Compares two runs; cases are matched by their ids.
    pub fn between(before: &Report, after: &Report) -> Self {
        let mut difference = Self {
            format: 1,
            before: Run::of(before),
            after: Run::of(after),
            worse: false,
            newly_failing: Vec::new(),
            newly_passing: Vec::new(),
            no_longer_tested: Vec::new(),
            changed_outcomes: Vec::new(),
            changed_observations: Vec::new(),
            new: Vec::new(),
            removed: Vec::new(),
        };
        let earlier: BTreeMap<&str, &CaseRecord> = by_id(before);
        let later: BTreeMap<&str, &CaseRecord> = by_id(after);
        for record in &after.records {
            difference.note(earlier.get(record.id.as_str()).copied(), record);
        }
        for record in &before.records {
            if later.contains_key(record.id.as_str()) {
                continue;
            }
            let change = Change::of(Some(record), None);
            // A finding is there only as long as it is found.
            match is_finding(record) && fails(record) && after.complete() {
                true => difference.newly_passing.push(change),
                false => difference.removed.push(change),
            }
        }
        difference.worse = !difference.newly_failing.is_empty()
            || !difference.no_longer_tested.is_empty()
            || (difference.after.incomplete.is_some() && difference.before.incomplete.is_none());
        difference
    }

    fn note(&mut self, before: Option<&CaseRecord>, after: &CaseRecord) {
        let change = || Change::of(before, Some(after));
        let Some(earlier) = before else {
            match fails(after) {
                true => self.newly_failing.push(change()),
                false => self.new.push(change()),
            }
            return;
        };
        if earlier.outcome == after.outcome {
            if after.level == Level::May && observation(earlier) != observation(after) {
                self.changed_observations.push(change());
            }
            return;
        }
        let list = match (fails(earlier), fails(after)) {
            (false, true) => &mut self.newly_failing,
            (true, false) if conforms(after) => &mut self.newly_passing,
            (false, false) if earlier.outcome.executed() && !after.outcome.executed() => {
                &mut self.no_longer_tested
            }
            // From a warning to a failure.
            (true, true) if gravity(after) > gravity(earlier) => &mut self.newly_failing,
            _ => &mut self.changed_outcomes,
        };
        list.push(change());
    }

    /// Whether nothing differs at all.
    pub fn is_empty(&self) -> bool {
        self.lists().iter().all(|list| list.is_empty())
    }

    fn lists(&self) -> [&[Change]; 7] {
        [
            &self.newly_failing,
            &self.newly_passing,
            &self.no_longer_tested,
            &self.changed_outcomes,
            &self.changed_observations,
            &self.new,
            &self.removed,
        ]
    }
}

impl Report {
    /// Whether everything that was chosen has run.
    fn complete(&self) -> bool {
        self.unusable.is_none() && !self.interrupted
    }
}

fn by_id(report: &Report) -> BTreeMap<&str, &CaseRecord> {
    let records = report.records.iter();
    records.map(|record| (record.id.as_str(), record)).collect()
}

/// Whether it is a record that only a failure makes.
fn is_finding(record: &CaseRecord) -> bool {
    record.id.starts_with("property.") && record.id.split('.').count() > 2
}

fn fails(record: &CaseRecord) -> bool {
    gravity(record) > 0
}

/// How bad an outcome is; 0 for what is no failure.
fn gravity(record: &CaseRecord) -> u8 {
    match record.outcome {
        // That a known failure conforms is no failure of the server.
        Outcome::Pass | Outcome::UnexpectedPass | Outcome::NotApplicable => 0,
        Outcome::Warn => 1,
        Outcome::ExpectedFail => 2,
        Outcome::Fail | Outcome::SetupFailed | Outcome::HarnessError => 3,
    }
}

fn conforms(record: &CaseRecord) -> bool {
    matches!(record.outcome, Outcome::Pass | Outcome::UnexpectedPass)
}

fn observation(record: &CaseRecord) -> Option<&str> {
    record.reason.as_deref()
}

impl Run {
    fn of(report: &Report) -> Self {
        let incomplete = match (&report.unusable, report.interrupted) {
            (Some(reason), _) => Some(reason.clone()),
            (None, true) => Some("interrupted".to_owned()),
            (None, false) => None,
        };
        let executed = report.records.iter().filter(|one| one.outcome.executed());
        Self {
            target: report.target.name.clone(),
            software: report.target.software.clone(),
            suite: report.suite.clone(),
            specification: report.specification.clone(),
            level: report.level,
            profiles: report.target.profiles.clone(),
            verdict: Verdict::of(report).headline().to_owned(),
            incomplete,
            executed: executed.count(),
        }
    }
}

impl Change {
    fn of(before: Option<&CaseRecord>, after: Option<&CaseRecord>) -> Self {
        let side = |record: &CaseRecord| Side {
            outcome: record.outcome,
            reason: record.reason.clone(),
            mismatch: record.mismatch.clone(),
        };
        let any = after.or(before);
        Self {
            id: any.map_or_else(String::new, |record| record.id.clone()),
            title: any.map_or_else(String::new, |record| record.title.clone()),
            before: before.map(side),
            after: after.map(side),
        }
    }
}

#[cfg(test)]
mod tests;
