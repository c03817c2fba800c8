//! What a request may use.

use crate::gateway::BlockLimits;
use std::sync::Arc;
use std::time::Duration;

/// The limits of a host. Every one has a default that suits ordinary handlers.
///
/// Requirements: failure.time-limit, failure.memory-and-stack, stdin.size-limit, header-block.size,
/// security.oversized.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// How long a module may take for one request, waiting included (30 s).
    pub wall_time: Duration,
    /// Linear memory of an instance (128 MiB).
    pub memory: usize,
    /// Elements of each table of an instance (100,000).
    pub table_elements: usize,
    /// Stack of the WebAssembly code of an instance (1 MiB).
    pub stack: usize,
    /// Instances that run at the same time (1,000).
    pub instances: usize,
    /// How long a request waits for a free instance before it is answered with 503 (10 s).
    pub queue_time: Duration,
    /// Requests that wait for a free instance; further ones are answered with 503 at once (1,000).
    pub queue: usize,
    /// Largest request body; beyond it the answer is 413 (64 MiB).
    pub body: u64,
    /// How long a client may pause within a request body before the answer is 408 (20 s).
    pub body_time: Duration,
    /// Part of a request body that is held in memory when it has to be held at all; what goes
    /// beyond is put into an unnamed temporary file (1 MiB).
    pub body_in_memory: usize,
    /// Unread rest of a request body that is read and thrown away to keep a connection usable; with
    /// a longer rest the connection is closed behind the response (4 MiB).
    pub body_drained: u64,
    /// The header block of a module's output (64 KiB, 16 KiB a line, 256 fields).
    pub header_block: BlockLimits,
    /// The whole output of a module for one request, header block included; a response that goes
    /// beyond it is refused or broken off (1 GiB).
    pub response: u64,
    /// How long a connection for a module's own request may take, and then the head of the response
    /// (30 s).
    pub outbound_time: Duration,
    /// Body of a response to a module's own request (64 MiB).
    pub outbound_body: u64,
    /// Responses to own requests that an instance may have open at the same time, unless
    /// `http_max_concurrency` says otherwise (16).
    pub outbound_responses: usize,
    /// Output that is held back before a response is committed (64 KiB).
    pub held_output: usize,
    /// How long a complete header block is held back while the module runs on (50 ms).
    pub hold_time: Duration,
    /// What a module may write to standard error for one request; the rest is dropped (64 KiB).
    pub stderr: usize,
    /// Lines on standard error that are logged for a route in a second; further ones are counted and
    /// dropped (1,000).
    pub stderr_lines: u32,
    /// Request line and fields of a request; beyond it the answer is 431 or 414 (64 KiB).
    pub header_section: usize,
    /// Fields of a request; beyond it the answer is 431 (128).
    pub header_fields: usize,
    /// How long a client may take to send a header section, from its first byte to its end (10 s).
    pub header_time: Duration,
    /// How long a connection may be idle: without a byte of a next request (60 s).
    pub idle_time: Duration,
    /// How long a client may take for TLS and a PROXY header (10 s).
    pub handshake_time: Duration,
    /// How long a client may go without taking what there is for it (30 s).
    pub send_time: Duration,
    /// Requests that an HTTP/2 connection may carry at the same time (100).
    pub streams: u32,
    /// Open connections; further ones wait in the listener's backlog (4,096).
    pub connections: usize,
    /// Open connections of one address; further ones are closed at once. Trusted proxies may have as
    /// many as there are (1,024).
    pub connections_per_peer: usize,
    /// How long the server goes on as usual when it is told to stop, but says that it is not ready
    /// any more, so that a load balancer stops sending (0 s).
    pub drain_delay: Duration,
    /// How long running requests may take when the server shuts down (30 s).
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const KIB: usize = 1024;
        const MIB: usize = 1024 * KIB;
        Self {
            wall_time: Duration::from_secs(30),
            memory: 128 * MIB,
            table_elements: 100_000,
            stack: MIB,
            instances: 1000,
            queue_time: Duration::from_secs(10),
            queue: 1000,
            body: 64 * MIB as u64,
            body_time: Duration::from_secs(20),
            body_in_memory: MIB,
            body_drained: 4 * MIB as u64,
            header_block: BlockLimits::default(),
            response: 1024 * MIB as u64,
            outbound_time: Duration::from_secs(30),
            outbound_body: 64 * MIB as u64,
            outbound_responses: 16,
            held_output: 64 * KIB,
            hold_time: Duration::from_millis(50),
            stderr: 64 * KIB,
            stderr_lines: 1000,
            header_section: 64 * KIB,
            header_fields: 128,
            header_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(60),
            handshake_time: Duration::from_secs(10),
            send_time: Duration::from_secs(30),
            streams: 100,
            connections: 4096,
            connections_per_peer: 1024,
            drain_delay: Duration::ZERO,
            drain_time: Duration::from_secs(30),
        }
    }
}

