//! The access log.

use http::StatusCode;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Numbers the requests of a process, so that log lines can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(u64);

impl RequestId {
    /// The number that nothing else has in this process.
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The number of what happens before the first request.
    pub fn first() -> Self {
        Self(0)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What is known about a request; it is logged when the response is over.
#[derive(Debug)]
pub(crate) struct AccessRecord {
    /// Its number.
    pub id: RequestId,
    /// Its method.
    pub method: String,
    /// Its path and query, as sent.
    pub target: String,
    /// Who sent it.
    pub remote: String,
    /// The pattern of the route that was chosen.
    pub route: Option<Arc<str>>,
    /// The status that was sent; none if the client left before.
    pub status: Option<StatusCode>,
    /// Bytes of the body that were handed to the connection.
    pub bytes: u64,
    /// Why the request failed, in words for the operator.
    pub failure: Option<String>,
    started: Instant,
}

/// The longest target that is logged; a longer one is cut.
const LONGEST_TARGET: usize = 512;

impl AccessRecord {
    /// Begins a record.
    pub(crate) fn new(method: &str, target: &str, remote: String) -> Self {
        Self {
            id: RequestId::next(),
            method: method.to_string(),
            target: shortened(target),
            remote,
            route: None,
            status: None,
            bytes: 0,
            failure: None,
            started: Instant::now(),
        }
    }
}

fn shortened(target: &str) -> String {
    match target.char_indices().find(|(at, _)| *at >= LONGEST_TARGET) {
        Some((end, _)) => format!("{}…", &target[..end]),
        None => target.to_string(),
    }
}

impl Drop for AccessRecord {
    fn drop(&mut self) {
        let Self {
            id: request,
            method,
            target,
            remote,
            bytes,
            ..
        } = self;
        let status = self.status.map_or(0, |status| status.as_u16());
        let ms = self.started.elapsed().as_secs_f64() * 1000.0;
        let route = self.route.as_deref().unwrap_or("-");
        let message = format_args!("{method} {target} {status} {bytes} B {ms:.1} ms");
        match &self.failure {
            Some(failure) => {
                tracing::warn!(target: "wagi_host::access", %request, %remote, route, failure, "{message}");
            }
            None => {
                tracing::info!(target: "wagi_host::access", %request, %remote, route, "{message}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_target_is_cut() {
        assert_eq!(shortened("/a"), "/a");
        let long = shortened(&"é".repeat(1000));
        assert_eq!(long.chars().count(), LONGEST_TARGET / 2 + 1);
    }
}
