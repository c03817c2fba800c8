//! The access log.

use super::{LogFormat, RequestOutcome, RequestSpan, RouteMetrics, Trace};
use crate::settings::Settings;
use http::{HeaderValue, Method, StatusCode, Uri, Version, request};
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Numbers the requests of a process, so that log lines can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(u64);

impl RequestId {
    /// The number that nothing else has in this process.
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// The number of what happens before the first request.
    pub fn first() -> Self {
        Self(0)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What is known about a request; it is logged and counted when the response is over.
#[derive(Debug)]
pub(crate) struct AccessRecord {
    /// Its number.
    pub id: RequestId,
    /// The number that a trusted proxy gave it.
    pub id_of_proxy: Option<HeaderValue>,
    method: Method,
    uri: Uri,
    version: Version,
    remote: IpAddr,
    /// The pattern of the route that was chosen.
    pub route: Option<Arc<str>>,
    /// Where it is counted.
    pub metrics: Arc<RouteMetrics>,
    /// The status that was sent; none if the client left before.
    pub status: Option<StatusCode>,
    /// Bytes of the body that were handed to the connection.
    pub bytes: u64,
    /// Why the request failed, in words for the operator.
    pub failure: Option<String>,
    /// How it ended, unless the client leaves before.
    pub outcome: RequestOutcome,
    /// Everything was handed to the connection.
    pub is_over: bool,
    /// Where more is noted, if somebody looks.
    pub trace: Option<Trace>,
    /// What OpenTelemetry is told of it.
    pub span: RequestSpan,
    format: LogFormat,
    started: Instant,
}

/// The longest target that is logged; a longer one is cut.
const LONGEST_TARGET: usize = 512;

impl AccessRecord {
    /// Begins a record.
    pub(crate) fn new(parts: &request::Parts, remote: IpAddr, settings: &Settings) -> Self {
        Self {
            id: RequestId::next(),
            id_of_proxy: None,
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            version: parts.version,
            remote,
            route: None,
            metrics: Arc::clone(&settings.metrics.unrouted),
            status: None,
            bytes: 0,
            failure: None,
            outcome: RequestOutcome::Ok,
            is_over: false,
            trace: None,
            span: RequestSpan::default(),
            format: settings.log_format,
            started: Instant::now(),
        }
    }

    #[cfg(feature = "otlp")]
    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    #[cfg(feature = "otlp")]
    pub(super) fn remote(&self) -> IpAddr {
        self.remote
    }

    fn log_text(&self, ms: f64) {
        let Self {
            id,
            method,
            remote,
            bytes,
            ..
        } = self;
        let request = id.number();
        let target = shortened(&self.uri);
        let status = self.status.map_or(0, |status| status.as_u16());
        let route = self.route.as_deref().unwrap_or("-");
        let of_proxy = self.id_of_proxy.as_ref().map(visible);
        let message = format_args!("{method} {target} {status} {bytes} B {ms:.1} ms");
        match (&self.failure, self.outcome) {
            (Some(failure), _) => {
                tracing::warn!(target: "wagi_host::access", request, request_of_proxy = of_proxy, %remote, route, failure, "{message}");
            }
            (None, RequestOutcome::ClientLeft) => {
                tracing::info!(target: "wagi_host::access", request, request_of_proxy = of_proxy, %remote, route, "{message}, the client left");
            }
            (None, _) => {
                tracing::info!(target: "wagi_host::access", request, request_of_proxy = of_proxy, %remote, route, "{message}");
            }
        }
    }

    fn log_fields(&self, ms: f64) {
        let target = shortened(&self.uri);
        let status = self.status.map_or(0, |status| status.as_u16());
        let outcome = self.outcome.name();
        let of_proxy = self.id_of_proxy.as_ref().map(visible);
        let ms = (ms * 1000.0).round() / 1000.0;
        macro_rules! event {
            ($level:ident) => {
                tracing::$level!(
                    target: "wagi_host::access",
                    request = self.id.number(),
                    request_of_proxy = of_proxy,
                    remote = %self.remote,
                    protocol = ?self.version,
                    method = self.method.as_str(),
                    request_target = &*target,
                    route = self.route.as_deref(),
                    status,
                    outcome,
                    bytes = self.bytes,
                    ms,
                    failure = self.failure.as_deref(),
                )
            };
        }
        match &self.failure {
            Some(_) => event!(warn),
            None => event!(info),
        }
    }
}

fn shortened(uri: &Uri) -> Cow<'_, str> {
    let target = uri
        .path_and_query()
        .map_or_else(|| uri.path(), |target| target.as_str());
    match target.char_indices().find(|(at, _)| *at >= LONGEST_TARGET) {
        Some((end, _)) => Cow::Owned(format!("{}…", &target[..end])),
        None => Cow::Borrowed(target),
    }
}

/// What can stand in a log without doing harm.
fn visible(value: &HeaderValue) -> &str {
    let text = value.to_str().unwrap_or("(not text)");
    match text.char_indices().nth(128) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

impl Drop for AccessRecord {
    fn drop(&mut self) {
        if self.status.is_none() || !self.is_over {
            self.outcome = RequestOutcome::ClientLeft;
        }
        let time = self.started.elapsed();
        self.metrics
            .count(self.status, self.outcome, time, self.bytes);
        if let Some(trace) = &self.trace {
            trace.over(self.outcome, self.bytes, time);
        }
        let mut span = std::mem::take(&mut self.span);
        span.end(self);
        let ms = time.as_secs_f64() * 1000.0;
        match self.format {
            LogFormat::Text => self.log_text(ms),
            LogFormat::Json => self.log_fields(ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_target_is_cut() {
        assert_eq!(shortened(&"http://a/b?c".parse().unwrap()), "/b?c");
        let long = format!("/{}", "é".repeat(1000));
        let long = shortened(&long.parse().unwrap()).into_owned();
        assert_eq!(long.chars().count(), LONGEST_TARGET / 2 + 2);
    }
}
