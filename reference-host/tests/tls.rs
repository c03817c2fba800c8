//! Encrypted connections, over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use http::{Request, Version};
use http_body_util::Full;
use std::path::Path;
use std::time::{Duration, Instant};
use support::http::{ask, block_on, get, http1_once, http2_over, tls};
use support::{module, read_to_end, serve, settings};
use wagi_host::routes::RoutePattern;
use wagi_host::{Config, Host, Listener, Tls, TlsFiles};

/// A folder with `NAME.pem` and `NAME-key.pem`.
fn certificate(folder: &Path, name: &str, hosts: &[&str]) -> rcgen::Certificate {
    let hosts: Vec<String> = hosts.iter().map(|host| host.to_string()).collect();
    let parameters = rcgen::CertificateParams::new(hosts).unwrap();
    write(folder, name, parameters)
}

fn write(folder: &Path, name: &str, parameters: rcgen::CertificateParams) -> rcgen::Certificate {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    let file = |name: String, text: String| std::fs::write(folder.join(name), text).unwrap();
    file(format!("{name}-key.pem"), key.serialize_pem());
    file(format!("{name}.pem"), certificate.pem());
    certificate
}

fn files(folder: &Path, certificate: &str, key: &str) -> TlsFiles {
    TlsFiles {
        certificate: folder.join(certificate),
        key: folder.join(key),
    }
}

fn load(folder: &Path, names: &[&str]) -> Tls {
    let pair = |name: &&str| files(folder, &format!("{name}.pem"), &format!("{name}-key.pem"));
    Tls::load(names.iter().map(pair).collect()).unwrap()
}

const H1: &str = "http/1.1";
const H2: &str = "h2";

#[test]
fn what_a_module_learns_of_encryption() {
    let folder = tempfile::tempdir().unwrap();
    let own = certificate(folder.path(), "a", &["a.example"]);
    let trusted = [own.der().clone()];
    let server = serve(&["env"], "", settings().tls(load(folder.path(), &["a"])));
    let (h1, h2) = block_on(async {
        let stream = tls(server.address(), "a.example", &trusted, H1)
            .await
            .unwrap();
        let request = Request::get("/env/x?y").header("host", "a.example:8443");
        let h1 = http1_once(stream, request.body(Full::default()).unwrap()).await;
        let stream = tls(server.address(), "a.example", &trusted, H2)
            .await
            .unwrap();
        let mut client = http2_over(stream).await;
        (
            h1,
            ask(&mut client, get("https://a.example:8443/env/x?y")).await,
        )
    });
    let port = server.address().port().to_string();
    for (answer, version, protocol) in [
        (&h1, Version::HTTP_11, "HTTP/1.1"),
        (&h2, Version::HTTP_2, "HTTP/2.0"),
    ] {
        assert_eq!(answer.version, version);
        for (name, value) in [
            ("HTTPS", "on"),
            ("X_FULL_URL", "https://a.example:8443/env/x?y"),
            ("HTTP_HOST", "a.example:8443"),
            ("SERVER_NAME", "a.example"),
            ("SERVER_PORT", &port),
            ("SERVER_PROTOCOL", protocol),
        ] {
            assert_eq!(answer.variable(name).as_deref(), Some(value), "{name}");
        }
    }
}

#[test]
fn a_client_gets_the_certificate_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let first = certificate(folder.path(), "a", &["a.example"]);
    let second = certificate(folder.path(), "b", &["b.example", "*.b.example"]);
    let both = load(folder.path(), &["a", "b"]);
    let server = serve(&["mute"], "", settings().tls(both));
    let gets = |name: &str, certificate: &rcgen::Certificate| {
        let trusted = [certificate.der().clone()];
        block_on(tls(server.address(), name, &trusted, H1)).map(|_| ())
    };
    gets("a.example", &first).unwrap();
    gets("b.example", &second).unwrap();
    gets("x.b.example", &second).unwrap();
    gets("b.example", &first).unwrap_err();
    // Nobody has this name: the first certificate, which the client then refuses.
    let error = gets("c.example", &first).unwrap_err().to_string();
    assert!(error.contains("not valid for name"), "{error}");
}

