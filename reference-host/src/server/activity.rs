//! What goes on on a connection that carries several requests at once.

use super::stream::ConnectionFlags;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// What a request costs that the client takes back, against one that it lets end.
const RESET: i64 = 10;

/// A browser that leaves a page takes back as many requests as it has; beyond this it is no browser.
const PATIENCE: i64 = 1000;

/// Counts the requests that are under way, and says when a connection is idle, stuck or abused.
#[derive(Debug)]
pub(crate) struct Activity {
    since: Instant,
    /// Milliseconds from `since` to the last sign of life.
    last: AtomicU64,
    under_way: AtomicU32,
    /// Responses that wait for the client to take more.
    unsent: AtomicU32,
    annoyance: AtomicI64,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            since: Instant::now(),
            last: AtomicU64::new(0),
            under_way: AtomicU32::new(0),
            unsent: AtomicU32::new(0),
            annoyance: AtomicI64::new(0),
        }
    }

    /// How long nothing has happened.
    pub(super) fn quiet_for(&self) -> Duration {
        let last = Duration::from_millis(self.last.load(Relaxed));
        self.since.elapsed().saturating_sub(last)
    }

    /// No request is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.under_way.load(Relaxed) == 0
    }

    /// There is something for the client that it does not take.
    pub(super) fn is_unsent(&self) -> bool {
        self.unsent.load(Relaxed) > 0
    }

    /// The client takes back most of its requests: work for nothing.
    pub(super) fn is_abused(&self) -> bool {
        self.annoyance.load(Relaxed) > PATIENCE
    }

    fn touch(&self) {
        // Milliseconds of a process fit.
        self.last
            .store(self.since.elapsed().as_millis() as u64, Relaxed);
    }
}

/// A request that is under way, until it is dropped. On connections that carry one request at a
/// time it does nothing.
#[derive(Debug)]
pub(super) struct UnderWay {
    flags: Arc<ConnectionFlags>,
    is_unsent: bool,
    is_finished: bool,
}

impl UnderWay {
    pub(super) fn begin(flags: Arc<ConnectionFlags>) -> Self {
        if let Some(activity) = &flags.activity {
            activity.under_way.fetch_add(1, Relaxed);
            activity.touch();
        }
        Self {
            flags,
            is_unsent: false,
            is_finished: false,
        }
    }

    /// The client has lost its credit.
    pub(super) fn is_unwanted(&self) -> bool {
        self.flags
            .activity
            .as_ref()
            .is_some_and(Activity::is_abused)
    }

    /// It is the client's turn: there is something for it, or it has just taken something.
    pub(super) fn waits_for_client(&mut self) {
        let Some(activity) = &self.flags.activity else {
            return;
        };
        activity.touch();
        if !std::mem::replace(&mut self.is_unsent, true) {
            activity.unsent.fetch_add(1, Relaxed);
        }
    }

    /// It is the module's turn.
    pub(super) fn waits_for_module(&mut self) {
        let Some(activity) = &self.flags.activity else {
            return;
        };
        if std::mem::replace(&mut self.is_unsent, false) {
            activity.unsent.fetch_sub(1, Relaxed);
        }
    }

    /// The response is whole.
    pub(super) fn finish(&mut self) {
        self.is_finished = true;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.waits_for_module();
        let Some(activity) = &self.flags.activity else {
            return;
        };
        activity.under_way.fetch_sub(1, Relaxed);
        activity.touch();
        let annoyance = activity.annoyance.load(Relaxed);
        // Two requests that end at the same moment may count as one: nothing depends on that.
        match self.is_finished {
            true => activity.annoyance.store((annoyance - 1).max(0), Relaxed),
            false => activity.annoyance.store(annoyance + RESET, Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags() -> Arc<ConnectionFlags> {
        Arc::new(ConnectionFlags::with_activity())
    }

    #[test]
    fn idle_and_unsent() {
        let flags = flags();
        let activity = flags.activity.as_ref().unwrap();
        let mut first = UnderWay::begin(Arc::clone(&flags));
        let mut second = UnderWay::begin(Arc::clone(&flags));
        first.waits_for_client();
        first.waits_for_client();
        second.waits_for_client();
        second.waits_for_module();
        second.waits_for_module();
        assert!(activity.is_unsent() && !activity.is_idle());
        drop(first);
        assert!(!activity.is_unsent() && !activity.is_idle());
        drop(second);
        assert!(activity.is_idle());
    }

    #[test]
    fn taking_back_most_requests_is_abuse_and_some_is_not() {
        let flags = flags();
        let activity = flags.activity.as_ref().unwrap();
        for _ in 0..100 {
            drop(UnderWay::begin(Arc::clone(&flags)));
        }
        assert!(!activity.is_abused());
        for round in 0..1100 {
            let mut finished = UnderWay::begin(Arc::clone(&flags));
            finished.finish();
            drop(finished);
            if round % 20 == 0 {
                drop(UnderWay::begin(Arc::clone(&flags)));
            }
        }
        assert!(!activity.is_abused());
        for _ in 0..200 {
            drop(UnderWay::begin(Arc::clone(&flags)));
        }
        assert!(activity.is_abused());
    }
}
