//! Traces for OpenTelemetry: a span for every request, and one for each of its steps.
//!
//! Spans wait in a bounded queue and are sent from a thread of their own: when nobody takes them they
//! are dropped, and no request waits. Names follow the semantic conventions for HTTP servers.

use super::span_client::SpanClient;
use super::{AccessRecord, RequestOutcome};
use http::{HeaderMap, Method, request};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanKind, Status, TraceContextExt, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};
use std::fmt;
use std::sync::Arc;

/// Where spans are made and sent from; by default nowhere.
#[derive(Clone, Default)]
pub(crate) struct Spans(Option<Arc<Source>>);

struct Source {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// What turns tracing on, in the words of OpenTelemetry.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];

impl Spans {
    /// Sends to the collector that the environment names, over HTTP with protobuf; further variables
    /// of OpenTelemetry (headers, sampler, resource, queue) count as well. None is named: no spans.
    pub(crate) fn from_environment() -> Result<Self, String> {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_off = |name: &str, off: &str| std::env::var(name).is_ok_and(|value| value == off);
        if !ENDPOINTS.iter().any(|name| is_set(name))
            || is_off("OTEL_SDK_DISABLED", "true")
            || is_off("OTEL_TRACES_EXPORTER", "none")
        {
            return Ok(Self::default());
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(SpanClient::new().map_err(|error| error.to_string())?)
            .build()
            .map_err(|error| error.to_string())?;
        let mut resource = Resource::builder();
        if !is_set("OTEL_SERVICE_NAME") && !is_set("OTEL_RESOURCE_ATTRIBUTES") {
            resource = resource.with_service_name("wagi");
        }
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build())
            .build();
        let tracer = provider.tracer("wagi");
        Ok(Self(Some(Arc::new(Source { provider, tracer }))))
    }

    /// Begins the span of a request. A trusted proxy's `traceparent` says which trace it belongs to;
    /// anybody else's means nothing.
    pub(crate) fn begin(&self, parts: &request::Parts, is_of_proxy: bool) -> RequestSpan {
        let Some(source) = &self.0 else {
            return RequestSpan::default();
        };
        let parent = match is_of_proxy {
            true => TraceContextPropagator::new().extract(&Fields(&parts.headers)),
            false => Context::new(),
        };
        let method = method_name(&parts.method);
        let mut attributes = vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("url.path", parts.uri.path().to_string()),
            KeyValue::new("network.protocol.version", protocol_version(parts.version)),
        ];
        if method == OTHER_METHOD {
            let original = parts.method.as_str().to_string();
            attributes.push(KeyValue::new("http.request.method_original", original));
        }
        let builder = SpanBuilder::from_name(method)
            .with_kind(SpanKind::Server)
            .with_attributes(attributes);
        let span = source.tracer.build_with_context(builder, &parent);
        let context = Context::new().with_remote_span_context(span.span_context().clone());
        let steps = Steps(Some((Arc::clone(source), context)));
        RequestSpan(Some((Box::new(span), steps)))
    }

    /// Sends what is waiting.
    pub(crate) fn flush(&self) {
        if let Some(source) = &self.0
            && let Err(error) = source.provider.force_flush()
        {
            tracing::warn!(%error, "traces are lost: the collector does not take them");
        }
    }
}

impl fmt::Debug for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_on = self.0.is_some();
        f.debug_struct("Spans").field("is_on", &is_on).finish()
    }
}

/// The span of a request, until it ends.
#[derive(Default)]
pub(crate) struct RequestSpan(Option<(Box<Span>, Steps)>);

impl RequestSpan {
    /// Makes spans for the steps of the request.
    pub(crate) fn steps(&self) -> Steps {
        let steps = self.0.as_ref().map(|(_, steps)| steps.clone());
        steps.unwrap_or_default()
    }

    /// Ends the span with what has become of the request.
    pub(super) fn end(&mut self, record: &AccessRecord) {
        let Some((mut span, _)) = self.0.take() else {
            return;
        };
        if let Some(route) = &record.route {
            let method = method_name(record.method());
            span.update_name(format!("{method} {route}"));
            span.set_attribute(KeyValue::new("http.route", Arc::clone(route)));
        }
        span.set_attribute(KeyValue::new("client.address", record.remote().to_string()));
        span.set_attribute(KeyValue::new("wagi.request", record.id.to_string()));
        if let Some(status) = record.status {
            let code = i64::from(status.as_u16());
            span.set_attribute(KeyValue::new("http.response.status_code", code));
        }
        let is_server_error = record.status.is_some_and(|status| status.is_server_error());
        let failure = record.failure.as_deref().unwrap_or_default().to_string();
        if is_server_error || record.outcome == RequestOutcome::BrokenOff {
            span.set_attribute(KeyValue::new("error.type", record.outcome.name()));
            span.set_status(Status::error(failure));
        }
        span.end();
    }
}

impl fmt::Debug for RequestSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestSpan").finish_non_exhaustive()
    }
}

/// Makes spans for the steps of a request.
#[derive(Clone, Default)]
pub(crate) struct Steps(Option<(Arc<Source>, Context)>);

/// A step, until it is dropped.
pub(crate) struct Step {
    _span: Option<Span>,
}

impl Step {
    pub(crate) fn end(self) {}
}

impl Steps {
    pub(crate) fn begin(&self, name: &'static str) -> Step {
        let begin = |(source, context): &(Arc<Source>, Context)| {
            source.tracer.start_with_context(name, context)
        };
        Step {
            _span: self.0.as_ref().map(begin),
        }
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steps").finish_non_exhaustive()
    }
}

struct Fields<'a>(&'a HeaderMap);

impl Extractor for Fields<'_> {
    /// A field that is there twice says nothing.
    fn get(&self, key: &str) -> Option<&str> {
        let mut values = self.0.get_all(key).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

const OTHER_METHOD: &str = "_OTHER";

/// Methods beyond the known ones would be names without number.
fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "CONNECT" => "CONNECT",
        "OPTIONS" => "OPTIONS",
        "TRACE" => "TRACE",
        "PATCH" => "PATCH",
        _ => OTHER_METHOD,
    }
}

fn protocol_version(version: http::Version) -> &'static str {
    match version {
        http::Version::HTTP_10 => "1.0",
        http::Version::HTTP_2 => "2",
        _ => "1.1",
    }
}