#[test]
fn certificates_are_exchanged_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let old = certificate(folder.path(), "a", &["a.example"]);
    let server = serve(&["mute"], "", settings().tls(load(folder.path(), &["a"])));
    let is_served = |certificate: &rcgen::Certificate| {
        let trusted = [certificate.der().clone()];
        block_on(tls(server.address(), "a.example", &trusted, H1)).is_ok()
    };
    assert!(is_served(&old));
    // A file that is of no use changes nothing.
    let certificate_file = folder.path().join("a.pem");
    let old_text = std::fs::read_to_string(&certificate_file).unwrap();
    std::fs::write(&certificate_file, "nothing").unwrap();
    let error = server.running.reload_certificates().unwrap_err();
    assert!(error.to_string().contains("has no certificate"), "{error}");
    assert!(is_served(&old));
    std::fs::write(&certificate_file, old_text).unwrap();
    server.running.reload_certificates().unwrap();

    let new = certificate(folder.path(), "a", &["a.example"]);
    server.running.reload_certificates().unwrap();
    assert!(is_served(&new) && !is_served(&old));

    // Without being told: the server notices.
    let newest = certificate(folder.path(), "a", &["a.example"]);
    let asked = Instant::now();
    while !is_served(&newest) {
        assert!(asked.elapsed() < Duration::from_secs(30), "nobody noticed");
    }
}

#[test]
fn what_is_wrong_with_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let der = certificate(path, "a", &["a.example"]);
    certificate(path, "b", &["b.example"]);
    let mut parameters = rcgen::CertificateParams::new(["a".to_string()]).unwrap();
    parameters.not_before = rcgen::date_time_ymd(2019, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2020, 2, 29);
    write(path, "expired", parameters);
    std::fs::write(path.join("der"), der.der()).unwrap();
    let begin = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    let end = "-----END ENCRYPTED PRIVATE KEY-----";
    std::fs::write(
        path.join("encrypted.pem"),
        format!("{begin}\nAAAA\n{end}\n"),
    )
    .unwrap();
    let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
    std::fs::write(path.join("cut.pem"), cut).unwrap();
    std::fs::write(path.join("empty.pem"), "").unwrap();
    let pairs = [
        ("missing.pem", "a-key.pem"),
        ("a-key.pem", "a.pem"),
        ("a.pem", "a.pem"),
        ("a.pem", "b-key.pem"),
        ("expired.pem", "expired-key.pem"),
        ("a.pem", "encrypted.pem"),
        ("der", "a-key.pem"),
        ("a.pem", "der"),
        ("cut.pem", "a-key.pem"),
        ("empty.pem", "a-key.pem"),
        ("a.pem", "empty.pem"),
    ];
    let all = pairs.map(|(certificate, key)| files(path, certificate, key));
    let error = Tls::load(all.to_vec()).unwrap_err();
    assert_eq!(error.problems().len(), pairs.len());
    let text = error
        .to_string()
        .replace(&format!("{}/", path.display()), "");
    insta::assert_snapshot!(text);
}

#[test]
fn clients_that_do_not_shake_hands_are_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path(), "a", &["a.example"]);
    let mut limits = wagi_host::Limits::default();
    limits.instances = 2;
    limits.handshake_time = Duration::from_millis(200);
    let tls = load(folder.path(), &["a"]);
    let server = serve(&["mute"], "", settings().limits(limits).tls(tls));
    // Silence, and something that is no handshake.
    assert_eq!(read_to_end(server.connect()).bytes, b"");
    let answer = server.raw("GET /mute HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(!answer.text().contains("mute"), "{answer:?}");
}

#[test]
fn encrypted_and_plain_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let own = certificate(folder.path(), "a", &["a.example"]);
    let settings = settings().tls(load(folder.path(), &["a"]));
    let config = Config::single(module("env"), RoutePattern::parse("/...").unwrap());
    let host = Host::new(config, settings).unwrap();
    let listen = |address: &str| Listener::bind(&address.parse().unwrap(), 0o600).unwrap();
    let (plain, encrypted) = (listen("http://127.0.0.1:0"), listen("127.0.0.1:0"));
    let addresses = [&plain, &encrypted].map(|listener| listener.local_addr().unwrap());
    let running = host.serve_on(vec![plain, encrypted]).unwrap();
    assert_eq!(
        running.urls(),
        [
            format!("http://{}", addresses[0]),
            format!("https://{}", addresses[1])
        ]
    );
    block_on(async {
        let request = || {
            Request::get("/")
                .header("host", "a")
                .body(Full::default())
                .unwrap()
        };
        let stream = tokio::net::TcpStream::connect(addresses[0]).await.unwrap();
        assert_eq!(http1_once(stream, request()).await.variable("HTTPS"), None);
        let stream = tls(addresses[1], "a.example", &[own.der().clone()], H1).await;
        let answer = http1_once(stream.unwrap(), request()).await;
        assert_eq!(answer.variable("HTTPS").as_deref(), Some("on"));
    });
}
