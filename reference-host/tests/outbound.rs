//! Requests that modules send, over real sockets on loopback.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use support::{Server, serve_with, settings};
use wagi_host::{Config, Limits};

/// A server outside of the host. It runs as long as the test.
fn outside() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || answer(stream.unwrap()));
        }
    });
    address
}

fn answer(mut stream: TcpStream) {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    let complete = |request: &[u8]| {
        let text = String::from_utf8_lossy(request).to_lowercase();
        let head = text.find("\r\n\r\n")?;
        let length = text.split("content-length: ").nth(1).map_or(0, |rest| {
            rest.split("\r\n").next().unwrap().parse::<usize>().unwrap()
        });
        (request.len() >= head + 4 + length).then_some(())
    };
    while complete(&request).is_none() {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(length) => request.extend_from_slice(&piece[..length]),
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let target = text.split(' ').nth(1).unwrap();
    let (status, field, body) = match target.split_once("?to=") {
        Some((_, to)) => ("302 Found", format!("Location: {to}\r\n"), String::new()),
        None if target == "/large" => ("200 OK", String::new(), "x".repeat(1_000_000)),
        None => ("200 OK", String::new(), text.clone()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nX-Server: outside\r\n{field}Content-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    // A client that has read enough may have left.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body.as_bytes());
}

/// The functions of the module `http`, each on a route of its own, and the component.
fn entries() -> String {
    let mut entries = "[[module]]\nroute = \"/component\"\nmodule = \"$wasi-http\"\n".to_string();
    for function in ["_start", "post", "many", "wild"] {
        entries.push_str(&format!(
            "[[module]]\nroute = \"/{function}\"\nmodule = \"$http\"\nentrypoint = \"{function}\"\n"
        ));
    }
    entries
}

fn with_hosts(hosts: &[String]) -> Server {
    with_limits(hosts, Limits::default())
}

fn with_limits(hosts: &[String], limits: Limits) -> Server {
    serve_with(
        &[],
        &entries(),
        settings().limits(limits).instances(8),
        |config| allow(config, hosts),
    )
}

fn allow(config: Config, hosts: &[String]) -> Config {
    let mut hosts = hosts.iter();
    hosts
        .try_fold(config, |config, host| config.allow_host(host))
        .unwrap()
}

#[test]
fn a_request_to_an_allowed_host() {
    let outside = outside();
    let server = with_hosts(&[format!("http://{outside}")]);
    let body = server
        .post("/_start", format!("http://{outside}/a?b"))
        .body();
    assert!(body.starts_with("00 200\noutside\n"), "{body}");
    assert!(body.contains("\nx-server:outside\n"), "{body}");
    // What the other server received.
    assert!(body.contains("GET /a?b HTTP/1.1\r\n"), "{body}");
    assert!(body.contains("x-own: mine\r\n"), "{body}");
    assert!(body.contains(&format!("host: {outside}\r\n")), "{body}");
    assert!(!body.contains("evil"), "{body}");

    let body = server.post("/post", format!("http://{outside}/a")).body();
    assert!(body.contains("POST /a HTTP/1.1\r\n"), "{body}");
    assert!(body.contains("content-length: 4\r\n"), "{body}");
    assert!(body.ends_with("\r\n\r\nping"), "{body}");
}

#[test]
fn other_hosts_are_refused_by_number() {
    let (allowed, other) = (outside(), outside());
    let server = with_hosts(&[format!("http://{allowed}")]);
    for (url, errno) in [
        (format!("http://{allowed}/"), "00 200\n"),
        (format!("http://{other}/"), "07 000\n"),
        (format!("http://localhost:{}/", allowed.port()), "07 000\n"),
        ("http://example.com/".to_string(), "07 000\n"),
        ("not a url".to_string(), "10 000\n"),
        ("/path".to_string(), "10 000\n"),
        ("ftp://127.0.0.1/".to_string(), "10 000\n"),
        (format!("http://user@{allowed}/"), "10 000\n"),
    ] {
        let body = server.post("/_start", &url).body();
        assert!(body.starts_with(errno), "{url}: {body}");
    }
}

#[test]
fn without_allowed_hosts_there_is_no_network() {
    let outside = outside();
    let server = with_hosts(&[]);
    let body = server.post("/_start", format!("http://{outside}/")).body();
    assert_eq!(body, "07 000\n");
}

#[test]
fn a_wildcard_does_not_reach_private_addresses() {
    let outside = outside();
    let server = with_hosts(&["insecure:allow-all".to_string()]);
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
    ] {
        let url = format!("http://{host}:{}/", outside.port());
        assert_eq!(server.post("/_start", &url).body(), "07 000\n", "{url}");
    }
    let server = with_hosts(&[
        "insecure:allow-all".to_string(),
        "http://127.0.0.1".to_string(),
    ]);
    let body = server.post("/_start", format!("http://{outside}/")).body();
    assert!(body.starts_with("00 200\n"), "{body}");
}

#[test]
fn redirects_are_followed_to_allowed_hosts_only() {
    let (first, second, other) = (outside(), outside(), outside());
    let server = with_hosts(&[format!("http://{first}"), format!("http://{second}")]);
    let go = |to: &str| {
        server
            .post("/_start", format!("http://{first}/go?to={to}"))
            .body()
    };
    assert!(go("/here").contains("GET /here HTTP/1.1"));
    assert!(go(&format!("http://{second}/there")).contains("GET /there HTTP/1.1"));
    let stopped = go(&format!("http://{other}/there"));
    assert!(stopped.starts_with("00 302\n"), "{stopped}");
    assert!(
        stopped.contains(&format!("location:http://{other}/there\n")),
        "{stopped}"
    );
    let body = server
        .post("/post", format!("http://{first}/go?to=/here"))
        .body();
    assert!(body.contains("GET /here HTTP/1.1"), "{body}");
    // One that goes round in circles ends.
    let circle = go(
        "/go?to=/go?to=/go?to=/go?to=/go?to=/go?to=/go?to=/go?to=/go?to=/go?to=/go?to=/go?to=/x",
    );
    assert!(circle.starts_with("00 302\n"), "{circle}");
}

#[test]
fn responses_are_limited_in_number_and_size() {
    let outside = outside();
    let hosts = [format!("http://{outside}")];
    for (most, errno) in [(2, "13 "), (3, "00 ")] {
        let server = serve_with(&[], &entries(), settings(), |config| {
            allow(config, &hosts).http_max_concurrency(most)
        });
        let many = server.post("/many", format!("http://{outside}/")).body();
        assert!(many.starts_with(errno), "{many}");
    }

    let mut limits = Limits::default();
    limits.outbound_body = 999_999;
    let server = with_limits(&hosts, limits.clone());
    let raw = |server: &Server| {
        let url = format!("http://{outside}/large");
        let length = url.len();
        server.raw(format!(
            "POST /_start HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{url}"
        ))
    };
    let text = raw(&server).text();
    assert!(text.ends_with("11 200\n"), "{}", &text[text.len() - 100..]);
    limits.outbound_body = 1_000_000;
    let server = with_limits(&hosts, limits);
    assert!(raw(&server).text().ends_with("xxx"));
}

#[test]
fn failures_have_numbers() {
    // Bound and closed again: nobody listens.
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_address = silent.local_addr().unwrap();
    let garbage = TcpListener::bind("127.0.0.1:0").unwrap();
    let garbage_address = garbage.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in garbage.incoming() {
            stream.unwrap().write_all(b"SSH-2.0-x\r\n").unwrap();
        }
    });
    let hosts = [
        "http://127.0.0.1".to_string(),
        "http://nowhere.invalid".to_string(),
    ];
    let mut limits = Limits::default();
    limits.outbound_time = std::time::Duration::from_millis(200);
    let server = with_limits(&hosts, limits);
    for url in [
        format!("http://{closed}/"),
        format!("http://{silent_address}/"),
        format!("http://{garbage_address}/"),
        // TLS with one who does not speak it.
        format!("https://{garbage_address}/"),
        "http://nowhere.invalid/".to_string(),
    ] {
        assert_eq!(server.post("/_start", &url).body(), "11 000\n", "{url}");
    }
    assert_eq!(server.get("/wild", "").body(), "04 000\n01 000\n");
}

