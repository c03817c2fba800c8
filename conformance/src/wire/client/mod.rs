//! The client: blocking sockets, any bytes out, every byte kept.

mod connection;
mod socket;

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub use connection::Connection;

use super::message::Response;
use crate::outcome::ExchangeRecord;

/// How often a wait looks whether the user has given up.
const TICK: Duration = Duration::from_millis(100);
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
    /// There may be several requests in it, so that bytes beyond the first response are no fault.
    pub several: bool,
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
    /// The server did not start with what was deployed on it.
    NotStarted(String),
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
            Self::NotStarted(why) => write!(f, "the server did not start: {why}"),
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
        Ok(Connection::new(stream, self))
    }

    /// One exchange on a connection of its own.
    pub fn once(&self, outgoing: &Outgoing) -> Exchanged {
        match self.connect() {
            Ok(mut connection) => connection.last_exchange(outgoing),
            Err(ended) => Exchanged::failed(outgoing, ended),
        }
    }
}

#[cfg(test)]
mod tests;
