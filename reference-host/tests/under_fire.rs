//! Healthy traffic while everything else goes wrong: modules, clients, configurations, certificates.
//!
//! `WAGI_UNDER_FIRE_SECONDS` says for how long (20 by default).
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use http::Request;
use http_body_util::Full;
use rustls::pki_types::CertificateDer;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use support::http::{ask, block_on, http2_over, post, tls};
use support::module;
use support::program::{banner, signal};

const MODULES: [&str; 9] = [
    "cat", "env", "mute", "trap", "exit", "spin", "recurse", "hog", "endless",
];

/// A server in a process of its own, so that what it holds can be counted.
struct Server {
    process: Child,
    plain: SocketAddr,
    encrypted: SocketAddr,
    folder: PathBuf,
}

impl Server {
    fn start(folder: &Path) -> Self {
        write_config(folder, 0);
        let mut process = Command::new(env!("CARGO_BIN_EXE_wagi"))
            .args([
                "serve",
                "-l",
                "http://127.0.0.1:0",
                "-l",
                "https://127.0.0.1:0",
            ])
            .args(["--tls-cert", "cert.pem", "--tls-key", "key.pem"])
            .args([
                "--max-instances",
                "64",
                "--max-memory",
                "32MiB",
                "--timeout",
                "1s",
            ])
            .args([
                "--header-time",
                "1s",
                "--body-time",
                "1s",
                "--send-time",
                "1s",
            ])
            .args([
                "--idle-time",
                "5s",
                "--handshake-time",
                "1s",
                "--max-log-lines",
                "20",
            ])
            .args(["--drain-time", "10s"])
            .current_dir(folder)
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        let (banner, _) = banner(&mut process);
        let address = |scheme: &str| {
            let from = banner.find(scheme).unwrap() + scheme.len();
            let text = banner[from..].split([',', '\n']).next().unwrap();
            text.parse().unwrap()
        };
        Self {
            plain: address("http://"),
            encrypted: address("https://"),
            process,
            folder: folder.to_path_buf(),
        }
    }

    fn descriptors(&self) -> usize {
        let path = format!("/proc/{}/fd", self.process.id());
        std::fs::read_dir(path).unwrap().count()
    }

    /// Resident memory in KiB.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Waits until the condition holds; it always does some time in a sound server.
    fn eventually(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < Duration::from_secs(120), "never: {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Configurations that differ, and are wrong every third time.
fn write_config(folder: &Path, round: u64) {
    let mut text = String::new();
    for name in MODULES {
        let module = module(name);
        writeln!(
            text,
            "[[module]]\nroute = \"/{name}/...\"\nmodule = {module:?}"
        )
        .unwrap();
    }
    let module = module("mute");
    writeln!(
        text,
        "[[module]]\nroute = \"/round-{round}\"\nmodule = {module:?}"
    )
    .unwrap();
    if round % 3 == 2 {
        text.push_str("nonsense = true\n");
    }
    // Whole or not at all, as operators should do it.
    std::fs::write(folder.join("modules.toml.new"), text).unwrap();
    std::fs::rename(folder.join("modules.toml.new"), folder.join("modules.toml")).unwrap();
}

/// A certificate and its key, as texts.
struct Identity {
    certificate: rcgen::Certificate,
    key: rcgen::KeyPair,
}

impl Identity {
    fn new() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let parameters = rcgen::CertificateParams::new(["a.example".to_string()]).unwrap();
        Self {
            certificate: parameters.self_signed(&key).unwrap(),
            key,
        }
    }

    fn write(&self, folder: &Path) {
        std::fs::write(folder.join("cert.pem"), self.certificate.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), self.key.serialize_pem()).unwrap();
    }
}

