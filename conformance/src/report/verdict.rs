//! What a run says of the target as a whole, and the exit code for it.

use crate::outcome::{CaseRecord, Level, Outcome, Report};
use crate::report::tally::Tally;

/// The verdict on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Nothing red.
    Conformant,
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
        {
            Self::NotConformant
        } else if tally.executed() == 0 {
            Self::NothingRan
        } else {
            Self::Conformant
        }
    }

    /// The exit code of the process.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Conformant => 0,
            Self::NotConformant => 1,
            Self::Unusable => 3,
            Self::HarnessFailed | Self::NothingRan => 4,
            Self::Interrupted => 130,
        }
    }
}

/// Whether this record turns a run at `level` red.
pub fn is_red(record: &CaseRecord, level: Level) -> bool {
    match record.outcome {
        Outcome::Pass | Outcome::ExpectedFail | Outcome::NotApplicable => false,
        Outcome::Fail | Outcome::UnexpectedPass | Outcome::HarnessError => true,
        Outcome::Warn => level >= Level::Should,
        Outcome::SetupFailed => record.level <= level,
    }
}
