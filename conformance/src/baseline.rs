//! Baselines: what a server is known to get wrong, so that a run tells only what is new.
//!
//! A listed case runs all the same. If it passes, or its entry has expired or matches no case, the
//! entry is stale and the run red: a baseline never hides more than it says.

mod file;

use std::fmt;
use std::time::SystemTime;

use chrono::{DateTime, NaiveDate, Utc};
pub use file::BaselineError;

use crate::outcome::{CaseRecord, Level, Outcome};
use crate::report::verdict::is_red;
use crate::run::{PROPERTIES, Pattern};

/// Known failures of one server, read from a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// What the file says above the first entry, without the `#`.
    pub heading: Vec<String>,
    /// The entries, in the order of the file.
    pub entries: Vec<Entry>,
}

/// One known failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// A case, or a pattern for several of them.
    pub id: Pattern,
    /// What the server does instead, or why it cannot do better.
    pub reason: String,
    /// Where it is discussed.
    pub link: Option<String>,
    /// The server gets it right at times, by a race of its own: then a pass is no surprise.
    pub sometimes: bool,
    /// The last day on which the entry holds.
    pub expires: Option<NaiveDate>,
}

/// An entry that no longer holds, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stale {
    /// Its day has passed.
    Expired(Pattern, NaiveDate),
    /// It names no case of the suite.
    MatchesNothing(Pattern),
    /// An earlier entry says the same.
    Repeated(Pattern),
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired(Pattern(id), date) => write!(f, "`{id}` expired on {date}"),
            Self::MatchesNothing(Pattern(id)) => {
                write!(
                    f,
                    "`{id}` matches no case; `wagi-conformance list` shows them"
                )
            }
            Self::Repeated(Pattern(id)) => write!(f, "`{id}` is there twice"),
        }
    }
}

/// The current day, in UTC.
pub fn today() -> NaiveDate {
    DateTime::<Utc>::from(SystemTime::now()).date_naive()
}

impl Baseline {
    /// Turns the outcome of a record into what the baseline makes of it.
    ///
    /// An expired entry changes nothing: the failure counts again.
    pub fn judge(&self, record: &mut CaseRecord, today: NaiveDate) {
        let entry = self.entries.iter().find(|entry| entry.id.fits(&record.id));
        let Some(entry) = entry.filter(|entry| !entry.has_expired(today)) else {
            return;
        };
        match record.outcome {
            Outcome::Fail | Outcome::Warn | Outcome::SetupFailed => {
                record.outcome = Outcome::ExpectedFail;
                record.reason = Some(entry.explanation());
            }
            Outcome::Pass if entry.sometimes => {
                record.reason = Some(format!("fails at other times: {}", entry.reason));
            }
            Outcome::Pass if record.level != Level::May => {
                record.outcome = Outcome::UnexpectedPass;
                record.reason = Some(format!(
                    "conforms, although the baseline lists it ({}): remove the entry",
                    entry.reason
                ));
            }
            _ => {}
        }
    }

    /// The entries that no longer hold, judged without running anything.
    pub fn stale(&self, today: NaiveDate, ids: &[impl AsRef<str>]) -> Vec<Stale> {
        let mut stale = Vec::new();
        for (place, entry) in self.entries.iter().enumerate() {
            if self.entries[..place]
                .iter()
                .any(|other| other.id == entry.id)
            {
                stale.push(Stale::Repeated(entry.id.clone()));
            } else if !ids.iter().any(|id| entry.id.fits(id.as_ref())) {
                stale.push(Stale::MatchesNothing(entry.id.clone()));
            } else if let Some(date) = entry.expires.filter(|_| entry.has_expired(today)) {
                stale.push(Stale::Expired(entry.id.clone(), date));
            }
        }
        stale
    }

    /// A baseline that lists exactly what was red, or expected to be, in these records, and what
    /// fails only sometimes. What an entry of `self` says about one of them is kept.
    ///
    /// What property tests find is left out: another seed finds something else.
    pub fn updated(&self, records: &[CaseRecord], level: Level, today: NaiveDate) -> Self {
        let drawn = |record: &CaseRecord| PROPERTIES.iter().any(|id| record.id.starts_with(id));
        let failing = records
            .iter()
            .filter(|record| !drawn(record))
            .filter(|record| {
                record.outcome == Outcome::ExpectedFail
                    || (is_red(record, level)
                        && !matches!(
                            record.outcome,
                            Outcome::UnexpectedPass | Outcome::HarnessError
                        ))
            });
        let sometimes = self.entries.iter().filter(|entry| entry.sometimes);
        let mut entries: Vec<Entry> = sometimes.cloned().collect();
        for record in failing {
            if entries
                .iter()
                .any(|entry| entry.sometimes && entry.id.fits(&record.id))
            {
                continue;
            }
            let known = self.entries.iter().find(|entry| entry.id.fits(&record.id));
            entries.push(Entry {
                id: Pattern(record.id.clone()),
                reason: known.map_or_else(|| observed(record), |entry| entry.reason.clone()),
                link: known.and_then(|entry| entry.link.clone()),
                sometimes: false,
                // Whoever updates has looked again: an expiry that has passed is not carried on.
                expires: known
                    .and_then(|entry| entry.expires.filter(|_| !entry.has_expired(today))),
            });
        }
        Self {
            heading: self.heading.clone(),
            entries,
        }
    }
}

