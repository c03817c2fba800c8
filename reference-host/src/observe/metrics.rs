//! What a host counts, for Prometheus.
//!
//! A request touches counters of its route, which it finds without looking them up; only whoever
//! reads the metrics goes through all of them. Label values come from the configuration and from
//! lists in this file, never from a request.

use super::histogram::Histogram;
use super::log_quota::LogQuota;
use super::outcome::RequestOutcome;
use http::StatusCode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, number: u64) {
        self.0.fetch_add(number, Relaxed);
    }

    fn get(&self) -> u64 {
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

/// Limits that a client or a module has run into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitHit {
    /// Connections of one address.
    PeerConnections,
    /// Time for TLS and PROXY.
    HandshakeTime,
    /// Time in which a client has to take something.
    SendTime,
    /// Requests that are taken back.
    Resets,
    /// Requests that wait.
    Queue,
    /// Time to wait.
    QueueTime,
    /// Size of a request body.
    Body,
    /// Time of a client that sends its body.
    BodyTime,
    /// Fields of a request.
    HeaderFields,
    /// Time of a module.
    WallTime,
    /// The output of a module.
    Output,
}

const LIMITS: [(LimitHit, &str); 11] = [
    (LimitHit::PeerConnections, "connections_per_peer"),
    (LimitHit::HandshakeTime, "handshake_time"),
    (LimitHit::SendTime, "send_time"),
    (LimitHit::Resets, "resets"),
    (LimitHit::Queue, "queue"),
    (LimitHit::QueueTime, "queue_time"),
    (LimitHit::Body, "body"),
    (LimitHit::BodyTime, "body_time"),
    (LimitHit::HeaderFields, "header_fields"),
    (LimitHit::WallTime, "wall_time"),
    (LimitHit::Output, "output"),
];

/// What is loaded again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reload {
    /// The configuration with its modules.
    Configuration,
    /// The certificates.
    Certificates,
}

const RELOADS: [&str; 4] = [
    "configuration",
    "configuration",
    "certificates",
    "certificates",
];

const CLASSES: [&str; 6] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];
const OUTCOMES: usize = RequestOutcome::ALL.len();

/// The counters of a route.
#[derive(Debug, Default)]
pub(crate) struct RouteMetrics {
    requests: [[Count; CLASSES.len()]; OUTCOMES],
    durations: Histogram,
    sent: Count,
    /// Lines on standard error that were not logged.
    pub(super) dropped_lines: Count,
    pub(super) log_quota: LogQuota,
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

/// Everything that a host counts.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Forgotten when no configuration has them any more.
    routes: Mutex<BTreeMap<Arc<str>, Weak<RouteMetrics>>>,
    /// Requests that no route was found for.
    pub(crate) unrouted: Arc<RouteMetrics>,
    pub(crate) connections: Count,
    pub(crate) open_connections: Arc<Level>,
    pub(crate) received: Count,
    pub(crate) waiting: Arc<Level>,
    pub(crate) running: Arc<Level>,
    limits: [Count; LIMITS.len()],
    reloads: [Count; RELOADS.len()],
}

impl Metrics {
    /// The counters of a route. A route that stays when the configuration is loaded again goes on
    /// counting.
    pub(crate) fn route(&self, pattern: &str) -> Arc<RouteMetrics> {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = routes.get(pattern).and_then(Weak::upgrade) {
            return known;
        }
        let metrics = Arc::new(RouteMetrics::default());
        routes.insert(pattern.into(), Arc::downgrade(&metrics));
        metrics
    }

    pub(crate) fn hit(&self, limit: LimitHit) {
        self.limits[limit as usize].add(1);
    }

    pub(crate) fn reloaded(&self, what: Reload, is_success: bool) {
        self.reloads[what as usize * 2 + usize::from(!is_success)].add(1);
    }

    /// All counters in the text format of OpenMetrics.
    pub(crate) fn render(self: &Arc<Self>) -> Result<String, fmt::Error> {
        let mut registry = prometheus_client::registry::Registry::with_prefix("wagi");
        registry.register_collector(Box::new(Snapshot(Arc::clone(self))));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)?;
        Ok(text)
    }

    fn all_routes(&self) -> Vec<(Arc<str>, Arc<RouteMetrics>)> {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = vec![(Arc::from("(none)"), Arc::clone(&self.unrouted))];
        routes.retain(|route, metrics| match metrics.upgrade() {
            Some(metrics) => {
                all.push((Arc::clone(route), metrics));
                true
            }
            None => false,
        });
        all
    }
}

