//! The inspector, over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;
use support::{Answer, module, read_to_end, settings};
use tempfile::TempDir;
use wagi_host::{Host, Running, Settings};

struct Inspected {
    running: Running,
    inspector: SocketAddr,
    _folder: TempDir,
}

fn inspected(modules: &[&str], settings: Settings) -> Inspected {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for name in modules {
        let module = module(name);
        write!(
            text,
            "[[module]]\nroute = \"/{name}/...\"\nmodule = {module:?}\n"
        )
        .unwrap();
    }
    let path = folder.path().join("modules.toml");
    std::fs::write(&path, text).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let inspector = listener.local_addr().unwrap();
    let host = Host::load(path, settings).unwrap();
    let host = host.inspected_on(listener.into()).unwrap();
    let running = host.serve(TcpListener::bind("127.0.0.1:0").unwrap());
    Inspected {
        running: running.unwrap(),
        inspector,
        _folder: folder,
    }
}

fn connect(address: SocketAddr, request: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    // Who closes early does not read everything.
    let _ = stream.write_all(request);
    stream
}

impl Inspected {
    fn send(&self, method: &str, target: &str, fields: &str, body: &[u8]) -> Answer {
        let length = body.len();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n{fields}\r\n"
        );
        let stream = connect(self.running.local_addr(), &[head.as_bytes(), body].concat());
        read_to_end(stream)
    }

    /// Asks the inspector.
    fn ask(&self, method: &str, path: &str, fields: &str) -> Answer {
        let request = format!("{method} {path} HTTP/1.0\r\n{fields}\r\n");
        read_to_end(connect(self.inspector, request.as_bytes()))
    }

    fn json(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, "Host: localhost\r\n");
        assert_eq!(answer.field("content-type").unwrap(), "application/json");
        serde_json::from_str(&answer.body()).unwrap()
    }

    /// All requests, the newest first, once as many are over as that.
    fn requests(&self, over: usize) -> Vec<Value> {
        let mut events = Events::of(self);
        events.until(|events| events.over >= over);
        let json = self.json("/requests.json");
        json["requests"].as_array().unwrap().clone()
    }
}

/// What the inspector tells by itself.
struct Events {
    lines: BufReader<TcpStream>,
    over: usize,
    last: Value,
}

impl Events {
    fn of(inspected: &Inspected) -> Self {
        let request = b"GET /events HTTP/1.0\r\nHost: localhost\r\n\r\n";
        Self {
            lines: BufReader::new(connect(inspected.inspector, request)),
            over: 0,
            last: Value::Null,
        }
    }

    fn next(&mut self) -> &Value {
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "it goes on");
            let Some(data) = line.strip_prefix("data: ") else {
                continue;
            };
            self.last = serde_json::from_str(data).unwrap();
            let changed = self.last["changed"].as_array().unwrap();
            self.over += changed
                .iter()
                .filter(|row| !row["outcome"].is_null())
                .count();
            return &self.last;
        }
    }

    fn until(&mut self, is_it: impl Fn(&Self) -> bool) {
        while !is_it(self) {
            self.next();
        }
    }
}

/// Without what differs from run to run.
fn settled(mut request: Value) -> Value {
    for key in ["id", "at", "ms", "module_ms"] {
        assert!(request[key].is_number(), "{key} in {request}");
        request[key] = "…".into();
    }
    let own = |text: &str| text.replace(env!("CARGO_MANIFEST_DIR"), "");
    request["module"] = own(request["module"].as_str().unwrap()).into();
    let line = request["curl"]["line"].as_str().unwrap();
    let (before, after) = line.split_once("127.0.0.1:").unwrap();
    let (_, path) = after.split_once('/').unwrap();
    request["curl"]["line"] = format!("{before}127.0.0.1:0/{path}").into();
    for variable in request["variables"]["entries"].as_array_mut().unwrap() {
        if variable[0] == "SERVER_PORT" {
            variable[1] = "0".into();
        }
    }
    request
}