impl Entry {
    fn has_expired(&self, today: NaiveDate) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    fn explanation(&self) -> String {
        match &self.link {
            Some(link) => format!("known: {} ({link})", self.reason),
            None => format!("known: {}", self.reason),
        }
    }
}

/// What a record says of itself, as the reason of a new entry.
fn observed(record: &CaseRecord) -> String {
    let reason = match (&record.mismatch, &record.reason) {
        (Some(miss), _) => format!(
            "{}: {} instead of {}",
            miss.subject, miss.actual, miss.expected
        ),
        (None, Some(reason)) => reason.clone(),
        (None, None) => "does not conform".to_owned(),
    };
    const LONGEST: usize = 160;
    match reason.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &reason[..end]),
        None => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn entry(id: &str, expires: Option<&str>) -> Entry {
        Entry {
            id: Pattern(id.to_owned()),
            reason: "known".to_owned(),
            link: None,
            sometimes: false,
            expires: expires.map(date),
        }
    }

    fn baseline(entries: &[Entry]) -> Baseline {
        Baseline {
            heading: Vec::new(),
            entries: entries.to_vec(),
        }
    }

    fn record(outcome: Outcome) -> CaseRecord {
        CaseRecord {
            id: "status.alone.404".to_owned(),
            outcome,
            level: Level::Must,
            ..fixture::green(1).records.remove(0)
        }
    }

    fn judged(outcome: Outcome, entry: Entry) -> Outcome {
        let mut record = record(outcome);
        baseline(&[entry]).judge(&mut record, date("2026-06-15"));
        record.outcome
    }

    #[test]
    fn what_becomes_of_an_outcome() {
        use Outcome::{
            ExpectedFail, Fail, HarnessError, NotApplicable, Pass, SetupFailed, UnexpectedPass,
            Warn,
        };
        let listed = || entry("status.alone", None);
        assert_eq!(judged(Fail, listed()), ExpectedFail);
        assert_eq!(judged(Warn, listed()), ExpectedFail);
        assert_eq!(judged(SetupFailed, listed()), ExpectedFail);
        assert_eq!(judged(Pass, listed()), UnexpectedPass);
        assert_eq!(judged(NotApplicable, listed()), NotApplicable);
        assert_eq!(judged(HarnessError, listed()), HarnessError);
        assert_eq!(judged(Fail, entry("status.below-200", None)), Fail);
        let sometimes = || Entry {
            sometimes: true,
            ..listed()
        };
        assert_eq!(judged(Fail, sometimes()), ExpectedFail);
        assert_eq!(judged(Pass, sometimes()), Pass);
    }

    #[test]
    fn an_entry_holds_until_the_end_of_its_day() {
        let listed = |day| entry("status.alone.404", Some(day));
        assert_eq!(
            judged(Outcome::Fail, listed("2026-06-15")),
            Outcome::ExpectedFail
        );
        assert_eq!(judged(Outcome::Fail, listed("2026-06-14")), Outcome::Fail);
        assert_eq!(judged(Outcome::Pass, listed("2026-06-14")), Outcome::Pass);
    }

    #[test]
    fn an_observation_is_never_a_verdict() {
        let mut observation = record(Outcome::Pass);
        observation.level = Level::May;
        baseline(&[entry("status.alone", None)]).judge(&mut observation, date("2026-06-15"));
        assert_eq!(observation.outcome, Outcome::Pass);
    }

    #[test]
    fn stale_entries() {
        let entries = [
            entry("status.alone", None),
            entry("status.alone", None),
            entry("status.unheard-of", None),
            entry("status.alone.404", Some("2026-06-14")),
        ];
        let stale = baseline(&entries).stale(date("2026-06-15"), &["status.alone.404"]);
        let text: Vec<String> = stale.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(text.join("\n"));
    }

    #[test]
    fn an_update_lists_what_fails_and_keeps_what_was_written() {
        let mut old = baseline(&[
            entry("status.alone", Some("2026-12-31")),
            entry("gone", None),
        ]);
        old.heading = vec!["looked at by hand".to_owned()];
        let mut new = record(Outcome::Fail);
        new.id = "status.new".to_owned();
        new.mismatch = fixture::failing()
            .records
            .iter()
            .find_map(|one| one.mismatch.clone());
        let records = [record(Outcome::ExpectedFail), record(Outcome::Pass), new];
        let updated = old.updated(&records, Level::Must, date("2026-06-15"));
        assert_eq!(updated.heading, old.heading);
        let ids: Vec<&str> = updated
            .entries
            .iter()
            .map(|entry| entry.id.0.as_str())
            .collect();
        assert_eq!(ids, ["status.alone.404", "status.new"]);
        assert_eq!(updated.entries[0].reason, "known");
        assert_eq!(updated.entries[0].expires, Some(date("2026-12-31")));
        assert!(updated.entries[1].reason.contains(" instead of "));
    }
}