/// Requests over HTTP/1.0, each with a text that has to come back.
fn healthy_http1(server: &Server, number: u64, is_over: &AtomicBool, answered: &AtomicU64) {
    let mut round = 0;
    while !is_over.load(Relaxed) {
        round += 1;
        let nonce = format!("client-{number}-request-{round}-").repeat(1 + round as usize % 300);
        let page = format!("Content-Type: text/plain\n\n{nonce}");
        let request = format!(
            "POST /cat HTTP/1.0\r\nContent-Length: {}\r\n\r\n{page}",
            page.len()
        );
        let answer = exchange(server.plain, request.as_bytes()).unwrap();
        assert!(
            answer.starts_with("HTTP/1.0 200 ") && answer.ends_with(&format!("\r\n\r\n{nonce}")),
            "{nonce} was answered with {answer}"
        );
        answered.fetch_add(1, Relaxed);
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The same over HTTP/2 and TLS, with a connection for every ten requests.
fn healthy_http2(
    server: &Server,
    trusted: &[CertificateDer<'static>],
    is_over: &AtomicBool,
    answered: &AtomicU64,
) {
    let mut round = 0;
    while !is_over.load(Relaxed) {
        block_on(async {
            let stream = tls(server.encrypted, "a.example", trusted, "h2")
                .await
                .unwrap();
            let mut client = http2_over(stream).await;
            for _ in 0..10 {
                round += 1;
                let nonce = format!("over-http2-{round}-").repeat(1 + round % 300);
                let page = format!("Content-Type: text/plain\n\n{nonce}");
                let answer = ask(&mut client, post("https://a.example/cat", page)).await;
                assert_eq!(answer.status, 200);
                assert_eq!(answer.text(), nonce);
                answered.fetch_add(1, Relaxed);
                let asked = Request::get(format!("https://a.example/env?{round}"));
                let answer = ask(&mut client, asked.body(Full::default()).unwrap()).await;
                assert_eq!(answer.variable("QUERY_STRING"), Some(round.to_string()));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }
}

fn exchange(address: SocketAddr, bytes: &[u8]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(40)))?;
    stream.write_all(bytes)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Clients and modules that do everything wrong, one thing after the other.
fn fire(server: &Server, mut seed: u64, is_over: &AtomicBool) {
    let page = "Content-Type: text/plain\n\nhi";
    let post = |path: &str, body: &str| {
        let length = body.len();
        format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}")
    };
    let close = "Connection: close\r\n";
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n{close}\r\n");
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let head = "GET /mute HTTP/1.1\r\nHost: a\r\n";
    let requests: Vec<(String, How)> = vec![
        (post("/trap", page), How::Read),
        (
            post("/trap", &format!("{page}{}", "x".repeat(100_000))),
            How::Read,
        ),
        (post("/exit", page), How::Read),
        (post("/spin", page), How::Read),
        (post("/spin", "Content-Type: te"), How::Read),
        (post("/spin", page), How::Vanish),
        (get("/recurse"), How::Read),
        (get("/hog"), How::Read),
        (get("/endless"), How::Vanish),
        (get("/endless"), How::Stall),
        (get("/mute").replace(close, "").repeat(50), How::Vanish),
        (get("/mute").replace(close, "").repeat(50), How::Stall),
        (head.to_string(), How::Stall),
        (format!("{head}X-A"), How::Vanish),
        (
            post("/cat", page).replace("Length: 2", "Length: 9"),
            How::Stall,
        ),
        (
            post("/cat", page).replace("Length: 2", "Length: 9"),
            How::Vanish,
        ),
        (
            "POST /cat HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".into(),
            How::Read,
        ),
        (
            "POST /cat HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab".into(),
            How::Stall,
        ),
        ("\0\x01\x02 nonsense \x7f\r\n\r\n".into(), How::Read),
        (
            format!("{head}{}\r\n\r\n", "X: y\r\n".repeat(1000)),
            How::Read,
        ),
        (preface.to_string(), How::Stall),
        (
            format!("{preface}\0\0\x7fgarbage of all kinds in place of frames"),
            How::Read,
        ),
        (String::new(), How::Vanish),
        (String::new(), How::Stall),
    ];
    while !is_over.load(Relaxed) {
        // A linear congruential generator is random enough to mix things up.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (request, how) = &requests[(seed >> 33) as usize % requests.len()];
        let address = match seed >> 40 & 7 {
            0 => server.encrypted,
            _ => server.plain,
        };
        // Whatever becomes of it is right, as long as it ends.
        let _ = attack(address, request.as_bytes(), how);
    }
}

enum How {
    /// Until the server ends it.
    Read,
    /// The client closes at once.
    Vanish,
    /// The client reads nothing and stays, until the server gives it up.
    Stall,
}

fn attack(address: SocketAddr, bytes: &[u8], how: &How) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(3)))?;
    stream.set_write_timeout(Some(Duration::from_secs(3)))?;
    stream.write_all(bytes)?;
    match how {
        How::Read => {
            stream.shutdown(std::net::Shutdown::Write)?;
            std::io::copy(&mut stream.take(1 << 20), &mut std::io::sink())?;
        }
        How::Vanish => {}
        How::Stall => std::thread::sleep(Duration::from_millis(1500)),
    }
    Ok(())
}

/// Reloads, right and wrong ones, and certificates that change in between.
fn operate(server: &Server, identities: &[Identity], is_over: &AtomicBool) {
    let mut round = 0;
    while !is_over.load(Relaxed) {
        round += 1;
        write_config(&server.folder, round);
        identities[round as usize % identities.len()].write(&server.folder);
        signal(&server.process, "HUP");
        std::thread::sleep(Duration::from_millis(700));
    }
}

#[test]
fn healthy_requests_do_not_notice() {
    let seconds = std::env::var("WAGI_UNDER_FIRE_SECONDS");
    let seconds: u64 = seconds.map_or(20, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let identities = [Identity::new(), Identity::new()];
    let trusted = identities
        .each_ref()
        .map(|identity| identity.certificate.der().clone());
    identities[0].write(folder.path());
    let mut server = Server::start(folder.path());

    let (is_over, is_healthy_over) = (AtomicBool::new(false), AtomicBool::new(false));
    let answered = AtomicU64::new(0);
    let mut memory = Vec::new();
    // Everything that is there once was used once.
    exchange(server.plain, b"GET /mute HTTP/1.0\r\n\r\n").unwrap();
    let descriptors = server.descriptors();
    std::thread::scope(|scope| {
        let server = &server;
        let mut healthy = Vec::new();
        for number in 0..3 {
            healthy.push(scope.spawn({
                let (is_over, answered) = (&is_healthy_over, &answered);
                move || healthy_http1(server, number, is_over, answered)
            }));
        }
        healthy.push(scope.spawn(|| healthy_http2(server, &trusted, &is_healthy_over, &answered)));
        for seed in 0..12 {
            let is_over = &is_over;
            scope.spawn(move || fire(server, seed * 7919 + 1, is_over));
        }
        scope.spawn(|| operate(server, &identities, &is_over));

        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(seconds)
            && healthy.iter().all(|client| !client.is_finished())
        {
            std::thread::sleep(Duration::from_millis(250));
            memory.push(server.memory());
        }
        is_over.store(true, Relaxed);
        is_healthy_over.store(true, Relaxed);
    });

    let answered = answered.into_inner();
    assert!(answered > seconds * 10, "only {answered} healthy requests");
    let (early, late) = memory.split_at(memory.len() / 2);
    let (early, late) = (early.iter().max().unwrap(), late.iter().max().unwrap());
    eprintln!("{answered} healthy requests; memory {early} KiB at first, {late} KiB later");
    assert!(
        late * 10 < early * 14,
        "memory grows: {early} KiB, then {late} KiB"
    );
    server.eventually("descriptors are given back", || {
        // Reloads may hold some for modules that are being replaced.
        server.descriptors() <= descriptors + 4
    });
    write_config(folder.path(), 0);
    signal(&server.process, "HUP");
    server.eventually("the last configuration is in effect", || {
        let answer = exchange(server.plain, b"GET /round-0 HTTP/1.0\r\n\r\n").unwrap();
        answer.starts_with("HTTP/1.0 200 ")
    });
    signal(&server.process, "TERM");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(!log.contains("panicked"), "{log}");
    assert!(!log.contains("time for draining is over"));
}