#[test]
fn everything_about_a_request() {
    let inspected = inspected(&["cat"], settings());
    let body = "Content-Type: text/plain\r\nX-A : b\nConnection: close\n\n<script>\u{1b}";
    let answer = inspected.send("PUT", "/cat/x%20y?a=1", "X-B: 'c'\r\n", body.as_bytes());
    assert_eq!(answer.status(), 200);
    let requests = inspected.requests(1);
    assert_eq!(requests.len(), 1);
    let id = requests[0]["id"].as_u64().unwrap();
    assert_eq!(inspected.json(&format!("/requests/{id}.json")), requests[0]);
    insta::assert_json_snapshot!(settled(requests[0].clone()));
}

#[test]
fn how_requests_end() {
    let modules = ["cat", "trap", "exit", "hog", "mute", "stderr"];
    let inspected = inspected(&modules, settings());
    let binary = b"Content-Type: image/png\n\n\x89PNG";
    for (method, path, body) in [
        ("GET", "/nowhere", &b""[..]),
        ("POST", "/trap/", b"x"),
        ("POST", "/exit/", b"Status: 200\n\n"),
        ("GET", "/hog/", b""),
        ("POST", "/cat/", b"hello"),
        ("POST", "/cat/", binary),
        ("HEAD", "/mute/", b""),
        ("GET", "/stderr/", b""),
    ] {
        inspected.send(method, path, "", body);
    }
    let requests = inspected.requests(8);
    let of = |path: &str| {
        let found = requests.iter().filter(|request| request["target"] == path);
        found.collect::<Vec<_>>()
    };
    let lost = of("/nowhere")[0];
    assert_eq!(
        (&lost["status"], &lost["outcome"]),
        (&404.into(), &"no_route".into())
    );
    assert_eq!(
        (&lost["module"], &lost["memory"]),
        (&Value::Null, &0.into())
    );
    let trap = of("/trap/")[0];
    assert_eq!(trap["outcome"], "trap");
    assert!(trap["failure"].as_str().unwrap().contains("unreachable"));
    let exit = of("/exit/")[0];
    assert_eq!(
        (&exit["outcome"], &exit["failure"]),
        (&"exit".into(), &"exit code 3".into())
    );
    assert_eq!(exit["output"]["text"], "Status: 200\n\n");
    let hog = of("/hog/")[0];
    assert_eq!(hog["memory"], (2033 << 16));
    assert_eq!(hog["broken_rules"], Value::Array(Vec::new()));
    let [png, hello] = of("/cat/")[..] else {
        panic!("two requests");
    };
    assert_eq!(
        (&hello["status"], &hello["outcome"]),
        (&502.into(), &"malformed".into())
    );
    assert_eq!(hello["broken_rules"][0]["id"], "header-block.incomplete");
    let hex: String = binary.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(png["output"]["hex"], hex);
    assert_eq!(png["output"]["text"], Value::Null);
    assert_eq!(of("/mute/")[0]["method"], "HEAD");
    let said = &of("/stderr/")[0]["stderr"]["entries"];
    assert_eq!(said, &Value::from(vec!["to the log only"]));
    // Newest first.
    assert_eq!(requests[0]["target"], "/stderr/");
}

#[test]
fn requests_are_told_as_they_begin_and_end() {
    let inspected = inspected(&["cat"], settings());
    let mut events = Events::of(&inspected);
    let welcome = events.next()["welcome"].clone();
    assert_eq!(welcome["path"], "/cat");
    assert_eq!(welcome["urls"][0], inspected.running.urls()[0]);
    assert_eq!(events.last["kept"], Value::Array(Vec::new()));
    let mut stream = connect(
        inspected.running.local_addr(),
        b"POST /cat/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 13\r\n\r\nStatus",
    );
    let row = |events: &Events| events.last["changed"][0].clone();
    events.until(|events| row(events)["target"] == "/cat/");
    assert_eq!(row(&events)["outcome"], Value::Null);
    let id = row(&events)["id"].as_u64().unwrap();
    assert_eq!(events.last["kept"], Value::from(vec![id]));
    let mut late = Events::of(&inspected);
    assert_eq!(late.next()["changed"][0]["id"], id);
    stream.write_all(b": 201\n\n").unwrap();
    assert_eq!(read_to_end(stream).status(), 201);
    for events in [&mut events, &mut late] {
        events.until(|events| events.over == 1);
        assert_eq!(
            (&row(events)["status"], &row(events)["id"]),
            (&201.into(), &id.into())
        );
    }
}

