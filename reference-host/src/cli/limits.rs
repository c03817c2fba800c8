//! Options that limit what clients may ask of a server.

use super::values;
use crate::Settings;
use clap::Args;
use std::time::Duration;

/// Limits of a server; each is documented with its default in the README.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitOptions {
    /// Modules that may run at the same time
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    max_instances: u32,

    /// Requests that may wait for a module to end; further ones are answered with 503
    #[arg(long, value_name = "N", default_value_t = 1000)]
    max_queue: u32,

    /// Time that a request waits before it is answered with 503
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = values::duration)]
    queue_time: Duration,

    /// Open connections; further ones wait
    #[arg(long, value_name = "N", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(8..))]
    max_connections: u32,

    /// Open connections of one address, unless it is a trusted proxy; further ones are closed
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..))]
    max_connections_per_peer: u32,

    /// Requests that an HTTP/2 connection may carry at the same time
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    max_streams: u32,

    /// Time that a client may take for TLS and a PROXY header
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = values::duration)]
    handshake_time: Duration,

    /// Time that a client may take for request line and fields
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = values::duration)]
    header_time: Duration,

    /// Time that a client may pause within a request body
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = values::duration)]
    body_time: Duration,

    /// Time that a client may go without taking what there is for it
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = values::duration)]
    send_time: Duration,

    /// Time that a connection may be idle
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = values::duration)]
    idle_time: Duration,

    /// Lines on standard error that are logged for a route in a second
    #[arg(long, value_name = "N", default_value_t = 1000)]
    max_log_lines: u32,

    /// Time that running requests get when the server stops
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = values::duration)]
    drain_time: Duration,

    /// Time that the server goes on before it drains, while /readyz says that it will
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = values::duration_or_none)]
    drain_delay: Duration,
}

impl LimitOptions {
    pub(super) fn apply(&self, mut settings: Settings) -> Settings {
        let limits = &mut settings.limits;
        limits.instances = self.max_instances as usize;
        limits.queue = self.max_queue as usize;
        limits.queue_time = self.queue_time;
        limits.connections = self.max_connections as usize;
        limits.connections_per_peer = self.max_connections_per_peer as usize;
        limits.streams = self.max_streams;
        limits.handshake_time = self.handshake_time;
        limits.header_time = self.header_time;
        limits.body_time = self.body_time;
        limits.send_time = self.send_time;
        limits.idle_time = self.idle_time;
        limits.stderr_lines = self.max_log_lines;
        limits.drain_time = self.drain_time;
        limits.drain_delay = self.drain_delay;
        settings
    }
}
