//! How a module ended.

use std::fmt;

/// How a module ended.
///
/// Requirements: failure.exit-zero, failure.exit-nonzero, failure.trap, failure.time-limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The entrypoint returned, or the module exited with code 0.
    Success,
    /// The module exited with another code.
    Exit(i32),
    /// The module trapped; the text is for the log only.
    Trap(String),
    /// The module was stopped because its time was over.
    TimedOut,
    /// The request body was cut short or malformed, so the module was stopped.
    BodyBroken,
    /// The request body did not come in time, so the module was stopped.
    BodySlow,
    /// The host could not run the module; the text is for the log only.
    Unavailable(String),
}

impl Outcome {
    /// Whether the output of the module counts.
    pub(crate) fn is_success(&self) -> bool {
        *self == Self::Success
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success => f.write_str("success"),
            Self::Exit(code) => write!(f, "exit code {code}"),
            Self::Trap(text) => write!(f, "trap: {text}"),
            Self::TimedOut => f.write_str("time limit reached"),
            Self::BodyBroken => f.write_str("the request body is incomplete or malformed"),
            Self::BodySlow => f.write_str("the request body did not come in time"),
            Self::Unavailable(text) => write!(f, "cannot run the module: {text}"),
        }
    }
}
