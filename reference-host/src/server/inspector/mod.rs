//! For who develops a module: a page with the most recent requests, on a listener of its own.
//!
//! It shows everything that clients send, passwords included. So it listens on this machine only, and
//! answers nobody but pages of its own: a name that leads here from elsewhere (DNS rebinding) is
//! refused by `Host`, and other sites by `Sec-Fetch-Site`.

mod events;
mod requests;
mod told;

use super::Service;
use super::listener::Listener;
use super::side_door::SideDoor;
use crate::gateway::RequestHost;
use crate::inspect::{Detail, page, policy, requirement};
use crate::observe::Recorder;
use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{Method, Request, Response, StatusCode};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::SystemTime;
use told::Told;

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
const EVENTS: &str = "text/event-stream";

const PATHS: &str = "/, /requests.json, /requests/NUMBER.json, /events, /spec/ID\n";

/// The listener of the inspector.
pub(crate) struct Inspector {
    door: SideDoor,
    answers: Answers,
}

#[derive(Clone)]
struct Answers {
    service: Arc<Service>,
    recorder: Arc<Recorder>,
    /// Where clients find the server.
    urls: Arc<[String]>,
    /// In milliseconds since 1970.
    started: u128,
    page: Bytes,
    policy: HeaderValue,
}

impl Inspector {
    /// Has to be called within a runtime. From now on requests are recorded.
    pub(crate) fn open(
        listener: Listener,
        service: &Arc<Service>,
        urls: &[String],
    ) -> io::Result<Self> {
        let recorder = Arc::clone(service.recorder.get_or_init(Arc::default));
        let policy = HeaderValue::try_from(policy()).map_err(io::Error::other)?;
        Ok(Self {
            door: SideDoor::open(listener, "inspector")?,
            answers: Answers {
                service: Arc::clone(service),
                recorder,
                urls: urls.into(),
                started: SystemTime::now()
                    .duration_since(SystemTime::UNIX_EPOCH)
                    .map_or(0, |since| since.as_millis()),
                page: page().into(),
                policy,
            },
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
    fn answer<B>(&self, request: &Request<B>) -> Response<Told> {
        let mut response = match refusal(request) {
            Some(refusal) => refusal,
            None => self.shown(request.method(), request.uri().path()),
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        for (name, value) in [
            (CACHE_CONTROL, "no-store"),
            (REFERRER_POLICY, "no-referrer"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                "same-origin",
            ),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }

    fn shown(&self, method: &Method, path: &str) -> Response<Told> {
        let is_read = matches!(*method, Method::GET | Method::HEAD);
        match path {
            "/requests.json" if method == Method::DELETE => {
                self.recorder.clear();
                let mut response = told(StatusCode::NO_CONTENT, TEXT, Bytes::new());
                response.headers_mut().remove(CONTENT_TYPE);
                response
            }
            "/requests.json" if !is_read => not_allowed("GET, HEAD, DELETE"),
            _ if !is_read => not_allowed("GET, HEAD"),
            "/" => told(StatusCode::OK, HTML, self.page.clone()),
            "/requests.json" => streamed(JSON, requests::all(self)),
            "/events" => streamed(EVENTS, events::subscribe(self)),
            path => match self.one(path) {
                Some(response) => response,
                None => told(StatusCode::NOT_FOUND, TEXT, PATHS),
            },
        }
    }

    fn one(&self, path: &str) -> Option<Response<Told>> {
        if let Some(id) = path.strip_prefix("/spec/") {
            let found = requirement(id)?;
            let text = format!(
                "{id} \u{b7} {}\n\n{}\n\n{}\n",
                found.level, found.text, found.place
            );
            return Some(told(StatusCode::OK, TEXT, text));
        }
        let id = path.strip_prefix("/requests/")?.strip_suffix(".json")?;
        let trace = self.recorder.find(id.parse().ok()?)?;
        let detail = Detail::of(&trace, &self.urls)?;
        let json = serde_json::to_vec(&detail).ok()?;
        Some(told(StatusCode::OK, JSON, json))
    }
}

/// Why somebody gets no answer.
fn refusal<B>(request: &Request<B>) -> Option<Response<Told>> {
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok());
    if !host.is_some_and(is_this_machine) {
        let text = "the inspector answers to `localhost` and to loopback addresses only\n";
        return Some(told(StatusCode::MISDIRECTED_REQUEST, TEXT, text));
    }
    let says = |name: &str, wanted: &str| {
        let value = request.headers().get(name);
        value.is_some_and(|value| value.as_bytes() == wanted.as_bytes())
    };
    let is_of_other_site =
        says("sec-fetch-site", "cross-site") || says("sec-fetch-site", "same-site");
    // A link to the page may stand anywhere.
    if is_of_other_site && !says("sec-fetch-mode", "navigate") {
        let text = "the inspector answers its own page only\n";
        return Some(told(StatusCode::FORBIDDEN, TEXT, text));
    }
    None
}

/// Whether a `Host` names this machine in a way that nobody else can lead here.
fn is_this_machine(host: &str) -> bool {
    let Ok(host) = RequestHost::parse(host) else {
        return false;
    };
    let name = host.name().to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || address
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
        || address
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.is_loopback())
}

fn not_allowed(methods: &'static str) -> Response<Told> {
    let mut response = told(StatusCode::METHOD_NOT_ALLOWED, TEXT, "Method Not Allowed\n");
    let methods = HeaderValue::from_static(methods);
    response.headers_mut().insert(ALLOW, methods);
    response
}

fn streamed(kind: &'static str, told: Told) -> Response<Told> {
    let mut response = Response::new(told);
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn told(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Told> {
    let mut response = streamed(kind, Told::whole(body.into()));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine() {
        for host in [
            "localhost",
            "LOCALHOST:3001",
            "a.localhost:1",
            "127.0.0.1:3001",
            "127.1.2.3",
            "[::1]:3001",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "0.0.0.0:3001",
            "[::]:3001",
            "localhost:3001:1",
            "evil.example@localhost",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
