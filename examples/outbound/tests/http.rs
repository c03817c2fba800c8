//! The component, over HTTP, with another server on this machine.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use wagi_example_harness::{Site, build_component};
use wagi_host::Config;
use wagi_host::routes::RoutePattern;

/// A server that answers each request with this, and writes down nothing but how often it was asked.
fn other(answer: &'static str, requests: usize) -> (SocketAddr, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        (0..requests)
            .map(|_| {
                let (mut stream, _) = listener.accept().unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let head: Vec<String> = lines
                    .map(|line| line.unwrap())
                    .take_while(|line| !line.is_empty())
                    .collect();
                stream.write_all(answer.as_bytes()).unwrap();
                head[0].clone()
            })
            .collect()
    });
    (address, server)
}

fn site(allowed: &[String]) -> Site {
    let route = RoutePattern::parse("/ask/...").unwrap();
    let mut config = Config::single(build_component("outbound"), route);
    for host in allowed {
        config = config.allow_host(host).unwrap();
    }
    Site::new(config)
}

#[test]
fn an_allowed_host_is_asked_and_no_other() {
    let (address, server) = other(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14\r\nConnection: close\r\n\r\n{\"tea\": \"hot\"}",
        1,
    );
    let site = site(&[address.to_string()]);
    let response = site
        .get(&format!("/ask/?url=http://{address}/pot?size=2"))
        .send()
        .unwrap();
    assert_eq!(response.status(), 200);
    let page = response.text().unwrap();
    assert!(
        page.contains("Status 200, <code>application/json</code>"),
        "{page}"
    );
    assert!(
        page.contains("{&quot;tea&quot;: &quot;hot&quot;}"),
        "{page}"
    );
    assert_eq!(server.join().unwrap(), ["GET /pot?size=2 HTTP/1.1"]);

    // The same machine, another port.
    let (address, _server) = other("", 1);
    let response = site
        .get(&format!("/ask/?url=http://{address}/"))
        .send()
        .unwrap();
    assert_eq!(response.status(), 403);
    assert!(response.text().unwrap().contains("allowed_hosts"));
}

#[test]
fn nobody_listens() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let site = site(&[free.to_string()]);
    let response = site
        .get(&format!("/ask/?url=http://{free}/"))
        .send()
        .unwrap();
    assert_eq!(response.status(), 502);
    let page = response.text().unwrap();
    assert!(page.contains("takes no connections"), "{page}");
}
