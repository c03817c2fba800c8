//! From a request to a response: request → route → gateway → sandbox → gateway → response.

use super::call::Call;
use super::error_response::{Failure, described, healthy, options};
use super::exchange::{Answer, Input};
use super::request_body::RequestBody;
use super::{BoxError, Peer, ResponseBody};
use crate::files::{FileRequest, Folder};
use crate::gateway::{self, Accepted, Refusal};
use crate::observe::{AccessRecord, Recorder, Trace};
use crate::routes::{MethodVerdict, Methods};
use crate::sandbox::{Drained, Sandbox, Stdin};
use crate::settings::Settings;
use crate::site::{Site, Target};
use arc_swap::ArcSwap;
use bytes::Bytes;
use http::header::{CONNECTION, HeaderValue};
use http::{Method, Request, Response, request};
use http_body::Body;
use std::sync::{Arc, OnceLock};

/// The number that a trusted proxy gave to a request.
const REQUEST_ID_OF_PROXY: &str = "x-request-id";

/// Answers requests with the modules of the current configuration.
pub(crate) struct Service {
    pub(crate) site: ArcSwap<Site>,
    pub(crate) sandbox: Sandbox,
    pub(crate) settings: Settings,
    /// What keeps the most recent requests for the inspector, if there is one.
    pub(crate) recorder: OnceLock<Arc<Recorder>>,
}

impl Service {
    /// Answers one request. The future may be dropped: a module that still runs is stopped.
    pub(crate) async fn handle<B>(
        &self,
        request: Request<B>,
        peer: &Peer,
        trace: Option<Trace>,
    ) -> Response<ResponseBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (parts, body) = request.into_parts();
        let limits = self.sandbox.limits();
        let body = RequestBody::new(body, limits, &self.settings.metrics);
        let client = match peer.is_proxy {
            false => Ok(None),
            true => self
                .settings
                .proxies
                .client_behind(peer, &parts.headers)
                .map(Some),
        };
        let client_peer = match &client {
            Ok(Some((client, _))) => client,
            _ => peer,
        };
        let mut record = AccessRecord::new(&parts, client_peer.address, &self.settings);
        let begin = |recorder: &Arc<Recorder>| recorder.begin(record.id);
        record.trace = trace.or_else(|| self.recorder.get().map(begin));
        if let Some(trace) = &record.trace {
            trace.asked(&parts, client_peer.caller());
        }
        record.span = self.settings.spans.begin(&parts, peer.is_proxy);
        if peer.is_proxy {
            record.id_of_proxy = parts.headers.get(REQUEST_ID_OF_PROXY).cloned();
        }
        let accepted = match &client {
            // HTTP/1.1 requests with more do not get here.
            _ if parts.headers.len() > limits.header_fields => Err(Failure::TooManyFields),
            Ok(client) => gateway::accept(&parts)
                .map_err(Failure::Refused)
                .map(|accepted| {
                    let said = client.as_ref().and_then(|(_, host)| host.clone());
                    Accepted {
                        host: said.or(accepted.host),
                        ..accepted
                    }
                }),
            Err(_) => Err(Failure::Refused(Refusal::Forwarded)),
        };
        let answer = match accepted {
            Ok(accepted) => {
                self.answer(&parts, accepted, body, client_peer, &mut record)
                    .await
            }
            // What comes behind a request like this is not to be trusted either.
            Err(failure) => Answer {
                body_was_read: false,
                ..self.without_module(&parts, body, Err(failure)).await
            },
        };
        let mut response = match answer.result {
            Ok(response) => response,
            Err(failure) => {
                let text = failure.to_string();
                if let Some(trace) = &record.trace {
                    trace.failed(text.clone());
                }
                if failure.is_server_side() {
                    record.failure = Some(text);
                }
                if let Some(limit) = failure.limit() {
                    self.settings.metrics.hit(limit);
                }
                record.outcome = failure.outcome();
                failure.response()
            }
        };
        // In HTTP/2 only the stream ends, and that says itself.
        if !answer.body_was_read && parts.version <= http::Version::HTTP_11 {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
            if let Some(flags) = &peer.flags {
                flags.linger();
            }
        }
        record.status = Some(response.status());
        if let Some(trace) = &record.trace {
            trace.replied(response.status(), response.headers());
        }
        response.map(|body| body.observed(record, peer.broken_off_by_reset(&parts)))
    }

    async fn answer(
        &self,
        parts: &request::Parts,
        accepted: Accepted,
        body: RequestBody,
        peer: &Peer,
        record: &mut AccessRecord,
    ) -> Answer {
        let path = &accepted.path;
        if self.settings.health_path.as_deref() == Some(path.decoded()) {
            return self.without_module(parts, body, Ok(healthy())).await;
        }
        let site = self.site.load_full();
        let host = accepted
            .host
            .as_ref()
            .unwrap_or(&self.settings.default_host);
        let Some(found) = site.routes.find(host.name(), path) else {
            return self
                .without_module(parts, body, Err(Failure::NoRoute))
                .await;
        };
        let target = &found.route.target;
        record.route = Some(Arc::clone(target.route()));
        record.metrics = Arc::clone(target.metrics());
        if let Some(trace) = &record.trace {
            trace.routed(target.route());
        }
        let endpoint = match target {
            Target::Module(endpoint) => endpoint,
            Target::Files(folder) => {
                let segments = path.segments().skip(found.segments);
                let result = files_answer(folder, parts, path.raw(), segments).await;
                return self.without_module(parts, body, result).await;
            }
        };
        if let Some(result) = without_method(&endpoint.methods, &parts.method) {
            return self.without_module(parts, body, result).await;
        }
        let call = Call {
            parts,
            accepted: &accepted,
            split: path.split(found.segments),
            peer,
            endpoint,
        };
        self.call(call, body, record).await
    }

    pub(super) async fn without_module(
        &self,
        parts: &request::Parts,
        body: RequestBody,
        result: Result<Response<ResponseBody>, Failure>,
    ) -> Answer {
        let drained = match body.announced_length() {
            Some(0) => Drained::Complete,
            _ => {
                let stdin = Stdin::from_source(body);
                let input = Input {
                    stdin,
                    awaits_continue: Input::awaits_continue(parts),
                };
                input.settle(self.sandbox.limits()).await
            }
        };
        Answer {
            result,
            body_was_read: drained == Drained::Complete,
        }
    }
}

/// What a folder answers.
async fn files_answer(
    folder: &Folder,
    parts: &request::Parts,
    raw_path: &str,
    segments: impl Iterator<Item = &str>,
) -> Result<Response<ResponseBody>, Failure> {
    let request = FileRequest {
        method: &parts.method,
        headers: &parts.headers,
        raw_path,
        query: parts.uri.query(),
    };
    let response = folder.answer(request, segments).await?;
    Ok(described(response.map(ResponseBody::file)))
}

/// What is answered instead of the module, where its route does not take the method.
fn without_method(
    methods: &Methods,
    method: &Method,
) -> Option<Result<Response<ResponseBody>, Failure>> {
    let allowed = || {
        // Methods are tokens.
        HeaderValue::from_str(&methods.to_string()).unwrap_or(HeaderValue::from_static("OPTIONS"))
    };
    match methods.verdict(method) {
        MethodVerdict::Answered => None,
        MethodVerdict::Options => Some(Ok(options(allowed()))),
        MethodVerdict::NotAllowed => Some(Err(Failure::Method(allowed()))),
    }
}
