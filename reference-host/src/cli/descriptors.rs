//! How many files and connections the process may have open.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the limit of open descriptors to what the administrator allows at most. Shells start
/// programs with 1,024 for the sake of those that use `select`; a server with so few would stop
/// accepting at a quarter of its connections.
pub(super) fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // It is always allowed; where it is not, the server runs with what it has.
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the limit of open descriptors stays");
    }
}
