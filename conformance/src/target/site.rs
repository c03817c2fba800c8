//! Sites: further servers like the target, for mounts that cannot stand beside the others. On one
//! nothing catches the paths that no route matches; others have a module that must not be loaded.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Target, TargetError};

/// What has become of a site.
#[derive(Debug, Clone)]
pub enum Site {
    /// It serves.
    Started(Arc<Target>),
    /// The server did not start with it: why, and the end of its log.
    Refused(String),
    /// It cannot be had, for this reason.
    Unavailable(String),
}

/// How the server of a site is had.
type Start = dyn Fn(&str) -> Result<Target, TargetError> + Send + Sync;

/// The sites of a target, each started once.
pub(super) struct Sites {
    start: Option<Box<Start>>,
    had: Mutex<BTreeMap<String, Site>>,
}

impl Sites {
    /// None: this is a site itself.
    pub(super) fn none() -> Self {
        Self {
            start: None,
            had: Mutex::default(),
        }
    }

    pub(super) fn started_by(
        start: impl Fn(&str) -> Result<Target, TargetError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            start: Some(Box::new(start)),
            had: Mutex::default(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Site {
        // Whoever comes second waits until the server is there.
        let mut had = self.had.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(site) = had.get(name) {
            return site.clone();
        }
        let site = match self.start.as_ref().map(|start| start(name)) {
            Some(Ok(target)) => Site::Started(Arc::new(target)),
            Some(Err(TargetError::NotStarted { reason, log, .. })) => {
                let last = log.lines().rfind(|line| !line.trim().is_empty());
                Site::Refused([&reason, last.unwrap_or_default()].join(": "))
            }
            Some(Err(error)) => Site::Unavailable(error.to_string()),
            None => Site::Unavailable("a site has no further sites".to_owned()),
        };
        had.insert(name.to_owned(), site.clone());
        site
    }
}

impl fmt::Debug for Sites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sites").field(&self.had).finish()
    }
}
