//! How many lines a second are worth logging.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// The lines of one route, counted second by second.
#[derive(Debug, Default)]
pub(crate) struct LogQuota {
    second: AtomicU64,
    used: AtomicU32,
    dropped: AtomicU64,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is logged, behind so many that were not.
    Logged { dropped_before: u64 },
    /// It is not logged.
    Dropped,
}

impl LogQuota {
    /// Counts a line. Threads that meet at the turn of a second may log a few lines more.
    pub(crate) fn take(&self, lines_per_second: u32) -> Verdict {
        static START: OnceLock<Instant> = OnceLock::new();
        self.take_at(
            START.get_or_init(Instant::now).elapsed().as_secs(),
            lines_per_second,
        )
    }

    fn take_at(&self, second: u64, lines_per_second: u32) -> Verdict {
        if self.second.swap(second, Relaxed) != second {
            self.used.store(0, Relaxed);
        }
        if self.used.load(Relaxed) >= lines_per_second {
            self.dropped.fetch_add(1, Relaxed);
            return Verdict::Dropped;
        }
        self.used.fetch_add(1, Relaxed);
        Verdict::Logged {
            dropped_before: self.dropped.swap(0, Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_its_lines() {
        let quota = LogQuota::default();
        let logged = |dropped_before| Verdict::Logged { dropped_before };
        for (second, expected) in [
            (7, logged(0)),
            (7, logged(0)),
            (7, Verdict::Dropped),
            (7, Verdict::Dropped),
            (8, logged(2)),
            (8, logged(0)),
            (8, Verdict::Dropped),
            (60, logged(1)),
        ] {
            assert_eq!(quota.take_at(second, 2), expected, "second {second}");
        }
    }
}
