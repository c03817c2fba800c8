//! What is loaded again, as metrics name it.

/// What is loaded again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reload {
    /// The configuration with its modules.
    Configuration,
    /// The certificates.
    Certificates,
}

/// Each twice: successes, and failures.
pub(super) const RELOADS: [&str; 4] = [
    "configuration",
    "configuration",
    "certificates",
    "certificates",
];
