//! The most recent requests.

use super::RequestId;
use super::trace::{Bounds, Changes, Trace};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use tokio::sync::watch;

/// How many requests are kept.
pub(crate) const KEPT: usize = 100;

/// How much of each is kept: with the lists, about 300 KB at the most.
const BOUNDS: Bounds = Bounds {
    stream: 64 * 1024,
    list: 32 * 1024,
};

/// Keeps traces of the most recent requests, and tells who looks at them of changes. Whoever looks is
/// never waited for.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    traces: Mutex<VecDeque<Trace>>,
    reloaded: Mutex<Option<Reloaded>>,
    changes: Changes,
}

/// How loading the configuration again has ended.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Reloaded {
    /// In milliseconds since 1970.
    at: u64,
    /// Why the old one stays in effect, if it does.
    problem: Option<String>,
}

impl Recorder {
    /// A trace of a request that has arrived. The oldest one makes room for it.
    pub(crate) fn begin(&self, id: RequestId) -> Trace {
        let trace = Trace::told(id, BOUNDS, &self.changes);
        let mut traces = self.lock();
        let oldest = match traces.len() >= KEPT {
            true => traces.pop_front(),
            false => None,
        };
        traces.push_back(trace.clone());
        drop(traces);
        if let Some(oldest) = oldest {
            oldest.forget();
        }
        trace
    }

    /// All of them, the oldest first.
    pub(crate) fn traces(&self) -> Vec<Trace> {
        self.lock().iter().cloned().collect()
    }

    /// The trace of a request.
    pub(crate) fn find(&self, id: u64) -> Option<Trace> {
        let traces = self.lock();
        traces
            .iter()
            .find(|trace| trace.id().number() == id)
            .cloned()
    }

    /// Forgets all of them.
    pub(crate) fn clear(&self) {
        let traces = std::mem::take(&mut *self.lock());
        for trace in traces {
            trace.forget();
        }
        self.changes.send_modify(|number| *number += 1);
    }

    /// The configuration was loaded again, or was not because of a problem.
    pub(crate) fn reloaded(&self, problem: Option<String>) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        // Milliseconds fit for the next 500 million years.
        let at = now.unwrap_or_default().as_millis() as u64;
        let reloaded = Some(Reloaded { at, problem });
        *self.reloaded.lock().unwrap_or_else(PoisonError::into_inner) = reloaded;
        self.changes.send_modify(|number| *number += 1);
    }

    /// The last [`Recorder::reloaded`].
    pub(crate) fn reload(&self) -> Option<Reloaded> {
        let reloaded = self.reloaded.lock();
        reloaded.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells the number of the last change, and when there are further ones.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Trace>> {
        // No code panics while it holds the lock, and the list is consistent between statements.
        self.traces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> RequestId {
        RequestId::next()
    }

    #[test]
    fn the_oldest_makes_room_and_is_forgotten() {
        let recorder = Recorder::default();
        let first = recorder.begin(id());
        for _ in 0..KEPT {
            assert!(first.look(|_| ()).is_some());
            recorder.begin(id());
        }
        assert_eq!(recorder.traces().len(), KEPT);
        assert!(first.look(|_| ()).is_none());
        assert!(recorder.find(first.id().number()).is_none());
        // What it goes on to do is not kept.
        first.wrote(b"more");
        assert!(first.look(|_| ()).is_none());
    }

    #[test]
    fn changes_are_told_with_what_has_changed() {
        let recorder = Recorder::default();
        let mut changes = recorder.changes();
        let (one, other) = (recorder.begin(id()), recorder.begin(id()));
        one.ran(None);
        assert!(changes.has_changed().unwrap());
        let seen = *changes.borrow_and_update();
        assert!(!one.changed_since(seen));
        other.ran(None);
        assert!(other.changed_since(seen) && !one.changed_since(seen));
        assert!(changes.has_changed().unwrap());
        changes.mark_unchanged();
        recorder.clear();
        assert!(changes.has_changed().unwrap());
        assert!(recorder.traces().is_empty());
    }

    #[test]
    fn a_request_takes_a_bounded_place() {
        let recorder = Recorder::default();
        let trace = recorder.begin(id());
        for _ in 0..1000 {
            trace.wrote(&[b'x'; 1000]);
            trace.received(&[b'x'; 1000]);
            trace.said(&"x".repeat(1000));
        }
        let seen = trace.look(|notes| {
            assert_eq!(notes.output.total(), 1_000_000);
            let lines = notes.stderr.entries().len();
            assert_eq!(lines + notes.stderr.left_out(), 1000);
            notes.output.bytes().len() + notes.stdin.bytes().len() + lines * 1000
        });
        assert!(seen.unwrap() <= 2 * BOUNDS.stream + BOUNDS.list);
    }
}
