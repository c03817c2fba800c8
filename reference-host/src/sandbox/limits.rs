//! What a request may use.

use crate::gateway::BlockLimits;
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
    /// Largest request body; beyond it the answer is 413 (64 MiB).
    pub body: u64,
    /// Part of a request body that is held in memory when it has to be held at all; what goes
    /// beyond is put into an unnamed temporary file (1 MiB).
    pub body_in_memory: usize,
    /// Unread rest of a request body that is read and thrown away to keep a connection usable; with
    /// a longer rest the connection is closed behind the response (4 MiB).
    pub body_drained: u64,
    /// The header block of a module's output (64 KiB, 16 KiB a line, 256 fields).
    pub header_block: BlockLimits,
    /// Output that is held back before a response is committed (64 KiB).
    pub held_output: usize,
    /// How long a complete header block is held back while the module runs on (50 ms).
    pub hold_time: Duration,
    /// What a module may write to standard error for one request; the rest is dropped (64 KiB).
    pub stderr: usize,
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
            body: 64 * MIB as u64,
            body_in_memory: MIB,
            body_drained: 4 * MIB as u64,
            header_block: BlockLimits::default(),
            held_output: 64 * KIB,
            hold_time: Duration::from_millis(50),
            stderr: 64 * KIB,
            header_section: 64 * KIB,
            header_fields: 128,
            header_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(60),
            handshake_time: Duration::from_secs(10),
            send_time: Duration::from_secs(30),
            streams: 100,
            connections: 4096,
            drain_time: Duration::from_secs(30),
        }
    }
}
