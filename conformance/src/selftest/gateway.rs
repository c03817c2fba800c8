//! A gateway that is right but for one fault: it stands before the reference host, passes every
//! request on, and changes what comes back as a server with that fault would have answered.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::fault::Fault;
use super::message::{Message, Request};
use crate::probe::Dump;
use crate::wire::client::{Client, Connection, Outgoing};

/// How long the rest of a request is waited for, before what has come is passed on as it is.
const PATIENCE: Duration = Duration::from_millis(250);
/// What the host may take for an answer.
const ANSWER: Duration = Duration::from_secs(20);
/// Larger requests are passed on as they are.
const LARGEST: usize = 16 << 20;

/// A running gateway; it stops when it is dropped.
#[derive(Debug)]
pub(super) struct Gateway {
    pub(super) address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

/// What a fault may look at beside the exchange.
#[derive(Debug)]
pub(super) struct Shared {
    /// The host.
    pub(super) host: Client,
    /// How many answers the fault has looked at.
    pub(super) answers: AtomicUsize,
    /// The last answer.
    pub(super) previous: Mutex<Option<Vec<u8>>>,
    own: SocketAddr,
    fault: Option<&'static Fault>,
}

impl Gateway {
    /// Starts before the server at `host`.
    pub(super) fn start(host: SocketAddr, fault: Option<&'static Fault>) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let stopped = Arc::new(AtomicBool::new(false));
        let shared = Arc::new(Shared {
            host: Client::new(host, ANSWER),
            answers: AtomicUsize::new(0),
            previous: Mutex::new(None),
            own: address,
            fault,
        });
        let stop = Arc::clone(&stopped);
        thread::Builder::new()
            .name("crooked gateway".to_owned())
            .spawn(move || {
                for stream in listener.incoming().flatten() {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || Passage::new(stream, &shared).serve());
                }
            })?;
        Ok(Self { address, stopped })
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

/// One client's connection.
struct Passage<'a> {
    client: TcpStream,
    shared: &'a Shared,
    received: Vec<u8>,
    host: Option<Connection>,
}

/// What the client has sent.
enum Sent {
    /// A whole request.
    Request(Box<Request>),
    /// Nothing more.
    Nothing,
    /// Something else, perhaps to its end.
    Odd { ended: bool },
}

impl<'a> Passage<'a> {
    fn new(client: TcpStream, shared: &'a Shared) -> Self {
        Self {
            client,
            shared,
            received: Vec::new(),
            host: None,
        }
    }

    fn serve(&mut self) {
        loop {
            match self.request() {
                Sent::Request(request) => {
                    if !self.exchange(&request) {
                        return;
                    }
                }
                Sent::Nothing => return,
                Sent::Odd { ended } => {
                    self.tunnel(ended);
                    return;
                }
            }
        }
    }

    /// Reads a request; it is odd where it is not of the usual form, or does not end.
    fn request(&mut self) -> Sent {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            match parse(&self.received) {
                Parsed::Whole(request, length) => {
                    self.received.drain(..length);
                    return Sent::Request(request);
                }
                Parsed::Odd => return Sent::Odd { ended: false },
                Parsed::Incomplete if self.received.len() > LARGEST => {
                    return Sent::Odd { ended: false };
                }
                Parsed::Incomplete => {}
            }
            // An idle connection may be idle for long, half a request may not.
            let patience = (!self.received.is_empty()).then_some(PATIENCE);
            let _ = self.client.set_read_timeout(patience);
            match self.client.read(&mut chunk) {
                Ok(0) if self.received.is_empty() => return Sent::Nothing,
                Ok(0) => return Sent::Odd { ended: true },
                Ok(length) => self.received.extend_from_slice(&chunk[..length]),
                Err(_) if self.received.is_empty() => return Sent::Nothing,
                Err(_) => return Sent::Odd { ended: false },
            }
        }
    }

    /// Whether the connection goes on.
    fn exchange(&mut self, request: &Request) -> bool {
        let connection = self
            .host
            .take()
            .map_or_else(|| self.shared.host.connect(), Ok);
        let Ok(mut connection) = connection else {
            return false;
        };
        let exchanged = connection.exchange(&Outgoing {
            head: request.head.clone(),
            body: request.framed.clone(),
            no_body_expected: request.method == "HEAD",
            ..Outgoing::default()
        });
        self.host = Some(connection);
        let Ok(response) = exchanged.result else {
            let _ = self.client.write_all(&exchanged.record.response);
            return false;
        };
        let mut message = Message::of(&response, request);
        let mut changed = self.disguise(&mut message);
        if let Some(fault) = self.shared.fault {
            changed |= fault.spoil(request, &mut message, self.shared);
        }
        let wire = if changed {
            message.render()
        } else {
            response.raw.clone()
        };
        let mut previous = self
            .shared
            .previous
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let wire = match self.shared.fault {
            Some(fault) => (fault.swap)(wire, previous.as_deref(), self.shared),
            None => wire,
        };
        *previous = Some(wire.clone());
        drop(previous);
        self.client.write_all(&wire).is_ok() && !response.closes()
    }

