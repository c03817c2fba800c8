//! No byte of one request reaches another, over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use support::{Server, serve, settings};

/// More clients than places, so that each place is taken again as soon as it is left.
const CLIENTS: usize = 24;
const PLACES: usize = 8;

/// How many requests are sent; `WAGI_ISOLATION_REQUESTS` for more.
fn requests() -> usize {
    let more = std::env::var("WAGI_ISOLATION_REQUESTS");
    more.map_or(16_000, |more| more.parse().unwrap())
}

/// A connection that stays open.
struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(server: &Server) -> Self {
        let stream = server.connect();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Status and body.
    fn send(&mut self, request: &[u8]) -> (u16, Vec<u8>) {
        self.0.get_mut().write_all(request).unwrap();
        let mut line = String::new();
        let mut status = 0;
        let mut length = None;
        loop {
            line.clear();
            self.0.read_line(&mut line).unwrap();
            let text = line.trim_end();
            if let Some(rest) = text.strip_prefix("HTTP/1.1 ") {
                status = rest[..3].parse().unwrap();
            } else if let Some(value) = text.to_ascii_lowercase().strip_prefix("content-length:") {
                length = Some(value.trim().parse().unwrap());
            } else if text.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length.unwrap()];
        self.0.read_exact(&mut body).unwrap();
        (status, body)
    }
}

fn request(path: &str, nonce: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path}/{nonce}?{nonce} HTTP/1.1\r\nHost: {nonce}\r\nX-Nonce: {nonce}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Every `nonce-…` in a text.
fn nonces(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let behind = text.split("nonce-").skip(1);
    behind
        .map(|rest| {
            let digits = rest
                .chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>();
            format!("nonce-{digits}")
        })
        .collect()
}

#[test]
fn no_byte_of_one_request_reaches_another() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let volume = format!("volumes = {{ \"/data\" = {:?} }}\n", folder.path());
    let entries = format!(
        "[[module]]\nroute = \"/fail/...\"\nmodule = \"$isolation\"\nentrypoint = \"fail\"\n{volume}\
         [[module]]\nroute = \"/isolation/...\"\nmodule = \"$isolation\"\n{volume}\
         [[module]]\nroute = \"/component/...\"\nmodule = \"$component\"\nentrypoint = \"env\"\n\
         [[module]]\nroute = \"/echo/...\"\nmodule = \"$component\"\n"
    );
    // Nothing is committed before it is complete, however slow the machine is.
    let mut limits = wagi_host::Limits::default();
    limits.hold_time = Duration::from_secs(60);
    limits.queue_time = Duration::from_secs(60);
    limits.wall_time = Duration::from_secs(60);
    let server = serve(&[], &entries, settings().limits(limits).instances(PLACES));
    let requests = requests();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = Client::connect(&server);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= requests {
                        return;
                    }
                    check(&mut client, number);
                }
            });
        }
    });
}

fn check(client: &mut Client, number: usize) {
    // All of the same length, so that one in the place of another would be seen.
    let nonce = format!("nonce-{number:012}");
    let body = format!("{nonce} ").repeat(1 + number % 97);
    match number % 8 {
        // Fails with everything written to, and tells nothing.
        0 => {
            let (status, answer) = client.send(&request("/fail", &nonce, &body));
            assert_eq!(status, 500);
            assert!(nonces(&answer).is_empty());
        }
        1 => {
            let (status, answer) = client.send(&request("/component", &nonce, &body));
            assert_eq!(status, 200);
            assert!(
                own(&answer, &nonce) >= 4,
                "{}",
                String::from_utf8_lossy(&answer)
            );
        }
        2 => {
            let page = format!("Content-Type: text/plain\n\n{body}");
            let (status, answer) = client.send(&request("/echo", &nonce, &page));
            assert_eq!(status, 200);
            assert!(answer == body.as_bytes());
        }
        _ => {
            let (status, answer) = client.send(&request("/isolation", &nonce, &body));
            assert_eq!(status, 200);
            let text = String::from_utf8_lossy(&answer);
            assert!(text.starts_with("clean\0"), "{text}");
            assert!(
                text.contains(&format!("\0HTTP_X_NONCE={nonce}\0")),
                "{text}"
            );
            assert!(text.ends_with(&format!("\0{nonce}\0{body}")), "{text}");
            assert!(own(&answer, &nonce) >= 5, "{text}");
        }
    }
}

/// How often the own nonce is in an answer, which has no other.
fn own(answer: &[u8], nonce: &str) -> usize {
    let found = nonces(answer);
    for other in &found {
        assert_eq!(other, nonce, "{}", String::from_utf8_lossy(answer));
    }
    found.len()
}
