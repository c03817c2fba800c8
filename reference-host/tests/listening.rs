//! Where clients come from, and how long they are waited for.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};
use support::{Answer, Server, module, read_to_end, serve, settings};
use wagi_host::gateway::ForwardedFields;
use wagi_host::routes::RoutePattern;
use wagi_host::{Config, Host, Limits, Listener, Running, Settings};

const GET: &str = "GET /env?x HTTP/1.1\r\nHost: a:81\r\nConnection: close\r\n";

/// The module `env` on all paths and on all of these addresses.
fn serve_on(addresses: &[&str], settings: Settings) -> Running {
    let config = Config::single(module("env"), RoutePattern::parse("/...").unwrap());
    let host = Host::new(config, settings).unwrap();
    let bind = |address: &&str| Listener::bind(&address.parse().unwrap(), 0o600).unwrap();
    host.serve_on(addresses.iter().map(bind).collect()).unwrap()
}

fn over_unix(path: &std::path::Path, request: &str) -> Answer {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    Answer {
        bytes,
        was_reset: false,
    }
}

#[test]
fn several_listeners_and_a_socket_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let unix = format!("unix:{}", path.display());
    let running = serve_on(&["127.0.0.1:0", "[::1]:0", &unix], settings());
    let urls = running.urls().to_vec();
    assert!(urls[0].starts_with("http://127.0.0.1:") && urls[1].starts_with("http://[::1]:"));
    assert_eq!(urls[2], unix);
    for url in &urls[..2] {
        let address = url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "{GET}\r\n").unwrap();
        let answer = read_to_end(stream);
        let port = address.rsplit_once(':').unwrap().1.to_string();
        assert_eq!(answer.variable("SERVER_PORT"), Some(port));
    }
    let answer = over_unix(&path, &format!("{GET}\r\n"));
    // A socket file has neither: what the client named is the best there is.
    assert_eq!(answer.variable("SERVER_PORT").as_deref(), Some("81"));
    assert_eq!(answer.variable("REMOTE_ADDR").as_deref(), Some("127.0.0.1"));
    let answer = over_unix(&path, "GET / HTTP/1.0\r\n\r\n");
    assert_eq!(answer.variable("SERVER_PORT").as_deref(), Some("80"));
    running.shutdown();
    assert!(!path.exists(), "the socket file is left behind");
}

fn forwarded(server: &Server, fields: &str) -> Answer {
    server.raw(format!("{GET}{fields}\r\n"))
}

#[test]
fn fields_of_a_proxy_count_from_trusted_peers_only() {
    let fields = "X-Forwarded-For: 6.6.6.6, 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\
                  X-Forwarded-Host: shop.example\r\nForwarded: for=198.51.100.1;proto=https;host=b\r\n";
    let trusting = |network: &str| settings().trusted_proxy(network.parse().unwrap());
    let standard = trusting("127.0.0.0/8").proxy_fields(ForwardedFields::Forwarded);
    for (settings, remote, https, name, url) in [
        (settings(), "127.0.0.1", None, "a", "http://a:81/env?x"),
        (
            trusting("10.0.0.0/8"),
            "127.0.0.1",
            None,
            "a",
            "http://a:81/env?x",
        ),
        (
            trusting("127.0.0.0/8"),
            "192.0.2.7",
            Some("on"),
            "shop.example",
            "https://shop.example/env?x",
        ),
        (standard, "198.51.100.1", Some("on"), "b", "https://b/env?x"),
    ] {
        let server = serve(&["env"], "", settings);
        let answer = forwarded(&server, fields);
        let port = server.address().port().to_string();
        for (variable, value) in [
            ("REMOTE_ADDR", Some(remote)),
            ("REMOTE_HOST", Some(remote)),
            ("HTTPS", https),
            ("SERVER_NAME", Some(name)),
            ("SERVER_PORT", Some(port.as_str())),
            ("X_FULL_URL", Some(url)),
            ("HTTP_X_FORWARDED_FOR", Some("6.6.6.6, 192.0.2.7")),
        ] {
            assert_eq!(answer.variable(variable).as_deref(), value, "{variable}");
        }
    }
    let server = serve(&["env"], "", trusting("127.0.0.1"));
    assert_eq!(
        forwarded(&server, "X-Forwarded-Host: a b\r\n").status(),
        400
    );
    assert_eq!(
        forwarded(&server, "X-Forwarded-Host: a-b\r\n").status(),
        200
    );
}

