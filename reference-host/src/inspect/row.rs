//! A request in the list.

use crate::observe::{Notes, Trace};
use serde::Serialize;
use std::time::{Duration, SystemTime};

/// What the list says of a request.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// Its number, the same as in the logs.
    id: u64,
    /// When it arrived, in milliseconds since 1970.
    at: u64,
    method: String,
    target: String,
    route: Option<String>,
    /// None as long as nothing was sent.
    status: Option<u16>,
    /// How it ended, in the words of the metrics; none as long as it has not.
    outcome: Option<&'static str>,
    ms: Option<f64>,
    /// Bytes of the body that were sent.
    sent: Option<u64>,
    /// How many rules of the specification the output breaks.
    remarks: usize,
}

impl Row {
    /// What is known so far, unless the request is not kept any more.
    pub(crate) fn of(trace: &Trace) -> Option<Self> {
        trace.look(|notes| Self::new(trace.id().number(), notes))
    }

    pub(super) fn new(id: u64, notes: &Notes) -> Self {
        let end = notes.end.as_ref();
        Self {
            id,
            at: since_1970(notes.at),
            method: notes.method.to_string(),
            target: notes.target.clone(),
            route: notes.route.as_deref().map(str::to_string),
            status: notes.reply.as_ref().map(|reply| reply.status.as_u16()),
            outcome: end.map(|end| end.outcome.name()),
            ms: end.map(|end| milliseconds(end.time)),
            sent: end.map(|end| end.sent),
            remarks: notes.remarks().len(),
        }
    }
}

fn since_1970(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    // Milliseconds fit for the next 500 million years.
    since.unwrap_or_default().as_millis() as u64
}

/// To the microsecond.
pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}
