//! `--watch`.

use super::{Failure, table};
use crate::Running;
use crate::watch::Watcher;
use std::time::SystemTime;

/// Waits for changes of files, or for ever.
pub(super) struct Watching(Option<Watcher>);

impl Watching {
    /// `since` is when loading began, if files are watched at all.
    pub(super) fn start(since: Option<SystemTime>, running: &Running) -> Result<Self, Failure> {
        let Some(since) = since else {
            return Ok(Self(None));
        };
        let watcher = Watcher::new(&running.watched(), since)
            .map_err(|error| Failure::wrong(format!("cannot watch files: {error}")))?;
        let files = table::count(running.watched().len(), "file");
        tracing::info!("watching {files}");
        Ok(Self(Some(watcher)))
    }

    /// Returns when a file has changed.
    pub(super) async fn changed(&mut self) {
        match &mut self.0 {
            Some(watcher) => watcher.changed().await,
            None => std::future::pending().await,
        }
    }

    /// Has to be called behind every reload: other files may count now.
    pub(super) fn follow(&mut self, running: &Running) {
        if let Some(Err(error)) = self
            .0
            .as_mut()
            .map(|watcher| watcher.follow(&running.watched()))
        {
            tracing::warn!(%error, "some files cannot be watched");
        }
    }
}
