//! The notes about a request.

use crate::gateway::{BlockLimits, Remark, Written, review};
use crate::observe::RequestOutcome;
use crate::observe::excerpt::{Excerpt, ShortList};
use http::{Method, StatusCode, Version};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// How much of a request is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Bytes of standard input, and of the output.
    pub(crate) stream: usize,
    /// Bytes of each list: fields, variables, arguments, lines on standard error.
    pub(crate) list: usize,
}

impl Bounds {
    /// Everything is kept.
    pub(crate) const NONE: Self = Self {
        stream: usize::MAX,
        list: usize::MAX,
    };

    /// Only how the request ends.
    pub(crate) const NOTHING: Self = Self { stream: 0, list: 0 };
}

/// Everything about a request that has been noted so far.
#[derive(Debug)]
pub(crate) struct Notes {
    pub(super) bounds: Bounds,
    pub(crate) at: SystemTime,
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) version: Version,
    pub(crate) caller: Option<Caller>,
    pub(crate) fields: ShortList<(String, Vec<u8>)>,
    pub(crate) route: Option<Arc<str>>,
    /// The module and the function, as tables name them.
    pub(crate) module: Option<(Arc<str>, Arc<str>)>,
    pub(crate) variables: ShortList<(String, String)>,
    pub(crate) arguments: ShortList<String>,
    pub(crate) stdin: Excerpt,
    /// How much of standard input the module has read.
    pub(crate) stdin_read: u64,
    pub(crate) output: Excerpt,
    pub(crate) stderr: ShortList<String>,
    pub(super) block_limits: BlockLimits,
    pub(super) started: Option<Instant>,
    pub(crate) run: Option<Run>,
    pub(crate) reply: Option<Reply>,
    pub(crate) failure: Option<String>,
    pub(crate) end: Option<End>,
}

/// Where a request came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) remote: IpAddr,
    /// The port that it came to; none over a Unix socket.
    pub(crate) port: Option<u16>,
}

/// How the module ended.
#[derive(Debug)]
pub(crate) struct Run {
    /// In words, if it failed.
    pub(crate) failure: Option<String>,
    pub(crate) time: Duration,
}

/// The head of the response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) fields: ShortList<(String, Vec<u8>)>,
}

/// How the request ended.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) outcome: RequestOutcome,
    /// Bytes of the body that were handed to the connection.
    pub(crate) sent: u64,
    pub(crate) time: Duration,
}

impl Notes {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            at: SystemTime::now(),
            method: Method::GET,
            target: String::new(),
            version: Version::HTTP_11,
            caller: None,
            fields: ShortList::up_to(bounds.list),
            route: None,
            module: None,
            variables: ShortList::up_to(bounds.list),
            arguments: ShortList::up_to(bounds.list),
            stdin: Excerpt::up_to(bounds.stream),
            stdin_read: 0,
            output: Excerpt::up_to(bounds.stream),
            stderr: ShortList::up_to(bounds.list),
            block_limits: BlockLimits::default(),
            started: None,
            run: None,
            reply: None,
            failure: None,
            end: None,
        }
    }

    /// The rules of the specification that the output breaks, once the module has ended. Of a module
    /// that failed before it wrote anything there is nothing to say.
    pub(crate) fn remarks(&self) -> Vec<Remark> {
        match &self.run {
            None => Vec::new(),
            Some(run) if run.failure.is_some() && self.output.total() == 0 => Vec::new(),
            Some(_) => {
                let written = Written {
                    bytes: self.output.bytes(),
                    total: self.output.total(),
                };
                review(written, self.method == Method::HEAD, &self.block_limits)
            }
        }
    }
}