/// What one module may use where that differs from the [`Limits`] of the host. A module may be given
/// less than the others or more, except for what the host reserves beforehand: see
/// `ModuleLimits::excess`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModuleLimits {
    /// [`Limits::wall_time`] of this module.
    pub wall_time: Option<Duration>,
    /// [`Limits::memory`] of this module, in bytes.
    pub memory: Option<usize>,
    /// [`Limits::table_elements`] of this module.
    pub table_elements: Option<usize>,
    /// [`Limits::stack`] of this module, in bytes.
    pub stack: Option<usize>,
    /// Instances of this module that run at the same time; further requests wait, up to
    /// [`Limits::queue_time`].
    pub instances: Option<usize>,
    /// [`Limits::body`] of this module, in bytes.
    pub body: Option<u64>,
    /// [`Limits::response`] of this module, in bytes.
    pub response: Option<u64>,
    /// Size of the header block, in bytes: [`Limits::header_block`].
    pub header_block: Option<usize>,
}

/// A limit of a module that the host cannot give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExcessiveLimit {
    /// The name of the limit: a field of [`ModuleLimits`].
    pub name: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl ModuleLimits {
    /// The limits of this module on a host with the limits `host`.
    pub(crate) fn over(&self, host: &Arc<Limits>) -> Arc<Limits> {
        if *self == Self::default() {
            return Arc::clone(host);
        }
        let mut limits = Limits::clone(host);
        limits.wall_time = self.wall_time.unwrap_or(limits.wall_time);
        limits.memory = self.memory.unwrap_or(limits.memory);
        limits.table_elements = self.table_elements.unwrap_or(limits.table_elements);
        limits.stack = self.stack.unwrap_or(limits.stack);
        limits.instances = self.instances.unwrap_or(limits.instances);
        limits.body = self.body.unwrap_or(limits.body);
        limits.response = self.response.unwrap_or(limits.response);
        limits.header_block.bytes = self.header_block.unwrap_or(limits.header_block.bytes);
        Arc::new(limits)
    }

    /// Limits that cannot be given: zero, or more than the host reserves.
    pub(crate) fn excess(&self, host: &Limits) -> Vec<ExcessiveLimit> {
        let nothing = |name, is_zero: bool| (is_zero, name, "has to be more than 0".to_string());
        let beyond = |name, value: Option<usize>, most: usize, option: &str| {
            let text = format!("is more than the server's {most}{option}");
            (value.is_some_and(|value| value > most), name, text)
        };
        let range = 64 * 1024..=MAX_STACK;
        let is_bad_stack = self.stack.is_some_and(|stack| !range.contains(&stack));
        let problems = [
            nothing("wall_time", self.wall_time == Some(Duration::ZERO)),
            nothing("instances", self.instances == Some(0)),
            nothing("header_block", self.header_block == Some(0)),
            beyond(
                "instances",
                self.instances,
                host.instances,
                "; raise `--max-instances`",
            ),
            beyond(
                "table_elements",
                self.table_elements,
                host.table_elements,
                "",
            ),
            beyond(
                "memory",
                self.memory,
                MAX_MEMORY,
                ", the most that a module can address",
            ),
            (
                is_bad_stack,
                "stack",
                "has to be between 64 KiB and 64 MiB".to_string(),
            ),
        ];
        let found = problems.into_iter().filter(|(is_there, ..)| *is_there);
        found
            .map(|(_, name, problem)| ExcessiveLimit { name, problem })
            .collect()
    }
}

/// What 32 bits address. The pool reserves as much for every memory.
pub(super) const MAX_MEMORY: usize = 1 << 32;

/// The largest stack that a module can be given.
const MAX_STACK: usize = 64 << 20;
