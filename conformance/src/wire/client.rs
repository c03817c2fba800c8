//! The client: blocking sockets, any bytes out, every byte kept.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::message::Response;
use super::parse::{Incoming, Interruption, RESPONSE_LIMIT, Source, Stop};
use crate::outcome::ExchangeRecord;

/// How often a wait looks whether the user has given up.
const TICK: Duration = Duration::from_millis(100);
/// How long the end of the stream is waited for where the server has announced it.
const CLOSE_GRACE: Duration = Duration::from_millis(250);

/// Where to connect, and how long an exchange may take.
#[derive(Debug, Clone)]
pub struct Client {
    /// The server.
    pub address: SocketAddr,
    /// The time for one exchange, from its first byte sent to its last byte received.
    pub timeout: Duration,
    /// Set when the user gives up: exchanges end at once.
    pub interrupted: Arc<AtomicBool>,
}

/// What is sent, byte for byte.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// Request line and header section with the empty line, or a whole raw request.
    pub head: Vec<u8>,
    /// The body, already framed.
    pub body: Vec<u8>,
    /// Wait for an interim response before sending the body.
    pub await_continue: bool,
    /// A HEAD request: the answer has no body whatever its fields say.
    pub no_body_expected: bool,
    /// Close the sending side after the last byte.
    pub half_close: bool,
}

impl Outgoing {
    /// All bytes in order.
    pub fn bytes(&self) -> Vec<u8> {
        [self.head.as_slice(), &self.body].concat()
    }
}

/// A request, and what came of it.
#[derive(Debug, Clone)]
pub struct Exchanged {
    /// The bytes on the wire.
    pub record: ExchangeRecord,
    /// The response, or why there is none.
    pub result: Result<Response, Ended>,
}

impl Exchanged {
    /// An exchange that ended before its first byte.
    pub fn failed(outgoing: &Outgoing, ended: Ended) -> Self {
        let text = Some(ended.to_string());
        let (request, response) = (outgoing.bytes(), Vec::new());
        Self {
            record: ExchangeRecord {
                request,
                response,
                ended: text,
            },
            result: Err(ended),
        }
    }
}

/// Why there is no complete response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// No connection could be made.
    Refused(String),
    /// The server closed the connection without sending a byte.
    Closed,
    /// The server closed the connection in the middle of the response; with what came of it, if the
    /// header section was complete.
    BrokenOff(Option<Box<Response>>),
    /// Nothing, or not all, came in this time.
    Timeout(Duration),
    /// What came is no valid HTTP response.
    Malformed(String),
    /// The user gave up.
    Interrupted,
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(why) => write!(f, "no connection: {why}"),
            Self::Closed => f.write_str("connection closed without a response"),
            Self::BrokenOff(None) => f.write_str("connection closed inside the header section"),
            Self::BrokenOff(Some(_)) => f.write_str("connection closed inside the body"),
            Self::Timeout(limit) => write!(f, "timeout after {limit:?}"),
            Self::Malformed(what) => write!(f, "invalid HTTP: {what}"),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl Client {
    /// A client that nobody interrupts.
    pub fn new(address: SocketAddr, timeout: Duration) -> Self {
        Self {
            address,
            timeout,
            interrupted: Arc::default(),
        }
    }

    /// Opens a connection.
    pub fn connect(&self) -> Result<Connection, Ended> {
        let stream = TcpStream::connect_timeout(&self.address, self.timeout)
            .and_then(|stream| {
                stream.set_nodelay(true)?;
                stream.set_write_timeout(Some(TICK))?;
                Ok(stream)
            })
            .map_err(|error| Ended::Refused(error.to_string()))?;
        Ok(Connection {
            stream,
            timeout: self.timeout,
            interrupted: Arc::clone(&self.interrupted),
            received: Vec::new(),
            usable: true,
        })
    }

    /// One exchange on a connection of its own.
    pub fn once(&self, outgoing: &Outgoing) -> Exchanged {
        match self.connect() {
            Ok(mut connection) => connection.run(outgoing, true),
            Err(ended) => Exchanged::failed(outgoing, ended),
        }
    }
}

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
        let result = result.and_then(|response| self.nothing_beyond(response));
        let response = match &result {
            Ok(response) => response.raw.clone(),
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

/// The receiving side of a socket, with a deadline.
struct Socket<'a> {
    stream: &'a TcpStream,
    deadline: Instant,
    interrupted: &'a AtomicBool,
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
struct Writer<'a> {
    stream: &'a TcpStream,
    deadline: Instant,
    stop: &'a AtomicBool,
    interrupted: &'a AtomicBool,
}

impl Writer<'_> {
    /// Whether everything was sent.
    fn send(&self, outgoing: &Outgoing, heads: &mpsc::Receiver<u16>) -> bool {
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

#[cfg(test)]
mod tests;
