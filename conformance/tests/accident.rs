//! Nothing passes by accident: servers that know nothing of the protocol between suite and probes,
//! but always answer the same, fail every case that runs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use wagi_conformance::outcome::{Outcome, Report};
use wagi_conformance::preflight::Preflight;
use wagi_conformance::report::progress::Silent;
use wagi_conformance::run::{Conditions, Options, Selection, Suite, run_prepared};
use wagi_conformance::target::Target;

/// A server that answers every request alike. `answer` gets the request's head and body.
fn server(answer: impl Fn(&[u8], &[u8]) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || serve(&stream, &*answer));
        }
    });
    address
}

fn serve(mut stream: &TcpStream, answer: &dyn Fn(&[u8], &[u8]) -> Vec<u8>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") && !head.ends_with(b"\n\n") {
            // A request that breaks off gets its answer as well.
            if reader.read_until(b'\n', &mut head).unwrap_or(0) == 0 {
                if !head.is_empty() {
                    let _ = stream.write_all(&answer(&head, b""));
                }
                return;
            }
        }
        let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let length = text
            .split("\r\ncontent-length: ")
            .nth(1)
            .and_then(|rest| rest.lines().next()?.trim().parse::<u64>().ok());
        let mut body = Vec::new();
        let _ = reader
            .by_ref()
            .take(length.unwrap_or(0))
            .read_to_end(&mut body);
        let answer = answer(&head, &body);
        let closes = answer.windows(5).any(|word| word == b"close");
        if answer.is_empty() || stream.write_all(&answer).is_err() || closes {
            return;
        }
    }
}

/// Without a preflight, which would find out at once.
fn tested(address: SocketAddr) -> Report {
    let suite = Suite::compiled_in().unwrap_or_else(|problems| panic!("{problems}"));
    let target = Target::attached(&format!("http://{address}"), None).unwrap();
    let options = Options {
        jobs: 16,
        timeout: Duration::from_millis(500),
        property_cases: 0,
        ..Options::default()
    };
    let selection = Selection::of(suite.library, &[], &options).unwrap();
    let conditions = Conditions {
        target: &target,
        preflight: &Preflight::default(),
        options: &options,
    };
    run_prepared(&suite, conditions, &selection, &Silent, &Arc::default())
}

/// The cases that count as conforming; observations on a MAY are no verdict.
fn passed(report: &Report) -> Vec<&str> {
    let passed = report
        .records
        .iter()
        .filter(|one| one.outcome == Outcome::Pass);
    passed
        .filter(|one| one.level != wagi_conformance::outcome::Level::May)
        .map(|one| one.id.as_str())
        .collect()
}

fn always(status: &'static str, fields: &'static str, body: &'static str) -> SocketAddr {
    server(move |head, _| {
        let body_sent = if head.starts_with(b"HEAD ") || status.starts_with("204") {
            ""
        } else {
            body
        };
        let length = if status.starts_with("204") {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        format!("HTTP/1.1 {status}\r\n{fields}{length}\r\n{body_sent}").into_bytes()
    })
}

#[test]
fn a_server_that_says_ok_to_everything() {
    let report = tested(always("200 OK", "Content-Type: text/plain\r\n", "ok"));
    assert!(report.records.len() > 400, "all cases ran");
    assert_eq!(passed(&report), [""; 0]);
}

#[test]
fn a_server_that_refuses_everything() {
    assert_eq!(
        passed(&tested(always("400 Bad Request", "", "no"))),
        [""; 0]
    );
    assert_eq!(
        passed(&tested(always(
            "404 Not Found",
            "Connection: close\r\n",
            "no"
        ))),
        [""; 0]
    );
}

#[test]
fn a_server_that_always_breaks_down() {
    assert_eq!(
        passed(&tested(always("500 Internal Server Error", "", ""))),
        [""; 0]
    );
    assert_eq!(
        passed(&tested(always("502 Bad Gateway", "", "oops"))),
        [""; 0]
    );
}

#[test]
fn a_server_that_always_redirects_or_says_nothing() {
    assert_eq!(
        passed(&tested(always("302 Found", "Location: /x\r\n", ""))),
        [""; 0]
    );
    assert_eq!(passed(&tested(always("204 No Content", "", ""))), [""; 0]);
}

#[test]
fn a_server_that_hangs_up() {
    assert_eq!(passed(&tested(server(|_, _| Vec::new()))), [""; 0]);
    let short = server(|_, _| {
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nok".to_vec()
    });
    assert_eq!(passed(&tested(short)), [""; 0]);
}

/// A server that quotes the whole request, as TRACE does: the nonce comes back without a module.
#[test]
fn a_server_that_quotes_the_request() {
    let address = server(|head, body| {
        let quoted = [head, body].concat();
        let mut answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
            quoted.len()
        )
        .into_bytes();
        if !head.starts_with(b"HEAD ") {
            answer.extend(quoted);
        }
        answer
    });
    assert_eq!(passed(&tested(address)), [""; 0]);
}
