//! For operators only: metrics and health, on a listener of their own.

use super::listener::Listener;
use super::shutdown::{Phase, Shutdown};
use super::side_door::SideDoor;
use crate::observe::Metrics;
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use std::io;
use std::sync::Arc;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The listener for operators.
pub(crate) struct Admin {
    door: SideDoor,
    answers: Answers,
}

#[derive(Clone)]
struct Answers {
    metrics: Arc<Metrics>,
    shutdown: Shutdown,
}

impl Admin {
    /// Has to be called within a runtime.
    pub(crate) fn open(
        listener: Listener,
        metrics: Arc<Metrics>,
        shutdown: Shutdown,
    ) -> io::Result<Self> {
        Ok(Self {
            door: SideDoor::open(listener, "admin")?,
            answers: Answers { metrics, shutdown },
        })
    }

    /// Answers until it is dropped.
    pub(crate) async fn serve(self) {
        let answers = self.answers;
        self.door
            .serve(move |request| answers.answer(request))
            .await;
    }
}

impl Answers {
    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n");
            let methods = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(ALLOW, methods);
            return response;
        }
        match request.uri().path() {
            "/healthz" => text(StatusCode::OK, "OK"),
            "/readyz" => match self.shutdown.phase() {
                Phase::Serving => text(StatusCode::OK, "OK"),
                Phase::Leaving | Phase::Draining => {
                    text(StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
                }
            },
            "/metrics" => match self.metrics.render() {
                Ok(metrics) => {
                    let mut response = text(StatusCode::OK, metrics);
                    let kind = HeaderValue::from_static(OPEN_METRICS);
                    response.headers_mut().insert(CONTENT_TYPE, kind);
                    response
                }
                Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, "no metrics\n"),
            },
            _ => text(StatusCode::NOT_FOUND, "/metrics, /healthz, /readyz\n"),
        }
    }
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(CONTENT_TYPE, plain);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