    /// The host says at which port it listens; the client is to see the gateway's.
    fn disguise(&self, message: &mut Message) -> bool {
        edit(message, |dump| {
            let host = self.shared.host.address.port().to_string();
            let own = self.shared.own.port().to_string();
            let mut changed = false;
            for (name, value) in &mut dump.variables {
                if name == "SERVER_PORT" && *value == host.as_bytes() {
                    *value = own.clone().into_bytes();
                    changed = true;
                }
            }
            changed
        })
    }

    /// Passes on what is no usual request, both ways.
    fn tunnel(&mut self, ended: bool) {
        let Ok(host) = TcpStream::connect(self.shared.host.address) else {
            return;
        };
        let first = std::mem::take(&mut self.received);
        let first = match self.shared.fault {
            Some(fault) => (fault.odd)(first),
            None => first,
        };
        if { &host }.write_all(&first).is_err() {
            return;
        }
        if ended {
            let _ = host.shutdown(Shutdown::Write);
        }
        let _ = self.client.set_read_timeout(None);
        thread::scope(|scope| {
            let client = &self.client;
            let host = &host;
            scope.spawn(move || {
                copy(client, host);
                let _ = host.shutdown(Shutdown::Write);
            });
            copy(host, client);
            let _ = client.shutdown(Shutdown::Both);
        });
    }
}

fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    let mut chunk = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut chunk) {
        if to.write_all(&chunk[..length]).is_err() {
            return;
        }
    }
}

/// Changes what the `env` probe says that it was given.
pub(super) fn edit(message: &mut Message, change: impl FnOnce(&mut Dump) -> bool) -> bool {
    let Ok(mut dump) = Dump::parse(&message.body) else {
        return false;
    };
    let changed = change(&mut dump);
    if changed {
        message.body = dump.render();
    }
    changed
}

enum Parsed {
    Whole(Box<Request>, usize),
    Incomplete,
    Odd,
}

fn parse(bytes: &[u8]) -> Parsed {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Parsed::Incomplete;
    };
    let head = &bytes[..end + 4];
    let Some(mut request) = request_of(head) else {
        return Parsed::Odd;
    };
    let rest = &bytes[end + 4..];
    let coding = request.values("Transfer-Encoding").len();
    let lengths: Vec<Option<usize>> = request
        .values("Content-Length")
        .iter()
        .map(|value| std::str::from_utf8(value).ok()?.parse().ok())
        .collect();
    let length = match (coding, lengths.as_slice()) {
        (0, []) => 0,
        (0, [Some(length)]) if rest.len() >= *length => {
            request.body = rest[..*length].to_vec();
            *length
        }
        (0, [Some(_)]) => return Parsed::Incomplete,
        (1, []) => match unchunked(rest) {
            Ok(Some((body, length))) => {
                request.body = body;
                request.chunked = true;
                length
            }
            Ok(None) => return Parsed::Incomplete,
            Err(()) => return Parsed::Odd,
        },
        _ => return Parsed::Odd,
    };
    request.framed = rest[..length].to_vec();
    Parsed::Whole(Box::new(request), end + 4 + length)
}

/// `None` for what is left to the host to judge.
fn request_of(head: &[u8]) -> Option<Request> {
    let text = head.strip_suffix(b"\r\n\r\n")?;
    let mut lines = text
        .split(|&b| b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = std::str::from_utf8(lines.next()?).ok()?;
    let words: Vec<&str> = first.split(' ').collect();
    let [method, target, "HTTP/1.0" | "HTTP/1.1"] = words[..] else {
        return None;
    };
    let mut fields = Vec::new();
    for line in lines {
        let (name, value) = super::message::split(line)?;
        let name = std::str::from_utf8(name).ok()?;
        fields.push((name.to_owned(), value.trim_ascii().to_vec()));
    }
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    let request = Request {
        head: head.to_vec(),
        method: method.to_owned(),
        path: path.to_owned(),
        query,
        fields,
        ..Request::default()
    };
    request.values("Expect").is_empty().then_some(request)
}

/// The body and the length of its coded form; `None` where there has to come more.
fn unchunked(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, ()> {
    let mut body = Vec::new();
    let mut at = 0;
    let line = |at: usize| {
        let length = bytes[at..].windows(2).position(|two| two == b"\r\n")?;
        Some((&bytes[at..at + length], at + length + 2))
    };
    loop {
        let Some((size, after)) = line(at) else {
            return if bytes.len() - at > 4096 {
                Err(())
            } else {
                Ok(None)
            };
        };
        let digits = size.split(|&b| b == b';').next().unwrap_or_default();
        let digits = std::str::from_utf8(digits).map_err(|_| ())?;
        let size = usize::from_str_radix(digits, 16).map_err(|_| ())?;
        at = after;
        if size == 0 {
            break;
        }
        let end = at
            .checked_add(size)
            .and_then(|end| end.checked_add(2))
            .ok_or(())?;
        let Some(chunk) = bytes.get(at..end) else {
            return Ok(None);
        };
        let chunk = chunk.strip_suffix(b"\r\n").ok_or(())?;
        body.extend_from_slice(chunk);
        at = end;
    }
    loop {
        let Some((trailer, after)) = line(at) else {
            return Ok(None);
        };
        at = after;
        if trailer.is_empty() {
            return Ok(Some((body, at)));
        }
    }
}