#[test]
fn responses_that_are_not_whole() {
    let inspected = inspected(&["trap", "endless"], settings());
    let large = [&b"Content-Type: text/plain\n\n"[..], &vec![b'x'; 200_000]].concat();
    assert_eq!(inspected.send("POST", "/trap/", "", &large).status(), 200);
    let request = b"GET /endless/ HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut stream = connect(inspected.running.local_addr(), request);
    stream.read_exact(&mut [0; 1000]).unwrap();
    let mut events = Events::of(&inspected);
    let is_sent = |row: &Value| row["target"] == "/endless/" && row["status"] == 200;
    events.until(|events| {
        let changed = events.last["changed"].as_array();
        changed.is_some_and(|rows| rows.iter().any(is_sent))
    });
    drop(stream);
    events.until(|events| events.over >= 2);
    let requests = inspected.requests(2);
    let [endless, trap] = &requests[..] else {
        panic!("two requests");
    };
    assert_eq!(trap["outcome"], "broken_off");
    assert!(
        trap["failure"].as_str().unwrap().contains("unreachable"),
        "{trap}"
    );
    assert_eq!(trap["output"]["length"], large.len());
    assert_eq!(endless["outcome"], "client_left");
    assert!(endless["output"]["length"].as_u64().unwrap() > 1000);
}

#[test]
fn requests_over_http2_are_seen_too() {
    let inspected = inspected(&["mute"], settings());
    let url = format!("http://{}/mute/?h2", inspected.running.local_addr());
    support::http::block_on(async {
        let mut client = support::http::http2(inspected.running.local_addr()).await;
        let answer = support::http::ask(&mut client, support::http::get(&url)).await;
        assert_eq!(answer.status, 200);
    });
    let request = &inspected.requests(1)[0];
    assert_eq!(request["protocol"], "HTTP/2.0");
    assert_eq!(request["target"], "/mute/?h2");
    let line = request["curl"]["line"].as_str().unwrap();
    assert!(line.contains("--http2-prior-knowledge"), "{line}");
}

/// Somebody asks for a lot and does not read it: requests go on, and are bounded.
#[test]
fn a_slow_browser_is_not_waited_for_and_little_is_kept() {
    let inspected = inspected(&["cat"], settings());
    let large = [&b"Content-Type: text/plain\n\n"[..], &vec![b'x'; 200_000]].concat();
    for _ in 0..120 {
        assert_eq!(inspected.send("POST", "/cat/", "", &large).status(), 200);
    }
    let request = b"GET /requests.json HTTP/1.0\r\nHost: localhost\r\n\r\n";
    let slow = connect(inspected.inspector, request);
    let events = Events::of(&inspected);
    for _ in 0..120 {
        assert_eq!(inspected.send("POST", "/cat/", "", &large).status(), 200);
    }
    let requests = inspected.requests(100);
    assert_eq!(requests.len(), 100);
    for request in &requests {
        let output = &request["output"];
        assert_eq!(output["length"], large.len());
        assert_eq!(output["kept"], 64 * 1024);
        assert_eq!(output["text"].as_str().unwrap().len(), 64 * 1024);
        assert_eq!(request["stdin_read"], large.len());
        let note = request["curl"]["note"].as_str().unwrap();
        assert_eq!(note, "only 65536 of 200026 bytes of the body were kept");
    }
    let gone = requests[99]["id"].as_u64().unwrap() - 1;
    let answer = inspected.ask(
        "GET",
        &format!("/requests/{gone}.json"),
        "Host: localhost\r\n",
    );
    assert_eq!(answer.status(), 404);
    // What was asked for at first is still told, as far as it is kept.
    let mut rest = String::new();
    BufReader::new(slow).read_to_string(&mut rest).unwrap();
    let (_, body) = rest.split_once("\r\n\r\n").unwrap();
    serde_json::from_str::<Value>(body).unwrap();
    drop(events);
}

