//! What is noted of one request, for somebody who looks at it: `wagi request --explain` or the
//! inspector. Requests that nobody looks at have no trace.

mod notes;

pub(crate) use notes::{Bounds, Caller, End, Notes, Reply, Run};

use super::excerpt::ShortList;
use super::{RequestId, RequestOutcome};
use crate::gateway::{BlockLimits, Variables};
use http::{HeaderMap, StatusCode, request};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The notes about one request. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Trace(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    id: RequestId,
    /// The most linear memory that the instance had, in bytes.
    memory: AtomicU64,
    /// The number of the change that was the last one here.
    version: AtomicU64,
    changes: Option<Changes>,
    /// Nothing, once nobody can ask for it any more.
    notes: Mutex<Option<Box<Notes>>>,
}

/// Numbers the changes of all traces of a recorder, and tells of them.
pub(super) type Changes = Arc<watch::Sender<u64>>;

impl Trace {
    /// A trace that nobody is told about.
    pub(crate) fn new(id: RequestId, bounds: Bounds) -> Self {
        Self::with(id, bounds, None)
    }

    /// A trace whose changes are told.
    pub(super) fn told(id: RequestId, bounds: Bounds, changes: &Changes) -> Self {
        Self::with(id, bounds, Some(Arc::clone(changes)))
    }

    fn with(id: RequestId, bounds: Bounds, changes: Option<Changes>) -> Self {
        Self(Arc::new(Shared {
            id,
            memory: AtomicU64::new(0),
            version: AtomicU64::new(0),
            changes,
            notes: Mutex::new(Some(Box::new(Notes::new(bounds)))),
        }))
    }

    /// The number of the request, as logs have it.
    pub(crate) fn id(&self) -> RequestId {
        self.0.id
    }

    /// The most linear memory that the instance had, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.0.memory.load(Relaxed)
    }

    /// Whether it has changed behind the change of this number.
    pub(crate) fn changed_since(&self, number: u64) -> bool {
        self.0.version.load(Relaxed) > number
    }

    /// Looks at the notes, if they are still kept.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&Notes) -> R) -> Option<R> {
        self.lock().as_deref().map(look)
    }

    /// Throws the notes away, and takes no further ones.
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<Notes>>> {
        // No code panics while it holds the lock, and the notes are consistent between statements.
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, note: impl FnOnce(&mut Notes)) {
        if let Some(notes) = self.lock().as_deref_mut() {
            note(notes);
        }
    }

    /// Notes something that is told at once.
    fn tell(&self, note: impl FnOnce(&mut Notes)) {
        self.note(note);
        if let Some(changes) = &self.0.changes {
            // Who sees the new number sees the notes.
            changes.send_modify(|number| {
                *number += 1;
                self.0.version.store(*number, Relaxed);
            });
        }
    }

    /// The request has arrived.
    pub(crate) fn asked(&self, parts: &request::Parts, caller: Caller) {
        self.tell(|notes| {
            notes.method = parts.method.clone();
            let target = parts.uri.path_and_query();
            notes.target = target.map_or("*", |target| target.as_str()).to_string();
            notes.version = parts.version;
            notes.caller = Some(caller);
            fields(&mut notes.fields, &parts.headers);
        });
    }

    /// A route was chosen.
    pub(crate) fn routed(&self, route: &Arc<str>) {
        self.note(|notes| notes.route = Some(Arc::clone(route)));
    }

    /// The module is about to run.
    pub(crate) fn given(
        &self,
        (module, entrypoint): (&Arc<str>, &Arc<str>),
        variables: &Variables<'_>,
        arguments: &[String],
        block_limits: BlockLimits,
    ) {
        self.tell(|notes| {
            notes.module = Some((Arc::clone(module), Arc::clone(entrypoint)));
            for (name, value) in variables {
                let own = || (name.to_string(), value.to_string());
                notes.variables.add(name.len() + value.len(), own);
            }
            for argument in arguments {
                notes.arguments.add(argument.len(), || argument.clone());
            }
            notes.block_limits = block_limits;
            notes.started = Some(Instant::now());
        });
    }

    /// A part of the request body has arrived.
    pub(crate) fn received(&self, bytes: &[u8]) {
        self.note(|notes| notes.stdin.add(bytes));
    }

    /// The module has read that many bytes.
    pub(crate) fn read(&self, length: usize) {
        self.note(|notes| notes.stdin_read += length as u64);
    }

    /// The module has written to standard output.
    pub(crate) fn wrote(&self, bytes: &[u8]) {
        self.note(|notes| notes.output.add(bytes));
    }

    /// The module has written a line to standard error.
    pub(crate) fn said(&self, line: &str) {
        self.note(|notes| notes.stderr.add(line.len(), || line.to_string()));
    }

    /// The linear memory of the instance, which never shrinks.
    pub(crate) fn uses_memory(&self, bytes: usize) {
        self.0.memory.store(bytes as u64, Relaxed);
    }

    /// The module has ended, by itself or because it was stopped.
    pub(crate) fn ran(&self, failure: Option<String>) {
        self.tell(|notes| {
            let time = notes.started.map(|started| started.elapsed());
            notes.run = Some(Run {
                failure,
                time: time.unwrap_or_default(),
            });
        });
    }

    /// The request is answered by an error.
    pub(crate) fn failed(&self, failure: String) {
        self.note(|notes| notes.failure = Some(failure));
    }

    /// The response begins.
    pub(crate) fn replied(&self, status: StatusCode, headers: &HeaderMap) {
        self.tell(|notes| {
            let mut list = ShortList::up_to(notes.bounds.list);
            fields(&mut list, headers);
            notes.reply = Some(Reply {
                status,
                fields: list,
            });
        });
    }

    /// The response is over.
    pub(crate) fn over(&self, outcome: RequestOutcome, sent: u64, time: Duration) {
        self.tell(|notes| {
            notes.end = Some(End {
                outcome,
                sent,
                time,
            });
        });
    }
}

fn fields(list: &mut ShortList<(String, Vec<u8>)>, headers: &HeaderMap) {
    for (name, value) in headers {
        let own = || (name.to_string(), value.as_bytes().to_vec());
        list.add(name.as_str().len() + value.len(), own);
    }
}
