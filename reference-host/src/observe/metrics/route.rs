//! The counters of a route.

use super::Count;
use crate::observe::RequestOutcome;
use crate::observe::histogram::Histogram;
use crate::observe::log_quota::LogQuota;
use http::StatusCode;
use std::time::Duration;

/// Classes of status.
pub(super) const CLASSES: [&str; 6] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];
const OUTCOMES: usize = RequestOutcome::ALL.len();

/// The counters of a route.
#[derive(Debug, Default)]
pub(crate) struct RouteMetrics {
    pub(super) requests: [[Count; CLASSES.len()]; OUTCOMES],
    pub(super) durations: Histogram,
    pub(super) sent: Count,
    /// Lines on standard error that were not logged.
    pub(in crate::observe) dropped_lines: Count,
    pub(in crate::observe) log_quota: LogQuota,
}

impl RouteMetrics {
    /// Counts a request that is over; without a status nothing was sent.
    pub(crate) fn count(
        &self,
        status: Option<StatusCode>,
        outcome: RequestOutcome,
        time: Duration,
        sent: u64,
    ) {
        let class = status.map_or(0, |status| usize::from(status.as_u16() / 100).min(5));
        self.requests[outcome as usize][class].add(1);
        self.durations.observe(time);
        self.sent.add(sent);
    }
}