#[test]
fn nobody_else_is_answered() {
    let inspected = inspected(&["mute"], settings());
    let status =
        |method: &str, path: &str, fields: &str| inspected.ask(method, path, fields).status();
    for host in ["localhost", "127.0.0.1:1", "[::1]:1", "x.localhost"] {
        assert_eq!(
            status("GET", "/", &format!("Host: {host}\r\n")),
            200,
            "{host}"
        );
    }
    for host in ["evil.example", "localhost.evil.example", "192.168.0.1"] {
        let answer = inspected.ask("GET", "/requests.json", &format!("Host: {host}\r\n"));
        assert_eq!(answer.status(), 421, "{host}");
        assert!(answer.body().contains("localhost"), "{host}");
    }
    assert_eq!(status("GET", "/", ""), 421);
    let local = "Host: localhost\r\n";
    for path in ["/", "/events", "/requests.json"] {
        for site in ["cross-site", "same-site"] {
            let fields = format!("{local}Sec-Fetch-Site: {site}\r\nSec-Fetch-Mode: no-cors\r\n");
            assert_eq!(status("GET", path, &fields), 403, "{path} {site}");
        }
    }
    let link = format!("{local}Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n");
    assert_eq!(status("GET", "/", &link), 200);
    let own = format!("{local}Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\n");
    assert_eq!(status("GET", "/requests.json", &own), 200);
    assert_eq!(status("POST", "/requests.json", local), 405);
    assert_eq!(status("DELETE", "/", local), 405);
    for path in [
        "/x",
        "/requests/x.json",
        "/requests/1.json",
        "/spec/",
        "/spec/x",
    ] {
        assert_eq!(status("GET", path, local), 404, "{path}");
    }
    let page = inspected.ask("GET", "/", local);
    let policy = page.field("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.field("x-frame-options").unwrap(), "DENY");
    assert_eq!(page.field("x-content-type-options").unwrap(), "nosniff");
    assert_eq!(page.field("access-control-allow-origin"), None);
}

#[test]
fn requests_can_be_forgotten() {
    let inspected = inspected(&["mute"], settings());
    inspected.send("GET", "/mute/", "", b"");
    assert_eq!(inspected.requests(1).len(), 1);
    let mut events = Events::of(&inspected);
    events.next();
    let local = "Host: localhost\r\n";
    assert_eq!(
        inspected.ask("DELETE", "/requests.json", local).status(),
        204
    );
    assert_eq!(events.next()["kept"], Value::Array(Vec::new()));
    assert_eq!(inspected.requests(0), Vec::<Value>::new());
}

#[test]
fn rules_have_their_text() {
    let inspected = inspected(&["mute"], settings());
    let answer = inspected.ask("GET", "/spec/status.bodiless", "Host: localhost\r\n");
    insta::assert_snapshot!(answer.body());
}

#[test]
fn other_machines_cannot_be_let_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("modules.toml");
    let text = format!("[[module]]\nroute = \"/\"\nmodule = {:?}\n", module("mute"));
    std::fs::write(&path, text).unwrap();
    let host = Host::load(path, settings()).unwrap();
    let everywhere = TcpListener::bind("0.0.0.0:0").unwrap();
    let error = host.inspected_on(everywhere.into()).unwrap_err();
    assert!(error.to_string().contains("other machines"), "{error}");
}
