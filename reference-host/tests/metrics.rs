//! What is counted, for every kind of route.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};
use support::{module, settings};
use wagi_host::Host;

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn static_and_declared_routes_are_counted_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "a file").unwrap();
    let path = folder.path().join("modules.toml");
    let text = format!(
        "[[module]]\nroute = \"/shop/...\"\nmodule = {:?}\n[[static]]\nroute = \"/files/...\"\nfolder = \".\"\n",
        module("multi")
    );
    std::fs::write(&path, text).unwrap();
    let admin = TcpListener::bind("127.0.0.1:0").unwrap();
    let metrics = admin.local_addr().unwrap();
    let host = Host::load(path, settings()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let listeners = vec![listener.into()];
    let running = host
        .serve_with_admin(listeners, Some(admin.into()))
        .unwrap();
    for path in [
        "/files/a.txt",
        "/files/a.txt",
        "/files/b",
        "/shop/items/new",
        "/shop/x",
        "/",
    ] {
        get(running.local_addr(), path);
    }
    // A request counts when its response is over, which the client may see a little earlier.
    let counts = [
        "wagi_requests_total{route=\"/files/...\",status=\"2xx\",outcome=\"ok\"} 2\n",
        "wagi_requests_total{route=\"/files/...\",status=\"4xx\",outcome=\"no_route\"} 1\n",
        "wagi_requests_total{route=\"/shop/items/...\",status=\"2xx\",outcome=\"ok\"} 1\n",
        "wagi_requests_total{route=\"/shop/...\",status=\"2xx\",outcome=\"ok\"} 1\n",
        "wagi_requests_total{route=\"(none)\",status=\"4xx\",outcome=\"no_route\"} 1\n",
        "wagi_response_body_bytes_total{route=\"/files/...\"} 22\n",
    ];
    let begun = Instant::now();
    loop {
        let told = get(metrics, "/metrics");
        let missing: Vec<_> = counts
            .iter()
            .filter(|count| !told.contains(**count))
            .collect();
        if missing.is_empty() {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{missing:?} in {told}"
        );
    }
}