#[test]
fn proxy_headers() {
    let settings = settings()
        .trusted_proxy("127.0.0.1".parse().unwrap())
        .proxy_protocol();
    let server = serve(&["env"], "", settings);
    let rest = format!("{GET}X-Forwarded-For: 6.6.6.6\r\n\r\n");
    let version2 = [
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".as_slice(),
        &[192, 0, 2, 7, 10, 0, 0, 1, 0, 1, 0x20, 0xfb],
        rest.as_bytes(),
    ];
    let local = [
        b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0".as_slice(),
        GET.as_bytes(),
        b"\r\n",
    ];
    let port = server.address().port().to_string();
    for (bytes, remote, port) in [
        (
            format!("PROXY TCP4 192.0.2.7 10.0.0.1 1 8443\r\n{rest}").into_bytes(),
            "192.0.2.7",
            "8443",
        ),
        (version2.concat(), "192.0.2.7", "8443"),
        (local.concat(), "127.0.0.1", port.as_str()),
    ] {
        let answer = server.raw(&bytes);
        assert_eq!(answer.variable("REMOTE_ADDR").as_deref(), Some(remote));
        assert_eq!(answer.variable("SERVER_PORT").as_deref(), Some(port));
        // Byte by byte, the header is the same.
        let mut stream = server.connect();
        for byte in bytes {
            stream.write_all(&[byte]).unwrap();
        }
        assert_eq!(
            read_to_end(stream).variable("REMOTE_ADDR").as_deref(),
            Some(remote)
        );
    }
    // Without a header nobody is served, and neither is whoever is no trusted proxy.
    assert_eq!(server.raw(format!("{GET}\r\n")).bytes, b"");
    let strangers = support::settings()
        .trusted_proxy("192.0.2.1".parse().unwrap())
        .proxy_protocol();
    let server = serve(&["env"], "", strangers);
    let line = "PROXY TCP4 192.0.2.7 10.0.0.1 1 80\r\n";
    assert_eq!(server.raw(format!("{line}{GET}\r\n")).bytes, b"");
}

fn impatient() -> Limits {
    let mut limits = Limits::default();
    limits.instances = 2;
    limits.header_time = Duration::from_millis(400);
    limits.idle_time = Duration::from_millis(400);
    limits.send_time = Duration::from_millis(400);
    limits.body_time = Duration::from_millis(400);
    limits.wall_time = Duration::from_secs(300);
    limits.queue_time = Duration::from_secs(30);
    limits
}

#[test]
fn clients_that_send_slowly_are_ended() {
    let server = serve(&["env"], "", settings().limits(impatient()));
    // Nothing, a part of a head, nothing behind a response, garbage without an end.
    for start in [
        "",
        "GET / HT",
        "GET /env HTTP/1.1\r\nHost: a\r\nX",
        "GET /env HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /env HTTP/1.1\r\nContent-Length: x\r\nX-A",
    ] {
        let mut stream = server.connect();
        stream.write_all(start.as_bytes()).unwrap();
        let begun = Instant::now();
        read_to_end(stream);
        assert!(begun.elapsed() < Duration::from_secs(20), "{start:?}");
    }
    // A byte now and then is not enough: the time is that of the whole head.
    let mut stream = server.connect();
    let begun = Instant::now();
    while stream.write_all(b"G").is_ok() {
        std::thread::sleep(Duration::from_millis(50));
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let server = serve(&["cat"], "", settings().limits(impatient()));
    for head in [
        "POST /cat HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab",
        "POST /cat HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    ] {
        let mut stream = server.connect();
        stream.write_all(head.as_bytes()).unwrap();
        assert_eq!(read_to_end(stream).status(), 408, "{head}");
    }
}

#[test]
fn clients_that_do_not_read_are_ended() {
    let server = serve(&["endless", "env"], "", settings().limits(impatient()));
    let mut slow = Vec::new();
    for _ in 0..2 {
        let mut stream = server.connect();
        stream
            .write_all(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
            .unwrap();
        stream.read_exact(&mut [0; 8]).unwrap();
        slow.push(stream);
    }
    // Both instances were busy with them.
    assert_eq!(server.get("/env", "").status(), 200);
}

#[test]
fn one_client_does_not_get_all_connections() {
    let mut limits = Limits::default();
    limits.instances = 2;
    limits.connections_per_peer = 3;
    let server = serve(&["env"], "", settings().limits(limits.clone()));
    let kept: Vec<TcpStream> = (0..3).map(|_| server.connect()).collect();
    for mut stream in &kept {
        stream
            .write_all(b"GET /env HTTP/1.1\r\nHost: a\r\n\r\n")
            .unwrap();
        stream.read_exact(&mut [0; 8]).unwrap();
    }
    assert_eq!(read_to_end(server.connect()).bytes, b"");
    drop(kept);
    let begun = Instant::now();
    while server.get("/env", "").bytes.is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
    // A proxy speaks for many.
    let trusting = settings()
        .limits(limits)
        .trusted_proxy("127.0.0.1".parse().unwrap());
    let server = serve(&["env"], "", trusting);
    let _kept: Vec<TcpStream> = (0..10).map(|_| server.connect()).collect();
    assert_eq!(server.get("/env", "").status(), 200);
}
