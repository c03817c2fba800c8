//! Limits of a single module, over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::{Duration, Instant};
use support::{Server, serve_with, settings};
use wagi_host::{Config, Host, Limits, ModuleLimits, Settings};

const PAGE: &str = "Content-Type: text/plain\n\nhi";

fn limits(set: impl FnOnce(&mut ModuleLimits)) -> ModuleLimits {
    let mut limits = ModuleLimits::default();
    set(&mut limits);
    limits
}

fn with_limits(
    modules: &[&str],
    settings: Settings,
    set: impl FnOnce(&mut ModuleLimits),
) -> Server {
    let limits = limits(set);
    serve_with(modules, "", settings, |config| {
        config.module_limits(&limits)
    })
}

#[test]
fn time() {
    let server = with_limits(&["spin"], settings(), |limits| {
        limits.wall_time = Some(Duration::from_millis(200));
    });
    let started = Instant::now();
    assert_eq!(server.get("/spin", "").status(), 504);
    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[test]
fn memory_may_be_less_or_more_than_the_servers() {
    let mut server_limits = Limits::default();
    server_limits.memory = 192 * 1024;
    let settings = || settings().limits(server_limits.clone()).instances(4);
    let volume = tempfile::tempdir().unwrap();
    std::fs::write(volume.path().join("file"), "").unwrap();
    // Begins with 256 KiB and grows to 384 KiB; opens a file of its volume.
    let entry = format!(
        "[[module]]\nroute = \"/isolation\"\nmodule = \"$isolation\"\nvolumes = {{ \"/data\" = {:?} }}\n",
        volume.path()
    );
    for (memory, status) in [(384 << 10, 200), (320 << 10, 500)] {
        let limits = limits(|limits| limits.memory = Some(memory));
        let server = serve_with(&[], &entry, settings(), |config| {
            config.module_limits(&limits)
        });
        assert_eq!(server.get("/isolation", "").status(), status);
    }
}

#[test]
fn a_stack_of_its_own() {
    // Both need the same engine only once.
    for size in [64 << 10, 8 << 20] {
        let server = with_limits(&["recurse", "mute"], settings(), |limits| {
            limits.stack = Some(size)
        });
        assert_eq!(server.get("/recurse", "").status(), 500);
        assert_eq!(server.get("/mute", "").status(), 200);
    }
}

#[test]
fn output_and_header_block() {
    let server = with_limits(&["cat"], settings(), |limits| limits.response = Some(100));
    let page = |length: usize| format!("{}{}", &PAGE[..26], "x".repeat(length - 26));
    assert_eq!(server.post("/cat", page(100)).status(), 200);
    assert_eq!(server.post("/cat", page(101)).status(), 500);

    // A response that has begun is broken off.
    let server = with_limits(&["cat"], settings(), |limits| {
        limits.response = Some(300_000)
    });
    let answer = server.post("/cat", page(300_000));
    assert!(answer.bytes.ends_with(b"\r\n0\r\n\r\n"));
    let answer = server.post("/cat", page(300_001));
    assert_eq!(answer.status(), 200);
    assert!(
        !answer.bytes.ends_with(b"0\r\n\r\n"),
        "a cut response looks whole"
    );

    let server = with_limits(&["cat"], settings(), |limits| {
        limits.header_block = Some(40)
    });
    let block = |length: usize| format!("Status: 200\nX-A: {}\n\n", "b".repeat(length - 19));
    assert_eq!(server.post("/cat", block(40)).status(), 200);
    assert_eq!(server.post("/cat", block(41)).status(), 502);
}

#[test]
fn request_bodies() {
    let server = with_limits(&["cat"], settings(), |limits| limits.body = Some(28));
    assert_eq!(server.post("/cat", PAGE).status(), 200);
    assert_eq!(server.post("/cat", format!("{PAGE}!")).status(), 413);
}

#[test]
fn a_module_that_is_busy_takes_no_place_from_others() {
    let mut server_limits = Limits::default();
    server_limits.queue_time = Duration::from_millis(100);
    server_limits.wall_time = Duration::from_secs(3);
    let settings = settings().limits(server_limits).instances(2);
    let server = with_limits(&["spin", "mute"], settings, |limits| {
        limits.instances = Some(1)
    });
    std::thread::scope(|scope| {
        let spinning: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| server.get("/spin", "").status()))
            .collect();
        // While one spins and others wait for it, the other module always has its place.
        for _ in 0..50 {
            assert_eq!(server.get("/mute", "").status(), 200);
        }
        let statuses: Vec<u16> = spinning
            .into_iter()
            .map(|spin| spin.join().unwrap())
            .collect();
        assert!(
            statuses.contains(&504) && statuses.contains(&503),
            "{statuses:?}"
        );
        assert!(
            statuses.iter().all(|status| matches!(status, 503 | 504)),
            "{statuses:?}"
        );
    });
    assert_eq!(server.get("/mute", "").status(), 200);
}

#[test]
fn what_cannot_be_given_is_an_error_at_the_start() {
    let route = wagi_host::routes::RoutePattern::parse("/...").unwrap();
    let config = Config::single(support::module("mute"), route);
    let problem = |set: fn(&mut ModuleLimits)| {
        let config = config.clone().module_limits(&limits(set));
        Host::new(config, settings()).unwrap_err().to_string()
    };
    let problems = [
        problem(|limits| limits.instances = Some(17)),
        problem(|limits| limits.instances = Some(0)),
        problem(|limits| limits.table_elements = Some(100_001)),
        problem(|limits| limits.stack = Some(1)),
        problem(|limits| limits.memory = Some(1)),
        problem(|limits| limits.memory = Some((1 << 32) + 1)),
        problem(|limits| limits.wall_time = Some(Duration::ZERO)),
    ];
    let path = support::module("mute");
    let problems = problems
        .join("\n")
        .replace(path.to_str().unwrap(), "mute.wat");
    insta::assert_snapshot!(problems);
}
