//! The two sides of a socket.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use super::{Outgoing, TICK};
use crate::wire::parse::{Interruption, RESPONSE_LIMIT, Source};

/// The receiving side of a socket, with a deadline.
pub(super) struct Socket<'a> {
    pub(super) stream: &'a TcpStream,
    pub(super) deadline: Instant,
    pub(super) interrupted: &'a AtomicBool,
}

impl Source for Socket<'_> {
    fn fill(&mut self, buffer: &mut Vec<u8>) -> Result<usize, Interruption> {
        let mut chunk = [0; 64 * 1024];
        loop {
            if self.interrupted.load(Ordering::Relaxed) {
                return Err(Interruption::Abandoned);
            }
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Interruption::Timeout);
            }
            let room = RESPONSE_LIMIT
                .saturating_sub(buffer.len())
                .clamp(1, chunk.len());
            let read = self
                .stream
                .set_read_timeout(Some(left.min(TICK)))
                .and_then(|()| self.stream.read(&mut chunk[..room]));
            match read {
                Ok(length) => {
                    buffer.extend_from_slice(&chunk[..length]);
                    return Ok(length);
                }
                Err(error) if is_tick(&error) => {}
                Err(_) => return Err(Interruption::Reset),
            }
        }
    }
}

/// The sending side of a socket: runs beside the reader, so that a server which answers while it
/// still receives cannot stop both.
pub(super) struct Writer<'a> {
    pub(super) stream: &'a TcpStream,
    pub(super) deadline: Instant,
    pub(super) stop: &'a AtomicBool,
    pub(super) interrupted: &'a AtomicBool,
}

impl Writer<'_> {
    /// Whether everything was sent.
    pub(super) fn send(&self, outgoing: &Outgoing, heads: &mpsc::Receiver<u16>) -> bool {
        let mut sent = self.write(&outgoing.head);
        if sent && outgoing.await_continue {
            // A final response instead of the interim one makes the body superfluous, and with it
            // the connection unusable for another request.
            sent = heads.iter().find(|&status| status == 100 || status >= 200) == Some(100);
        }
        sent = sent && self.write(&outgoing.body);
        if sent && outgoing.half_close {
            // The peer may have closed already.
            let _ = self.stream.shutdown(Shutdown::Write);
        }
        sent
    }

    fn write(&self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            if self.stop.load(Ordering::Relaxed)
                || self.interrupted.load(Ordering::Relaxed)
                || Instant::now() >= self.deadline
            {
                return false;
            }
            match { self.stream }.write(bytes) {
                Ok(length) => bytes = &bytes[length..],
                Err(error) if is_tick(&error) => {}
                // The server does not want the rest; it may have answered all the same.
                Err(_) => return false,
            }
        }
        true
    }
}

fn is_tick(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
