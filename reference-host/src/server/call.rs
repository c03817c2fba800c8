//! One request, handed to the module of its route.

use super::Peer;
use super::Service;
use super::admission::admit;
use super::error_response::Failure;
use super::exchange::{Answer, Exchange, Input, pipe_capacity};
use super::request_body::RequestBody;
use crate::gateway::{
    Accepted, RequestFacts, RequestHost, RequestPath, SplitPath, arguments, variables,
};
use crate::observe::{AccessRecord, LineBuffer};
use crate::sandbox::{BodyError, Invocation, Limits, Stdin, pipe};
use crate::site::Endpoint;
use http::{Method, request};
use std::sync::Arc;

/// A request that is about to be handed to a module.
pub(super) struct Call<'a> {
    pub(super) parts: &'a request::Parts,
    pub(super) accepted: &'a Accepted,
    pub(super) split: SplitPath<'a>,
    pub(super) peer: &'a Peer,
    pub(super) endpoint: &'a Endpoint,
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

impl Service {
    pub(super) async fn call(
        &self,
        call: Call<'_>,
        mut body: RequestBody,
        record: &AccessRecord,
    ) -> Answer {
        let limits = &*call.endpoint.limits;
        let parts = call.parts;
        body.set_limit(limits.body);
        let content_length = match self.body_length(&mut body, limits).await {
            Ok(length) => length,
            Err(failure) => return Answer::closing(failure),
        };
        let steps = record.span.steps();
        let waiting = steps.begin("waiting");
        let admitted = admit(&self.sandbox, call.endpoint, &self.settings.metrics).await;
        waiting.end();
        let permit = match admitted {
            Ok(permit) => permit,
            Err(limit) => {
                let busy = Err(Failure::Busy(limit));
                return self.without_module(parts, body, busy).await;
            }
        };
        let stdin = match content_length {
            0 => Stdin::empty(),
            _ => Stdin::from_source(body).traced(record.trace.clone()),
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
        if let Some(trace) = &record.trace {
            writer.traced(Some(trace.clone()));
            let module = (&endpoint.module, &endpoint.entrypoint);
            trace.given(module, &variables, &arguments, limits.header_block);
        }
        let stderr = LineBuffer::new(
            self.settings.module_log.clone(),
            Arc::clone(&endpoint.route),
            record.id,
            limits.stderr,
        )
        .rated(Arc::clone(&endpoint.metrics), limits.stderr_lines)
        .traced(record.trace.clone());
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
            steps,
            trace: record.trace.clone(),
        });
        let (copies, trace) = (endpoint.copies.clone(), record.trace.clone());
        let run = async move {
            let outcome = run.await;
            drop((permit, copies));
            if let Some(trace) = trace {
                trace.ran((!outcome.is_success()).then(|| outcome.to_string()));
            }
            outcome
        };
        let exchange = Exchange {
            run: Box::pin(run),
            writer,
            reader,
            input: Input {
                stdin,
                awaits_continue: Input::awaits_continue(parts),
            },
            is_head: parts.method == Method::HEAD,
            flags: call.peer.flags.clone(),
            limits: Arc::clone(&endpoint.limits),
        };
        exchange.answer().await
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
}