#[test]
fn components_send_requests_by_wasi_http() {
    const DENIED: &str = "error 015\n";
    const PROHIBITED: &str = "error 004\n";
    const REFUSED: &str = "error 006\n";
    let (allowed, other) = (outside(), outside());
    let ask = |server: &Server, host: &str| {
        let length = host.len();
        let head = format!("POST /component HTTP/1.0\r\nContent-Length: {length}\r\n\r\n");
        server.raw(head + host).body()
    };
    let hosts = [
        format!("http://{allowed}"),
        "http://127.0.0.1:1".to_string(),
    ];
    let server = with_hosts(&hosts);
    let body = ask(&server, &allowed.to_string());
    assert!(
        body.starts_with("status 200\nGET /component HTTP/1.1\r\n"),
        "{body}"
    );
    assert!(body.contains(&format!("host: {allowed}\r\n")), "{body}");
    assert_eq!(ask(&server, &other.to_string()), DENIED);
    assert_eq!(ask(&server, "example.com"), DENIED);
    assert_eq!(ask(&server, "127.0.0.1:1"), REFUSED);

    let server = with_hosts(&[]);
    assert_eq!(ask(&server, &allowed.to_string()), DENIED);

    let server = with_hosts(&["insecure:allow-all".to_string()]);
    assert_eq!(ask(&server, &allowed.to_string()), PROHIBITED);
    assert_eq!(
        ask(&server, &format!("localhost:{}", allowed.port())),
        PROHIBITED
    );

    let mut limits = Limits::default();
    limits.outbound_body = 10;
    let server = with_limits(&hosts, limits);
    let body = ask(&server, &allowed.to_string());
    assert_eq!(body, "status 200\nerror 999\n");
}
