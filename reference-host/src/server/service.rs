//! From a request to a response: request → route → gateway → sandbox → gateway → response.

use super::admission::admit;
use super::error_response::{Failure, described, healthy, options};
use super::exchange::{Answer, Exchange, Input, pipe_capacity};
use super::request_body::RequestBody;
use super::stream::ConnectionFlags;
use super::{BoxError, ResponseBody};
use crate::files::{FileRequest, Folder};
use crate::gateway::{
    self, Accepted, Refusal, RequestFacts, RequestHost, RequestPath, SplitPath, arguments,
    variables,
};
use crate::observe::{AccessRecord, LineBuffer, RequestId};
use crate::routes::{MethodVerdict, Methods};
use crate::sandbox::{BodyError, Drained, Invocation, Limits, Sandbox, Stdin, pipe};
use crate::settings::Settings;
use crate::site::{Endpoint, Site, Target};
use arc_swap::ArcSwap;
use bytes::Bytes;
use http::header::{CONNECTION, EXPECT, HeaderValue};
use http::{Method, Request, Response, request};
use http_body::Body;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The number that a trusted proxy gave to a request.
const REQUEST_ID_OF_PROXY: &str = "x-request-id";

/// Answers requests with the modules of the current configuration.
pub(crate) struct Service {
    pub(crate) site: ArcSwap<Site>,
    pub(crate) sandbox: Sandbox,
    pub(crate) settings: Settings,
}

/// The other end of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// A proxy that is believed what it says about its client.
    pub(crate) is_proxy: bool,
    /// None over a Unix socket, which has no port.
    ///
    /// Requirement: env.server-port.received.
    pub(crate) server_port: Option<u16>,
    pub(crate) https: bool,
    pub(crate) flags: Option<Arc<ConnectionFlags>>,
}

/// What a module was given and what it did, for `wagi request --explain`.
#[derive(Debug, Default)]
pub(crate) struct Explanation {
    pub(crate) route: Option<String>,
    /// The module and the function, as tables name them.
    pub(crate) module: Option<String>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) arguments: Vec<String>,
    pub(crate) output: Bytes,
    pub(crate) failure: Option<String>,
}

