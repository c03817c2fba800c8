//! Noticing that files have changed.
//!
//! Certificates are exchanged in many ways: written over, renamed, or behind a link that is turned
//! (Kubernetes). Looking at the files from time to time covers all of them.

use super::Tls;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

const OFTEN: Duration = Duration::from_secs(1);

/// Looks after the files of a [`Tls`] until it is dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    _stop: Sender<()>,
}

/// What a file looks like from outside.
type Look = Option<(u64, u64, i64, i64, u64)>;

impl Watch {
    /// Calls `report` with the result of each reload that changed files lead to.
    pub(crate) fn start(
        tls: Tls,
        report: impl Fn(Result<(), super::TlsError>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        let mut loaded = look(&tls);
        let watch = move || {
            let mut seen = loaded.clone();
            while stopped.recv_timeout(OFTEN) == Err(RecvTimeoutError::Timeout) {
                let now = look(&tls);
                // Certificate and key are two files: only when both keep still are they read.
                if now == seen && now != loaded {
                    loaded = now.clone();
                    report(tls.reload());
                }
                seen = now;
            }
        };
        std::thread::Builder::new()
            .name("wagi-certificates".into())
            .spawn(watch)?;
        Ok(Self { _stop: stop })
    }
}

fn look(tls: &Tls) -> Vec<Look> {
    let look = |path: &PathBuf| {
        let data = std::fs::metadata(path).ok()?;
        Some((
            data.dev(),
            data.ino(),
            data.mtime(),
            data.mtime_nsec(),
            data.len(),
        ))
    };
    tls.files
        .iter()
        .flat_map(|files| [look(&files.certificate), look(&files.key)])
        .collect()
}
