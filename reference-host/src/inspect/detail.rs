//! Everything about a request.

use super::bytes::{Listed, Shown};
use super::curl::Curl;
use super::requirement::{Requirement, requirement};
use super::row::{Row, milliseconds};
use crate::gateway::escaped;
use crate::observe::{Notes, ShortList, Trace};
use serde::Serialize;
use std::sync::Arc;

/// Everything that is known of a request: what `wagi request --explain` tells, and what came and
/// went over the network.
#[derive(Debug, Serialize)]
pub(crate) struct Detail {
    #[serde(flatten)]
    row: Row,
    protocol: String,
    remote: Option<String>,
    module: Option<String>,
    entrypoint: Option<String>,
    /// Why it failed, in words.
    failure: Option<String>,
    /// How long the module ran.
    module_ms: Option<f64>,
    /// The most linear memory that the instance had, in bytes; 0 without an instance.
    memory: u64,
    request_fields: Listed<(String, String)>,
    variables: Listed<(String, String)>,
    arguments: Listed<String>,
    stdin: Shown,
    /// How many bytes of standard input the module has read.
    stdin_read: u64,
    output: Shown,
    stderr: Listed<String>,
    reason: Option<&'static str>,
    response_fields: Option<Listed<(String, String)>>,
    broken_rules: Vec<BrokenRule>,
    curl: Curl,
}

/// A rule of the specification that the output breaks.
#[derive(Debug, Serialize)]
struct BrokenRule {
    /// The line of the output, from 1; none where it is about the whole.
    line: Option<usize>,
    text: String,
    id: &'static str,
    requirement: Option<Requirement>,
}

impl Detail {
    /// What is known so far, unless the request is not kept any more. `urls` is where the server
    /// listens.
    pub(crate) fn of(trace: &Trace, urls: &[String]) -> Option<Self> {
        trace.look(|notes| Self::new(trace, notes, urls))
    }

    fn new(trace: &Trace, notes: &Notes, urls: &[String]) -> Self {
        let run = notes.run.as_ref();
        let own = |(module, entrypoint): &(Arc<str>, Arc<str>)| {
            (module.to_string(), entrypoint.to_string())
        };
        let (module, entrypoint) = notes.module.as_ref().map(own).unzip();
        let module_failure = run.and_then(|run| run.failure.clone());
        let remarks = notes.remarks();
        Self {
            row: Row::new(trace.id().number(), notes),
            protocol: format!("{:?}", notes.version),
            remote: notes.caller.map(|caller| caller.remote.to_string()),
            module,
            entrypoint,
            failure: module_failure.or_else(|| notes.failure.clone()),
            module_ms: run.map(|run| milliseconds(run.time)),
            memory: trace.memory(),
            request_fields: fields(&notes.fields),
            variables: Listed::new(&notes.variables, Clone::clone),
            arguments: Listed::new(&notes.arguments, Clone::clone),
            stdin: (&notes.stdin).into(),
            stdin_read: notes.stdin_read,
            output: (&notes.output).into(),
            stderr: Listed::new(&notes.stderr, Clone::clone),
            reason: notes
                .reply
                .as_ref()
                .and_then(|reply| reply.status.canonical_reason()),
            response_fields: notes.reply.as_ref().map(|reply| fields(&reply.fields)),
            broken_rules: remarks
                .into_iter()
                .map(|remark| BrokenRule {
                    line: remark.line,
                    text: remark.text,
                    id: remark.rule.id(),
                    requirement: requirement(remark.rule.id()),
                })
                .collect(),
            curl: Curl::of(notes, urls),
        }
    }
}

fn fields(list: &ShortList<(String, Vec<u8>)>) -> Listed<(String, String)> {
    Listed::new(list, |(name, value)| (name.clone(), escaped(value)))
}
