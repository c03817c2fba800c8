//! What a host counts, for Prometheus.
//!
//! A request touches counters of its route, which it finds without looking them up; only whoever
//! reads the metrics goes through all of them. Label values come from the configuration and from
//! lists in this file, never from a request.

mod count;
mod limit;
mod reload;
mod route;
mod snapshot;

pub(crate) use count::{Count, Inside, Level};
pub(crate) use limit::LimitHit;
pub(crate) use reload::Reload;
pub(crate) use route::RouteMetrics;

use limit::LIMITS;
use reload::RELOADS;
use snapshot::Snapshot;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

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

#[cfg(test)]
mod tests;
