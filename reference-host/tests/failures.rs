//! What happens when modules fail, over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::{Duration, Instant};
use support::{serve, settings};

const PAGE: &str = "Content-Type: text/plain\n\nsecret page";

#[test]
fn failures_before_the_response_is_committed() {
    let names = ["trap", "exit", "exit0", "cat", "recurse", "hog", "mute"];
    let server = serve(&names, "", settings());
    for (path, output, status) in [
        ("/trap", PAGE, 500),
        ("/exit", PAGE, 500),
        ("/exit0", PAGE, 200),
        ("/recurse", "", 500),
        ("/hog", "", 500),
        ("/cat", "", 502),
        ("/cat", "no header", 502),
        ("/cat", "Content-Type: a/b\n", 502),
        ("/cat", "X-A: b\n\nsecret page", 502),
        ("/cat", "\nContent-Type: a/b\n\nsecret page", 502),
        ("/cat", "Status: abc\n\nsecret page", 502),
        ("/cat", "Status: 101\n\nsecret page", 502),
        ("/cat", "Status: 599\n\nown page", 599),
    ] {
        let answer = server.post(path, output);
        assert_eq!(answer.status(), status, "{path} {output:?}");
        if matches!(status, 500 | 502) {
            assert!(!answer.text().contains("secret"), "{answer:?}");
            assert!(!answer.text().contains("wasm"), "{answer:?}");
        }
        assert_eq!(server.get("/mute", "").body(), "mute\n");
    }
    let large = format!("X-A: {}", "b".repeat(200_000));
    assert_eq!(server.post("/cat", large).status(), 502);
}

#[test]
fn the_response_is_committed_behind_exactly_64_kib() {
    let server = serve(&["trap"], "", settings());
    let output = |length: usize| {
        let head = "Content-Type: a/b\n\n";
        format!("{head}{}", "x".repeat(length - head.len()))
    };
    assert_eq!(server.post("/trap", output(65_536)).status(), 500);
    let answer = server.post("/trap", output(65_537));
    assert_eq!(answer.status(), 200);
    assert!(
        !answer.bytes.ends_with(b"0\r\n\r\n"),
        "a cut response looks whole"
    );

    // Before HTTP/1.1 the end of the connection is the end of the body: only a reset tells.
    let body = output(100_000);
    let length = body.len();
    let answer = server.raw(format!(
        "POST /trap HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{body}"
    ));
    assert_eq!(answer.status(), 200);
    assert!(answer.was_reset);
}

#[test]
fn time_limit() {
    let server = serve(
        &["spin", "mute"],
        "",
        settings().wall_time(Duration::from_millis(300)),
    );
    let started = Instant::now();
    assert_eq!(server.get("/spin", "").status(), 504);
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert_eq!(server.get("/mute", "").status(), 200);
}

#[test]
fn spinning_modules_do_not_stop_others() {
    let server = serve(
        &["spin", "mute"],
        "",
        settings().wall_time(Duration::from_secs(3)),
    );
    let spinners = std::thread::available_parallelism().unwrap().get() + 1;
    std::thread::scope(|scope| {
        let started = Instant::now();
        for _ in 0..spinners {
            scope.spawn(|| assert_eq!(server.get("/spin", "").status(), 504));
        }
        for _ in 0..10 {
            assert_eq!(server.get("/mute", "").body(), "mute\n");
        }
        assert!(
            started.elapsed() < Duration::from_secs(3),
            "requests waited for the spinners"
        );
    });
}