impl Service {
    /// Answers one request. The future may be dropped: a module that still runs is stopped.
    pub(crate) async fn handle<B>(
        &self,
        request: Request<B>,
        peer: &Peer,
        explain: Option<&Mutex<Explanation>>,
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
                self.answer(&parts, accepted, body, client_peer, &mut record, explain)
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
                if let Some(explain) = explain {
                    lock(explain).failure = Some(text.clone());
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
        response.map(|body| body.observed(record, broken_off_by_reset(&parts, peer)))
    }

    async fn answer(
        &self,
        parts: &request::Parts,
        accepted: Accepted,
        body: RequestBody,
        peer: &Peer,
        record: &mut AccessRecord,
        explain: Option<&Mutex<Explanation>>,
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
        let endpoint = match target {
            Target::Module(endpoint) => endpoint,
            Target::Files(folder) => {
                let segments = path.segments().skip(found.segments);
                let result = files_answer(folder, parts, path.raw(), segments).await;
                return self.without_module(parts, body, result).await;
            }
        };
        record.metrics = Arc::clone(&endpoint.metrics);
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
        self.call(call, body, record.id, explain).await
    }

    async fn call(
        &self,
        call: Call<'_>,
        mut body: RequestBody,
        request: RequestId,
        explain: Option<&Mutex<Explanation>>,
    ) -> Answer {
        let limits = &*call.endpoint.limits;
        let parts = call.parts;
        body.set_limit(limits.body);
        let content_length = match self.body_length(&mut body, limits).await {
            Ok(length) => length,
            Err(failure) => return Answer::closing(failure),
        };
        let admitted = admit(&self.sandbox, call.endpoint, &self.settings.metrics).await;
        let permit = match admitted {
            Ok(permit) => permit,
            Err(limit) => {
                let busy = Err(Failure::Busy(limit));
                return self.without_module(parts, body, busy).await;
            }
        };
        let stdin = match content_length {
            0 => Stdin::empty(),
            _ => Stdin::from_source(body),
        };
        let host = call
            .accepted
            .host
            .as_ref()
            .unwrap_or(&self.settings.default_host);
        let facts = call.facts(host, content_length);
        let endpoint = call.endpoint;
        let variables = variables(&facts, &endpoint.environment);
        let arguments = arguments(facts.split.script_name, facts.query, endpoint.argv.as_ref());
        let (writer, reader) = pipe(pipe_capacity(limits));
        writer.limit_to(limits.response);
        if let Some(explain) = explain {
            writer.keep_copy();
            lock(explain).given(endpoint, &variables, &arguments);
        }
        let stderr = LineBuffer::new(
            self.settings.module_log.clone(),
            Arc::clone(&endpoint.route),
            request,
            limits.stderr,
        )
        .rated(Arc::clone(&endpoint.metrics), limits.stderr_lines);
        let run = self.sandbox.run(Invocation {
            program: &endpoint.program,
            entrypoint: &endpoint.entrypoint,
            variables: &variables,
            arguments: &arguments,
            outbound: endpoint.outbound.as_ref(),
            volumes: &endpoint.volumes,
            limits: &endpoint.limits,
            stdin: stdin.clone(),
            stdout: writer.clone(),
            stderr,
        });
        let copies = endpoint.copies.clone();
        let run = async move {
            let outcome = run.await;
            drop((permit, copies));
            outcome
        };
        let exchange = Exchange {
            run: Box::pin(run),
            writer: writer.clone(),
            reader,
            input: Input {
                stdin,
                awaits_continue: awaits_continue(parts),
            },
            is_head: parts.method == Method::HEAD,
            flags: call.peer.flags.clone(),
            limits: Arc::clone(&endpoint.limits),
        };
        let answer = exchange.answer().await;
        if let (Some(explain), Some(output)) = (explain, writer.copy()) {
            lock(explain).output = output;
        }
        answer
    }

    /// The length of standard input has to be known before the module starts.
    ///
    /// Requirements: env.content-length.counted, stdin.size-limit.
    async fn body_length(&self, body: &mut RequestBody, limits: &Limits) -> Result<u64, Failure> {
        match body.announced_length() {
            Some(length) if length > limits.body => Err(Failure::Body(BodyError::TooLarge)),
            Some(length) => Ok(length),
            None => match tokio::time::timeout(limits.wall_time, body.receive_all()).await {
                Ok(length) => length.map_err(Failure::Body),
                Err(_) => Err(Failure::SlowBody),
            },
        }
    }

    async fn without_module(
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
                    awaits_continue: awaits_continue(parts),
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

/// A request that is about to be handed to a module.
struct Call<'a> {
    parts: &'a request::Parts,
    accepted: &'a Accepted,
    split: SplitPath<'a>,
    peer: &'a Peer,
    endpoint: &'a Endpoint,
}

impl<'a> Call<'a> {
    fn facts(&self, host: &'a RequestHost, content_length: u64) -> RequestFacts<'a> {
        let path: &RequestPath = &self.accepted.path;
        RequestFacts {
            method: self.parts.method.as_str(),
            version: self.parts.version,
            raw_path: path.raw(),
            split: self.split,
            query: self.parts.uri.query().unwrap_or_default(),
            route: &self.endpoint.route,
            headers: &self.parts.headers,
            host,
            host_was_sent: self.accepted.host.is_some(),
            https: self.peer.https,
            server_port: self.peer.port(host),
            remote: self.peer.address,
            content_length,
        }
    }
}

impl Peer {
    /// Without a port of its own, the one that the client named or means.
    fn port(&self, host: &RequestHost) -> u16 {
        let default = if self.https { 443 } else { 80 };
        self.server_port.or(host.port()).unwrap_or(default)
    }
}

impl Explanation {
    fn given(
        &mut self,
        endpoint: &Endpoint,
        variables: &gateway::Variables<'_>,
        arguments: &[String],
    ) {
        self.route = Some(endpoint.route.to_string());
        let function = &endpoint.entrypoint;
        self.module = Some(format!("`{function}` of {}", endpoint.module));
        let own = |(name, value): &(std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
            (name.to_string(), value.to_string())
        };
        self.variables = variables.iter().map(own).collect();
        self.arguments = arguments.to_vec();
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

fn awaits_continue(parts: &request::Parts) -> bool {
    let expects = parts.headers.get(EXPECT);
    expects.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// Before HTTP/1.1 the end of a streamed body is the end of the connection: only a reset tells it
/// from one that was broken off.
fn broken_off_by_reset(parts: &request::Parts, peer: &Peer) -> Option<Arc<ConnectionFlags>> {
    peer.flags
        .clone()
        .filter(|_| parts.version < http::Version::HTTP_11)
}

fn lock(explain: &Mutex<Explanation>) -> std::sync::MutexGuard<'_, Explanation> {
    explain.lock().unwrap_or_else(PoisonError::into_inner)
}
