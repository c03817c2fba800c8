//! From a request to a response: request → route → gateway → sandbox → gateway → response.

use super::error_response::{Failure, healthy};
use super::exchange::{Answer, Exchange, Input, pipe_capacity};
use super::request_body::RequestBody;
use super::stream::ConnectionFlags;
use super::{BoxError, ResponseBody};
use crate::gateway::{
    self, Accepted, RequestFacts, RequestHost, RequestPath, SplitPath, arguments, variables,
};
use crate::observe::{AccessRecord, LineBuffer, RequestId};
use crate::sandbox::{BodyError, Drained, Invocation, Limits, Sandbox, Stdin, pipe};
use crate::settings::Settings;
use crate::site::{Endpoint, Site};
use arc_swap::ArcSwap;
use bytes::Bytes;
use http::header::{CONNECTION, EXPECT, HeaderValue};
use http::{Method, Request, Response, request};
use http_body::Body;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

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
    /// Requirement: env.server-port.received.
    pub(crate) local_port: u16,
    pub(crate) https: bool,
    pub(crate) flags: Option<Arc<ConnectionFlags>>,
}

/// What a module was given and what it did, for `wagi request --explain`.
#[derive(Debug, Default)]
pub(crate) struct Explanation {
    pub(crate) route: Option<String>,
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
        let target = parts
            .uri
            .path_and_query()
            .map_or_else(|| parts.uri.path(), |target| target.as_str());
        let mut record = AccessRecord::new(parts.method.as_str(), target, peer.address.to_string());
        let body = RequestBody::new(body, self.sandbox.limits());
        let answer = self.answer(&parts, body, peer, &mut record, explain).await;
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
                failure.response()
            }
        };
        if !answer.body_was_read {
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
        body: RequestBody,
        peer: &Peer,
        record: &mut AccessRecord,
        explain: Option<&Mutex<Explanation>>,
    ) -> Answer {
        let accepted = match gateway::accept(parts) {
            Ok(accepted) => accepted,
            Err(refusal) => {
                // What comes behind a request like this is not to be trusted either.
                let refused = Err(Failure::Refused(refusal));
                let answer = self.without_module(parts, body, refused).await;
                return Answer {
                    body_was_read: false,
                    ..answer
                };
            }
        };
        let path = &accepted.path;
        if self.settings.health_path.as_deref() == Some(path.decoded()) {
            return self.without_module(parts, body, Ok(healthy())).await;
        }
        let site = self.site.load_full();
        let Some(found) = site.routes.find(path) else {
            return self
                .without_module(parts, body, Err(Failure::NoRoute))
                .await;
        };
        let endpoint = &found.route.target;
        record.route = Some(Arc::clone(&endpoint.route));
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
        let Some(permit) = self
            .sandbox
            .admit(&call.endpoint.program, &call.endpoint.gate)
            .await
        else {
            return self.without_module(parts, body, Err(Failure::Busy)).await;
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
        if let Some(explain) = explain {
            writer.keep_copy();
            lock(explain).given(&endpoint.route, &variables, &arguments);
        }
        let stderr = LineBuffer::new(
            self.settings.module_log.clone(),
            Arc::clone(&endpoint.route),
            request,
            limits.stderr,
        );
        let run = self.sandbox.run(Invocation {
            program: &endpoint.program,
            entrypoint: &endpoint.entrypoint,
            variables: &variables,
            arguments: &arguments,
            volumes: &endpoint.volumes,
            limits: &endpoint.limits,
            stdin: stdin.clone(),
            stdout: writer.clone(),
            stderr,
        });
        let run = async move {
            let outcome = run.await;
            drop(permit);
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
            server_port: self.peer.local_port,
            remote: self.peer.address,
            content_length,
        }
    }
}

impl Explanation {
    fn given(&mut self, route: &str, variables: &gateway::Variables<'_>, arguments: &[String]) {
        self.route = Some(route.to_string());
        let own = |(name, value): &(std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
            (name.to_string(), value.to_string())
        };
        self.variables = variables.iter().map(own).collect();
        self.arguments = arguments.to_vec();
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