#[test]
fn too_many_modules_at_once() {
    let mut limits = wagi_host::Limits::default();
    limits.instances = 1;
    limits.queue_time = Duration::from_millis(100);
    limits.wall_time = Duration::from_secs(2);
    let server = serve(&["spin", "mute"], "", settings().limits(limits));
    std::thread::scope(|scope| {
        let spinning = scope.spawn(|| server.get("/spin", "").status());
        // The spinner may not have begun yet: ask until it has.
        let mut asked = std::iter::repeat_with(|| server.get("/mute", "")).take(5000);
        let busy = asked.find(|answer| answer.status() != 200);
        let busy = busy.unwrap();
        assert_eq!(busy.status(), 503);
        assert_eq!(busy.field("retry-after").as_deref(), Some("1"));
        assert_eq!(spinning.join().unwrap(), 504);
    });
    assert_eq!(server.get("/mute", "").status(), 200);
}

#[test]
fn standard_error_goes_to_the_log_only() {
    let server = serve(&["stderr"], "", settings());
    let answer = server.get("/stderr", "");
    assert_eq!(answer.body(), "fine\n");
    assert!(!answer.text().contains("to the log"));
    assert_eq!(
        *server.stderr.lock().unwrap(),
        ["/stderr/...: to the log only"]
    );
}

#[test]
fn every_request_has_fresh_state() {
    let server = serve(&["count"], "", settings());
    for _ in 0..100 {
        assert_eq!(server.get("/count", "").body(), "1 1\n");
    }
}

#[test]
fn parallel_requests_do_not_mix() {
    // As many clients as instances: every slot of the pool is in use, and used again at once.
    let server = serve(&["cat"], "", settings().instances(16));
    std::thread::scope(|scope| {
        for client in 0..16 {
            let server = &server;
            scope.spawn(move || {
                for request in 0..200 {
                    let text = format!("{client}-{request} ").repeat(100);
                    let answer = server.post("/cat", format!("Content-Type: a/b\n\n{text}"));
                    assert_eq!(answer.body(), text);
                }
            });
        }
    });
}

#[test]
fn a_module_whose_client_left_is_stopped() {
    let mut limits = wagi_host::Limits::default();
    limits.instances = 1;
    limits.queue_time = Duration::from_secs(20);
    limits.wall_time = Duration::from_secs(120);
    let server = serve(&["endless", "mute"], "", settings().limits(limits));
    let mut stream = server.connect();
    std::io::Write::write_all(&mut stream, b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    std::io::Read::read_exact(&mut stream, &mut [0; 1000]).unwrap();
    drop(stream);
    // The only instance becomes free long before its time is over.
    assert_eq!(server.get("/mute", "").status(), 200);
}

#[test]
fn shutting_down_lets_running_requests_end() {
    let server = serve(
        &["spin", "mute"],
        "",
        settings().wall_time(Duration::from_secs(1)),
    );
    let mut stream = server.connect();
    let page = "POST /spin HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\nStatus: 200\n\nhi...";
    std::io::Write::write_all(&mut stream, page.as_bytes()).unwrap();
    // The response has begun, so the request is running.
    std::io::Read::read_exact(&mut stream, &mut [0; 8]).unwrap();
    let address = server.address();
    let idle = server.connect();
    server.running.shutdown();
    assert!(support::read_to_end(stream).text().contains("hi..."));
    assert!(support::read_to_end(idle).bytes.is_empty());
    assert!(
        std::net::TcpStream::connect(address).is_err(),
        "the host still listens"
    );
}

#[test]
fn reloading_swaps_everything_or_nothing() {
    let server = serve(&["mute"], "", settings());
    let path = server.folder.path().join("modules.toml");
    let entry = |route: &str| {
        format!(
            "[[module]]\nroute = \"{route}\"\nmodule = {:?}\n",
            support::module("mute")
        )
    };
    std::fs::write(&path, entry("/new")).unwrap();
    assert!(server.running.reload(&path).unwrap().is_empty());
    assert_eq!(server.get("/new", "").status(), 200);
    assert_eq!(server.get("/mute", "").status(), 404);
    std::fs::write(&path, entry("no slash")).unwrap();
    assert!(server.running.reload(&path).unwrap_err().has_errors());
    assert_eq!(server.get("/new", "").status(), 200);
}
