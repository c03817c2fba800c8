//! Memory and tables of an instance, counted as they grow.

use crate::observe::Trace;
use wasmtime::ResourceLimiter;

/// Lets an instance grow up to its limits. The memories of a component count together.
///
/// Requirement: failure.memory-and-stack.
#[derive(Debug)]
pub(super) struct Meter {
    memory: usize,
    memory_limit: usize,
    table_limit: usize,
    /// What was added last, in case that it turns out to be impossible.
    last: usize,
    /// Where the size of the memory is noted, if somebody looks.
    trace: Option<Trace>,
}

impl Meter {
    /// Limits in bytes and in elements.
    pub(super) fn new(memory_limit: usize, table_limit: usize) -> Self {
        Self {
            memory: 0,
            memory_limit,
            table_limit,
            last: 0,
            trace: None,
        }
    }

    /// Notes the size of the memory.
    pub(super) fn traced(mut self, trace: Option<Trace>) -> Self {
        self.trace = trace;
        self
    }

    fn note(&self) {
        if let Some(trace) = &self.trace {
            trace.uses_memory(self.memory);
        }
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let is_allowed = self.memory.saturating_add(more) <= self.memory_limit;
        self.last = if is_allowed { more } else { 0 };
        self.memory += self.last;
        self.note();
        Ok(is_allowed)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory -= self.last;
        self.last = 0;
        self.note();
        Ok(())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= self.table_limit)
    }

    // How many there are is decided when a module is loaded and when it is admitted.
    fn instances(&self) -> usize {
        usize::MAX
    }

    fn tables(&self) -> usize {
        usize::MAX
    }

    fn memories(&self) -> usize {
        usize::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_count_together() {
        let mut meter = Meter::new(10, 5);
        assert!(meter.memory_growing(0, 6, None).unwrap());
        assert!(!meter.memory_growing(0, 5, None).unwrap());
        assert!(meter.memory_growing(0, 4, None).unwrap());
        assert!(!meter.memory_growing(4, 5, None).unwrap());
    }

    #[test]
    fn what_could_not_be_had_does_not_count() {
        let mut meter = Meter::new(10, 5);
        assert!(meter.memory_growing(0, 8, None).unwrap());
        meter
            .memory_grow_failed(wasmtime::Error::msg("full"))
            .unwrap();
        assert!(meter.memory_growing(0, 10, None).unwrap());
        assert!(!meter.memory_growing(10, 11, None).unwrap());
        meter
            .memory_grow_failed(wasmtime::Error::msg("limit"))
            .unwrap();
        assert!(!meter.memory_growing(10, 11, None).unwrap());
    }

    #[test]
    fn each_table_has_its_own_limit() {
        let mut meter = Meter::new(10, 5);
        assert!(meter.table_growing(0, 5, None).unwrap());
        assert!(meter.table_growing(0, 5, None).unwrap());
        assert!(!meter.table_growing(5, 6, None).unwrap());
    }
}
