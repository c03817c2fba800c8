//! What a run says of the target as a whole, and the exit code for it.

use crate::outcome::{CaseRecord, Level, Outcome, Report};
use crate::report::label;
use crate::report::tally::Tally;

/// The verdict on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Nothing red.
    Conformant,
    /// Nothing red but what the baseline lists: no claim of conformance, no regression either.
    AsExpected,
    /// A failure at the level, a stale baseline entry, or a case whose setup failed.
    NotConformant,
    /// The server did not start, or is none that can be tested.
    Unusable,
    /// The suite itself failed.
    HarnessFailed,
    /// Not one case put the target to the test.
    NothingRan,
    /// Stopped before the end.
    Interrupted,
}

impl Verdict {
    /// The verdict on `report`.
    pub fn of(report: &Report) -> Self {
        let tally = Tally::of(&report.records);
        if report.interrupted {
            Self::Interrupted
        } else if report.unusable.is_some() {
            Self::Unusable
        } else if tally.count(Outcome::HarnessError) > 0 {
            Self::HarnessFailed
        } else if report
            .records
            .iter()
            .any(|record| is_red(record, report.level))
            || !report.stale.is_empty()
        {
            Self::NotConformant
        } else if tally.executed() == 0 {
            Self::NothingRan
        } else if tally.count(Outcome::ExpectedFail) > 0 {
            Self::AsExpected
        } else {
            Self::Conformant
        }
    }

    /// The exit code of the process.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Conformant | Self::AsExpected => 0,
            Self::NotConformant => 1,
            Self::Unusable => 3,
            Self::HarnessFailed | Self::NothingRan => 4,
            Self::Interrupted => 130,
        }
    }

    /// The verdict in a few words.
    pub fn headline(self) -> &'static str {
        match self {
            Self::Conformant => "Conformant",
            Self::AsExpected => "As the baseline says",
            Self::NotConformant => "Not conformant",
            Self::Unusable => "Server unusable",
            Self::HarnessFailed => "The suite failed",
            Self::NothingRan => "Nothing ran",
            Self::Interrupted => "Interrupted",
        }
    }

    /// The verdict with its grounds in one sentence.
    pub fn sentence(self, report: &Report) -> String {
        let joint = match self {
            Self::Conformant | Self::NotConformant | Self::Interrupted => " ",
            _ => ": ",
        };
        format!("{}{joint}{}", self.headline(), self.grounds(report))
    }

    /// What goes on after the headline. It claims no more than the cases that ran can show.
    pub fn grounds(self, report: &Report) -> String {
        let tally = Tally::of(&report.records);
        let tried = tally.total() - tally.count(Outcome::NotApplicable);
        let tried = label::count(tried, "case", "cases");
        let level = label::level(report.level);
        match self {
            Self::Conformant => format!("at level {level} in {tried}{}", aside(&tally)),
            Self::AsExpected => {
                let known = tally.count(Outcome::ExpectedFail);
                let known = label::count(known, "expected failure", "expected failures");
                format!("not conformant, {known} in {tried}")
            }
            Self::NotConformant => format!("at level {level}: {} in {tried}", reds(report)),
            Self::Unusable => report.unusable.clone().unwrap_or_default(),
            Self::HarnessFailed => {
                format!(
                    "{} in {tried}; the result cannot be relied on",
                    reds(report)
                )
            }
            Self::NothingRan => "the target was not put to the test".to_owned(),
            Self::Interrupted => match reds(report) {
                none if none.is_empty() => format!("after {tried}: no failure so far"),
                some => format!("after {tried}: {some} so far"),
            },
        }
    }
}

/// What is left to improve in a green run.
fn aside(tally: &Tally) -> String {
    match tally.count(Outcome::Warn) {
        0 => String::new(),
        warnings => format!(", {}", label::count(warnings, "warning", "warnings")),
    }
}

/// `2 failures, 1 warning`: what turns the run red.
fn reds(report: &Report) -> String {
    let tally = Tally::of(
        report
            .records
            .iter()
            .filter(|record| is_red(record, report.level)),
    );
    let words = [
        (Outcome::Fail, "failure", "failures"),
        (Outcome::Warn, "warning", "warnings"),
        (
            Outcome::UnexpectedPass,
            "unexpected pass",
            "unexpected passes",
        ),
        (Outcome::SetupFailed, "failed setup", "failed setups"),
        (Outcome::HarnessError, "harness error", "harness errors"),
    ];
    let reds: Vec<_> = words
        .into_iter()
        .filter(|&(outcome, _, _)| tally.count(outcome) > 0)
        .map(|(outcome, one, many)| label::count(tally.count(outcome), one, many))
        .chain(stale(report))
        .collect();
    reds.join(", ")
}

fn stale(report: &Report) -> Option<String> {
    let stale = report.stale.len();
    let words = || label::count(stale, "stale baseline entry", "stale baseline entries");
    (stale > 0).then(words)
}

/// Whether this record turns a run at `level` red.
pub fn is_red(record: &CaseRecord, level: Level) -> bool {
    match record.outcome {
        Outcome::Pass | Outcome::ExpectedFail | Outcome::NotApplicable => false,
        Outcome::Fail | Outcome::UnexpectedPass | Outcome::SetupFailed | Outcome::HarnessError => {
            true
        }
        Outcome::Warn => level >= Level::Should,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn only(outcome: Outcome, level: Level) -> Report {
        let mut report = fixture::green(3);
        report.records[1].outcome = outcome;
        report.level = level;
        report
    }

    #[test]
    fn one_case_decides() {
        use Verdict::{AsExpected, Conformant, HarnessFailed, NotConformant};
        let verdicts = [
            (Outcome::Pass, Conformant, Conformant),
            (Outcome::Fail, NotConformant, NotConformant),
            (Outcome::Warn, Conformant, NotConformant),
            (Outcome::ExpectedFail, AsExpected, AsExpected),
            (Outcome::UnexpectedPass, NotConformant, NotConformant),
            (Outcome::NotApplicable, Conformant, Conformant),
            (Outcome::SetupFailed, NotConformant, NotConformant),
            (Outcome::HarnessError, HarnessFailed, HarnessFailed),
        ];
        for (outcome, must, should) in verdicts {
            assert_eq!(
                Verdict::of(&only(outcome, Level::Must)),
                must,
                "{outcome:?}"
            );
            assert_eq!(
                Verdict::of(&only(outcome, Level::Should)),
                should,
                "{outcome:?}"
            );
            assert_eq!(
                Verdict::of(&only(outcome, Level::May)),
                should,
                "{outcome:?}"
            );
        }
    }

    #[test]
    fn nothing_executed_is_never_green() {
        let mut report = fixture::green(3);
        for record in &mut report.records {
            record.outcome = Outcome::NotApplicable;
        }
        assert_eq!(Verdict::of(&report), Verdict::NothingRan);
        assert_eq!(Verdict::of(&fixture::empty()).exit_code(), 4);
    }

    #[test]
    fn sentences() {
        let said = |report: &Report| Verdict::of(report).sentence(report);
        let outcomes = Outcome::ALL.map(|outcome| said(&only(outcome, Level::Must)));
        insta::assert_snapshot!(outcomes.join("\n"));
        let others = [
            said(&only(Outcome::Warn, Level::Should)),
            said(&fixture::empty()),
            said(&fixture::unusable()),
            said(&fixture::interrupted()),
            said(&Report {
                interrupted: true,
                ..fixture::failing()
            }),
        ];
        insta::assert_snapshot!("sentences_of_runs", others.join("\n"));
    }
}
