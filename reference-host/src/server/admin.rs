//! For operators only: metrics and health, on a listener of their own.

use super::listener::Listener;
use super::shutdown::{Phase, Shutdown};
use super::socket::{Acceptor, Socket};
use super::unix_socket::SocketFile;
use crate::observe::Metrics;
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Operators are few.
const CONNECTIONS: usize = 64;

/// How long whoever asks may take for it, or stay without asking.
const TIME: Duration = Duration::from_secs(30);

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The listener for operators. It stays open until the host has drained.
pub(crate) struct Admin {
    acceptor: Acceptor,
    answers: Answers,
    _file: Option<SocketFile>,
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
        let (acceptor, file) = listener.into_acceptor()?;
        Ok(Self {
            acceptor,
            answers: Answers { metrics, shutdown },
            _file: file,
        })
    }

    /// Answers until it is dropped.
    pub(crate) async fn serve(self) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            let answers = self.answers.clone();
            match self.acceptor.accept().await {
                Ok((Socket::Tcp(stream), _)) => {
                    tokio::spawn(async move {
                        answers.serve(TokioIo::new(stream)).await;
                        drop(place);
                    });
                }
                Ok((Socket::Unix(stream), _)) => {
                    tokio::spawn(async move {
                        answers.serve(TokioIo::new(stream)).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection to the admin listener");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
}

impl Answers {
    async fn serve<S>(self, stream: S)
    where
        S: hyper::rt::Read + hyper::rt::Write + Unpin,
    {
        let answer = hyper::service::service_fn(|request: Request<Incoming>| {
            let response = self.answer(&request);
            async move { Ok::<_, Infallible>(response) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(TIME)
            .max_headers(64)
            .serve_connection(stream, answer);
        if let Err(error) = connection.await {
            tracing::debug!(%error, "connection to the admin listener ended");
        }
    }

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
