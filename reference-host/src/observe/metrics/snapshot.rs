//! All counters at one moment, for who reads them.

use super::Metrics;
use super::limit::LIMITS;
use super::reload::RELOADS;
use super::route::CLASSES;
use crate::observe::RequestOutcome;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;
use std::sync::Arc;

/// What is encoded.
#[derive(Debug)]
pub(super) struct Snapshot(pub(super) Arc<Metrics>);

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
