//! Numbers that threads share without a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, number: u64) {
        self.0.fetch_add(number, Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A number of what is there now.
#[derive(Debug, Default)]
pub(crate) struct Level(AtomicU64);

impl Level {
    /// Counts one more until the returned value is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> Inside {
        self.0.fetch_add(1, Relaxed);
        Inside(Arc::clone(self))
    }

    /// How many there are.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// One that is counted by a [`Level`].
#[derive(Debug)]
pub(crate) struct Inside(Arc<Level>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}
