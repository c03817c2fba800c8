//! Words, signs and colours of outcomes, the same in every report.

use anstyle::{AnsiColor, Style};

use crate::outcome::{Level, Outcome};

/// The outcome as words.
pub(crate) fn words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Warn => "warn",
        Outcome::ExpectedFail => "expected fail",
        Outcome::UnexpectedPass => "unexpected pass",
        Outcome::NotApplicable => "not applicable",
        Outcome::SetupFailed => "setup failed",
        Outcome::HarnessError => "harness error",
    }
}

/// The outcome as in JSON and in class names.
pub(crate) fn slug(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Warn => "warn",
        Outcome::ExpectedFail => "expected-fail",
        Outcome::UnexpectedPass => "unexpected-pass",
        Outcome::NotApplicable => "not-applicable",
        Outcome::SetupFailed => "setup-failed",
        Outcome::HarnessError => "harness-error",
    }
}

/// The outcome as the heading of a narrow column.
pub(crate) fn column(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Warn => "warn",
        Outcome::ExpectedFail => "xfail",
        Outcome::UnexpectedPass => "xpass",
        Outcome::NotApplicable => "n/a",
        Outcome::SetupFailed => "setup",
        Outcome::HarnessError => "error",
    }
}

/// A sign that tells the outcome without colour.
pub(crate) fn sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "✓",
        Outcome::Fail => "✗",
        Outcome::Warn => "!",
        Outcome::ExpectedFail => "~",
        Outcome::UnexpectedPass => "?",
        Outcome::NotApplicable => "–",
        Outcome::SetupFailed => "#",
        Outcome::HarnessError => "‼",
    }
}

/// The colour of the outcome on a terminal.
pub(crate) fn style(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Pass => AnsiColor::Green.on_default(),
        Outcome::Fail | Outcome::HarnessError => AnsiColor::Red.on_default().bold(),
        Outcome::UnexpectedPass | Outcome::SetupFailed => AnsiColor::Magenta.on_default().bold(),
        Outcome::Warn => AnsiColor::Yellow.on_default(),
        Outcome::ExpectedFail | Outcome::NotApplicable => Style::new().dimmed(),
    }
}

/// The level of a case or a requirement.
pub(crate) fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May => "may",
    }
}

/// The level of a run, as it stands on the command line.
pub(crate) fn run_level(run: Level) -> &'static str {
    match run {
        Level::May => "all",
        other => level(other),
    }
}

/// `1 case`, `2 cases`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
