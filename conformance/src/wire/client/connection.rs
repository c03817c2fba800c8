//! One connection: exchanges one after another.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::socket::{Socket, Writer};
use super::{Client, Ended, Exchanged, Outgoing};
use crate::outcome::ExchangeRecord;
use crate::wire::message::Response;
use crate::wire::parse::{Incoming, Interruption, Source as _, Stop};

/// How long the end of the stream is waited for where the server has announced it.
const CLOSE_GRACE: Duration = Duration::from_millis(250);

/// An open connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    timeout: Duration,
    interrupted: Arc<AtomicBool>,
    /// Received beyond the last response.
    received: Vec<u8>,
    usable: bool,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, client: &Client) -> Self {
        Self {
            stream,
            timeout: client.timeout,
            interrupted: Arc::clone(&client.interrupted),
            received: Vec::new(),
            usable: true,
        }
    }

    /// The only or last exchange: once the response is there, the rest of the request is not sent
    /// any more.
    pub(super) fn last_exchange(&mut self, outgoing: &Outgoing) -> Exchanged {
        self.run(outgoing, true)
    }

    /// Sends a request and reads its response; the connection stays open.
    pub fn exchange(&mut self, outgoing: &Outgoing) -> Exchanged {
        self.run(outgoing, false)
    }

    /// Sends a request without waiting for anything; for requests that are only to be under way.
    pub fn send(&mut self, outgoing: &Outgoing) -> Result<(), Ended> {
        self.stream
            .write_all(&outgoing.bytes())
            .map_err(|error| Ended::Refused(error.to_string()))
    }

    fn run(&mut self, outgoing: &Outgoing, last: bool) -> Exchanged {
        if !self.usable {
            return Exchanged::failed(outgoing, Ended::Closed);
        }
        let deadline = Instant::now() + self.timeout;
        let stop_sending = AtomicBool::new(false);
        let (head_seen, heads) = mpsc::channel();
        let (result, all_sent) = std::thread::scope(|scope| {
            let sender = {
                let writer = Writer {
                    stream: &self.stream,
                    deadline,
                    stop: &stop_sending,
                    interrupted: &self.interrupted,
                };
                scope.spawn(move || writer.send(outgoing, &heads))
            };
            let source = Socket {
                stream: &self.stream,
                deadline,
                interrupted: &self.interrupted,
            };
            let result = Incoming::new(source, &mut self.received).response(
                outgoing.no_body_expected,
                |status| {
                    // The sender may be gone already.
                    let _ = head_seen.send(status);
                },
            );
            drop(head_seen);
            if last || result.is_err() {
                stop_sending.store(true, Ordering::Relaxed);
            }
            (result, sender.join().unwrap_or(false))
        });
        let result = result.map_err(|stop| ended(stop, self.timeout));
        self.usable = result.is_ok() && all_sent && !outgoing.half_close;
        let result = result.and_then(|response| {
            if outgoing.several {
                Ok(response)
            } else {
                self.nothing_beyond(response)
            }
        });
        let response = match &result {
            // What came of the next response is shown, but stays to be read.
            Ok(response) => [response.raw.as_slice(), &self.received].concat(),
            Err(_) => std::mem::take(&mut self.received),
        };
        let ended = result.as_ref().err().map(ToString::to_string);
        Exchanged {
            record: ExchangeRecord {
                request: outgoing.bytes(),
                response,
                ended,
            },
            result,
        }
    }

    /// Bytes beyond the response belong to no request: the next response would be taken from them.
    fn nothing_beyond(&mut self, response: Response) -> Result<Response, Ended> {
        if response.head.status == 101 {
            // What follows is another protocol's; that the server switches is what there is to see.
            self.usable = false;
            return Ok(response);
        }
        let closes = response.closes();
        if self.received.is_empty() {
            let patience = if closes { CLOSE_GRACE } else { Duration::ZERO };
            self.peek(Instant::now() + patience);
        }
        if self.received.is_empty() {
            return Ok(response);
        }
        let beyond = crate::text::shortened(&self.received);
        self.received.splice(0..0, response.raw);
        self.usable = false;
        Err(Ended::Malformed(format!(
            "bytes beyond the end of the response: `{beyond}`"
        )))
    }

    /// Takes what has come already, or comes until `deadline`; stops at the first bytes or the end.
    fn peek(&mut self, deadline: Instant) {
        let now = Instant::now();
        if deadline <= now {
            let mut chunk = [0; 4096];
            if self.stream.set_nonblocking(true).is_ok()
                && let Ok(length) = (&self.stream).read(&mut chunk)
            {
                self.usable &= length > 0;
                self.received.extend_from_slice(&chunk[..length]);
            }
            // If this fails the next read says so.
            let _ = self.stream.set_nonblocking(false);
            return;
        }
        let mut source = Socket {
            stream: &self.stream,
            deadline,
            interrupted: &self.interrupted,
        };
        if let Ok(0) | Err(Interruption::Reset) = source.fill(&mut self.received) {
            self.usable = false;
        }
    }
}

fn ended(stop: Stop, timeout: Duration) -> Ended {
    match stop {
        Stop::Closed | Stop::Interrupted(Interruption::Reset) => Ended::Closed,
        Stop::BrokenOff(response) => Ended::BrokenOff(response),
        Stop::Interrupted(Interruption::Timeout) => Ended::Timeout(timeout),
        Stop::Interrupted(Interruption::Abandoned) => Ended::Interrupted,
        Stop::Malformed(what) => Ended::Malformed(what),
    }
}
