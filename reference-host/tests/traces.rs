//! Traces, as a collector gets them. Protobuf has texts and identifiers as they are, one behind the
//! other, so that they can be looked for without a decoder.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use support::module;
use support::program::{banner, signal};

const TRACE: &[u8; 16] = b"trace-of-a-proxy";
const PARENT: &[u8; 8] = b"the-span";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes what is sent, on any number of connections.
fn collect(listener: TcpListener, received: &Arc<Mutex<Vec<u8>>>) {
    let received = Arc::clone(received);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let received = Arc::clone(&received);
            std::thread::spawn(move || {
                let mut stream = BufReader::new(stream.unwrap());
                while let Some(body) = post(&mut stream) {
                    received.lock().unwrap().extend(body);
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                    stream.get_mut().write_all(answer).unwrap();
                }
            });
        }
    });
}

/// One request to a collector; nothing when the connection is over.
fn post(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    if line.is_empty() {
        return None;
    }
    assert_eq!(line.trim_end(), "POST /v1/traces HTTP/1.1");
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).unwrap();
        let field = line.trim_end().to_ascii_lowercase();
        if let Some(value) = field.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        if let Some(value) = field.strip_prefix("content-type: ") {
            assert_eq!(value, "application/x-protobuf");
        }
        if field.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    Some(body)
}

struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(endpoint: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("modules.toml");
        let entry = |name: &str| {
            format!(
                "[[module]]\nroute = \"/{name}/...\"\nmodule = {:?}\n",
                module(name)
            )
        };
        std::fs::write(&config, entry("env") + &entry("trap")).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_wagi"))
            .args(["serve", "-l", "127.0.0.1:0", "-c"])
            .arg(&config)
            .args(more)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (banner, _) = banner(&mut process);
        let address = banner
            .split("http://")
            .nth(1)
            .unwrap()
            .trim_end()
            .to_string();
        Self { process, address }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (trace, parent) = (hex(TRACE), hex(PARENT));
        let request = format!("GET {path} HTTP/1.0\r\ntraceparent: 00-{trace}-{parent}-01\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// What was not sent yet is sent before the end.
    fn stop(mut self) {
        signal(&self.process, "TERM");
        assert!(self.process.wait().unwrap().success());
    }
}

/// What a collector has when the server has ended.
fn traces(more: &[&str]) -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let received = Arc::default();
    collect(listener, &received);
    let server = Server::start(&endpoint, more);
    assert!(
        server
            .get("/env/some/path?secret")
            .starts_with("HTTP/1.0 200 ")
    );
    assert!(server.get("/trap").starts_with("HTTP/1.0 500 "));
    server.stop();
    received.lock().unwrap().clone()
}

/// The field `name` of a span is number 5, a text.
fn span_name(name: &str) -> Vec<u8> {
    let length = u8::try_from(name.len()).unwrap();
    [&[5 << 3 | 2, length], name.as_bytes()].concat()
}

fn contains(traces: &[u8], what: &[u8]) -> bool {
    traces.windows(what.len()).any(|window| window == what)
}

#[test]
fn requests_and_their_steps_reach_a_collector() {
    let traces = traces(&["--trusted-proxy", "127.0.0.1"]);
    for text in [
        "service.name",
        "wagi",
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "url.path",
        "/env/some/path",
        "client.address",
        "error.type",
        "unreachable",
    ] {
        assert!(contains(&traces, text.as_bytes()), "{text} is missing");
    }
    for name in [
        "GET /env/...",
        "GET /trap/...",
        "waiting",
        "instance",
        "module",
    ] {
        assert!(contains(&traces, &span_name(name)), "{name} is missing");
    }
    // Two requests with three steps each, below one span of the proxy.
    let windows = traces.windows(TRACE.len());
    assert_eq!(windows.filter(|window| window == TRACE).count(), 8);
    let windows = traces.windows(PARENT.len());
    assert_eq!(windows.filter(|window| window == PARENT).count(), 2);
    assert!(!contains(&traces, b"secret"), "queries are not for others");
}

#[test]
fn a_client_does_not_choose_its_trace() {
    let traces = traces(&[]);
    assert!(contains(&traces, &span_name("GET /env/...")));
    assert!(!contains(&traces, TRACE) && !contains(&traces, PARENT));
}

#[test]
fn a_collector_that_is_not_there_is_nobodys_concern() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let server = Server::start(&endpoint, &[]);
    for _ in 0..20 {
        assert!(server.get("/env").starts_with("HTTP/1.0 200 "));
    }
    server.stop();
}
