//! A server for development (feature `serve-http`): HTTP/1.1, one request for each connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::thread;
use std::time::Duration;

use crate::body::{Sink, read_fn};
use crate::respond::{Ending, exchange};
use crate::testing::{self, Server};
use crate::{Gateway, Handler};

/// How long request line and fields may be together.
const HEAD: u64 = 64 * 1024;

/// How long a request's body may be.
const BODY: usize = 64 * 1024 * 1024;

/// How long a client may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves the handler over HTTP, natively and without any other server: for development, with `cargo run`.
///
/// The function makes the handler anew for each request, as a server starts the module anew. Variables are those of the
/// reference host with the handler at `/...`, without TLS, routes and adjustable limits: what is served to others is a
/// matter for a WAGI or CGI server. Chunked uploads are answered with 411, bodies of more than 64 MiB with 413.
///
/// ```no_run
/// use wagi_sdk::Router;
///
/// fn app() -> Router {
///     Router::new().get("/", || "Hello!\n")
/// }
///
/// fn main() -> std::io::Result<()> {
///     // A server that starts this program sets this variable.
///     if std::env::var_os("GATEWAY_INTERFACE").is_some() {
///         wagi_sdk::serve(app());
///         return Ok(());
///     }
///     wagi_sdk::serve_http("127.0.0.1:3000", app)
/// }
/// ```
///
/// It runs until the process ends; an error says that the address cannot be had.
pub fn serve_http<M, H: Handler<M>>(
    address: impl ToSocketAddrs,
    app: impl Fn() -> H + Sync,
) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    crate::log::line(format_args!("http://{}", listener.local_addr()?));
    serve_http_on(&listener, app)
}

/// [`serve_http`] on a socket that listens already.
///
/// ```no_run
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// println!("http://{}", listener.local_addr()?);
/// wagi_sdk::serve_http_on(&listener, || || "Hello!\n")?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn serve_http_on<M, H: Handler<M>>(
    listener: &TcpListener,
    app: impl Fn() -> H + Sync,
) -> io::Result<()> {
    thread::scope(|scope| {
        for stream in listener.incoming() {
            let app = &app;
            match stream {
                Ok(stream) => drop(scope.spawn(move || answer(&stream, app))),
                // Such as too many open files: it passes.
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
        }
        Ok(())
    })
}

fn answer<M, H: Handler<M>>(stream: &TcpStream, app: &impl Fn() -> H) {
    let request = match read(stream) {
        Ok(request) => request,
        Err(refusal) => {
            let length = refusal.len() + 1;
            let response = format!(
                "HTTP/1.1 {refusal}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{refusal}\n"
            );
            // Whoever has left needs no answer.
            let _ = (&*stream).write_all(response.as_bytes());
            return;
        }
    };
    let gateway = Gateway::new(request.variables(), Server::Reference.arguments(&request));
    let body = io::Cursor::new(request.body.unwrap_or_default());
    let mut output = HttpSink {
        stream,
        begun: false,
    };
    match exchange(gateway, read_fn(body), &mut output, app()) {
        Ok(Ending::Answered) => {}
        Ok(Ending::Panicked(message)) => {
            crate::log::line(format_args!("the handler panicked: {message}"));
        }
        Err(error) => crate::log::line(format_args!("the response is incomplete: {error}")),
    }
}

/// The request, or with which status it is refused.
fn read(stream: &TcpStream) -> Result<testing::Request, &'static str> {
    const BAD: &str = "400 Bad Request";
    let gone = |_| "408 Request Timeout";
    stream.set_read_timeout(Some(PATIENCE)).map_err(gone)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(gone)?;
    let mut reader = BufReader::new(stream.take(HEAD));
    let mut line = || -> Result<String, &'static str> {
        let mut bytes = Vec::new();
        reader.read_until(b'\n', &mut bytes).map_err(gone)?;
        if bytes.pop() != Some(b'\n') {
            return Err("431 Request Header Fields Too Large");
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        String::from_utf8(bytes).map_err(|_| BAD)
    };
    let first = line()?;
    let mut words = first.split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1" | "HTTP/1.0"), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(BAD);
    };
    if !target.starts_with('/') {
        return Err(BAD);
    }
    let mut request = testing::Request::new(method, target);
    let mut length = None;
    let mut continues = false;
    loop {
        let line = line()?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or(BAD)?;
        let value = value.trim();
        match &*name.to_ascii_lowercase() {
            "content-length" => length = Some(value.parse::<usize>().map_err(|_| BAD)?),
            // Browsers and `curl -d` tell the length.
            "transfer-encoding" => return Err("411 Length Required"),
            "expect" => continues = true,
            _ => {}
        }
        request = request.header(name, value);
    }
    let Some(length) = length else {
        return Ok(request);
    };
    if length > BODY {
        return Err("413 Content Too Large");
    }
    if continues {
        let _ = (&*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
    }
    let mut body = Vec::new();
    reader.get_mut().set_limit(length as u64);
    reader
        .take(length as u64)
        .read_to_end(&mut body)
        .map_err(gone)?;
    if body.len() < length {
        return Err(BAD);
    }
    Ok(request.body(body))
}

/// Makes a header block HTTP's, and sends on what follows. The first that it is given is a whole header block.
struct HttpSink<'a> {
    stream: &'a TcpStream,
    begun: bool,
}

impl Sink for HttpSink<'_> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            return self.stream.write_all(bytes);
        }
        let end = bytes.windows(2).position(|pair| pair == b"\n\n");
        let (block, body) = bytes.split_at(end.map_or(bytes.len(), |end| end + 2));
        let mut status = &b"200 OK"[..];
        let mut fields = Vec::new();
        for line in block
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            match line.strip_prefix(b"Status: ") {
                Some(value) => status = value,
                None => fields.push(line),
            }
        }
        fields.push(b"Connection: close");
        let head = [
            b"HTTP/1.1 ",
            status,
            b"\r\n",
            &fields.join(&b"\r\n"[..]),
            b"\r\n\r\n",
            body,
        ];
        self.stream.write_all(&head.concat())
    }

    fn deliver(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
