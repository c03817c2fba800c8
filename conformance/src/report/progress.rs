//! What a run tells while it goes on.

use crate::outcome::CaseRecord;

/// Told about a run while it goes on; the results come afterwards, from the whole report.
///
/// Called from several threads at once.
pub trait Progress: Sync {
    /// So many cases will run.
    fn begin(&self, total: usize);
    /// One of them came to its verdict.
    fn finished(&self, record: &CaseRecord);
    /// The run is over, complete or not.
    fn end(&self);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _total: usize) {}
    fn finished(&self, _record: &CaseRecord) {}
    fn end(&self) {}
}