#[derive(Debug)]
struct Snapshot(Arc<Metrics>);

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let metrics = &*self.0;
        let routes = metrics.all_routes();

        let help = "Requests that are over, by route, class of status and how they ended";
        let mut family = encoder.encode_descriptor("requests", help, None, MetricType::Counter)?;
        for (route, metrics) in &routes {
            for outcome in RequestOutcome::ALL {
                let counts = metrics.requests[outcome as usize].iter();
                for (class, count) in CLASSES.iter().zip(counts).filter(|(_, c)| c.get() > 0) {
                    let labels = [
                        ("route", &**route),
                        ("status", *class),
                        ("outcome", outcome.name()),
                    ];
                    ConstCounter::new(count.get()).encode(family.encode_family(&labels)?)?;
                }
            }
        }
        let help = "Time from the end of the header section to the end of the response";
        let mut family = encoder.encode_descriptor(
            "request_duration_seconds",
            help,
            None,
            MetricType::Histogram,
        )?;
        for (route, metrics) in &routes {
            let labels = [("route", &**route)];
            metrics.durations.encode(family.encode_family(&labels)?)?;
        }
        let help = "Bytes of response bodies";
        let mut family =
            encoder.encode_descriptor("response_body_bytes", help, None, MetricType::Counter)?;
        for (route, metrics) in &routes {
            let labels = [("route", &**route)];
            ConstCounter::new(metrics.sent.get()).encode(family.encode_family(&labels)?)?;
        }
        let help = "Lines of modules on standard error that were not logged";
        let mut family = encoder.encode_descriptor(
            "module_log_lines_dropped",
            help,
            None,
            MetricType::Counter,
        )?;
        for (route, metrics) in &routes {
            let labels = [("route", &**route)];
            let count = ConstCounter::new(metrics.dropped_lines.get());
            count.encode(family.encode_family(&labels)?)?;
        }
        let help = "Limits that clients and modules have run into";
        let mut family =
            encoder.encode_descriptor("limits_hit", help, None, MetricType::Counter)?;
        for ((_, name), count) in LIMITS.iter().zip(&metrics.limits) {
            let labels = [("limit", *name)];
            ConstCounter::new(count.get()).encode(family.encode_family(&labels)?)?;
        }
        let help = "Configurations and certificates that were loaded again";
        let mut family = encoder.encode_descriptor("reloads", help, None, MetricType::Counter)?;
        for (index, (what, count)) in RELOADS.iter().zip(&metrics.reloads).enumerate() {
            let result = if index % 2 == 0 { "success" } else { "failure" };
            let labels = [("what", *what), ("result", result)];
            ConstCounter::new(count.get()).encode(family.encode_family(&labels)?)?;
        }
        for (name, help, count) in [
            (
                "connections",
                "Connections that were accepted",
                &metrics.connections,
            ),
            (
                "request_body_bytes",
                "Bytes of request bodies that were received",
                &metrics.received,
            ),
        ] {
            let count = ConstCounter::new(count.get());
            let single = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            count.encode(single)?;
        }
        for (name, help, level) in [
            (
                "connections_open",
                "Connections that are open",
                &metrics.open_connections,
            ),
            ("instances_running", "Modules that run", &metrics.running),
            (
                "requests_waiting",
                "Requests that wait for a module to end",
                &metrics.waiting,
            ),
        ] {
            // More than the gauge can hold is not reached.
            let level = ConstGauge::new(level.get() as i64);
            let single = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            level.encode(single)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_has_its_order() {
        for (index, (limit, _)) in LIMITS.iter().enumerate() {
            assert_eq!(*limit as usize, index);
        }
        for (index, outcome) in RequestOutcome::ALL.iter().enumerate() {
            assert_eq!(*outcome as usize, index);
        }
    }

    #[test]
    fn what_is_read() {
        let metrics = Arc::new(Metrics::default());
        let shop = metrics.route("/shop/\"...");
        shop.count(
            Some(StatusCode::OK),
            RequestOutcome::Ok,
            Duration::from_millis(2),
            5,
        );
        shop.count(None, RequestOutcome::ClientLeft, Duration::from_secs(60), 0);
        shop.dropped_lines.add(3);
        metrics.unrouted.count(
            Some(StatusCode::NOT_FOUND),
            RequestOutcome::NoRoute,
            Duration::from_micros(10),
            10,
        );
        metrics.hit(LimitHit::Queue);
        metrics.reloaded(Reload::Certificates, false);
        let inside = metrics.waiting.enter();
        let text = metrics.render().unwrap();
        drop(inside);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_route_is_counted_for_as_long_as_it_is_configured() {
        let metrics = Arc::new(Metrics::default());
        let old = metrics.route("/a");
        old.count(Some(StatusCode::OK), RequestOutcome::Ok, Duration::ZERO, 0);
        let new = metrics.route("/a");
        drop(old);
        assert!(
            metrics
                .render()
                .unwrap()
                .contains("{route=\"/a\",status=\"2xx\",outcome=\"ok\"} 1")
        );
        drop(new);
        assert!(!metrics.render().unwrap().contains("/a"));
        assert_eq!(metrics.routes.lock().unwrap().len(), 0);
    }
}
