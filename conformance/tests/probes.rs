//! Every probe, run for real: assembled, mounted on the embedded reference host, asked over HTTP.
//!
//! This tests the probes, not the host: what they answer where the server does as it should.

use std::time::Duration;

use wagi_conformance::probe::{Dump, digest};
use wagi_conformance::target::Target;
use wagi_conformance::wire::client::{Client, Outgoing};
use wagi_conformance::wire::message::Response;

struct Server {
    target: Target,
    client: Client,
}

impl Server {
    fn start() -> Server {
        let target = Target::embedded().expect("the reference host starts");
        let client = Client::new(target.address, Duration::from_secs(20));
        Server { target, client }
    }

    /// POSTs `body` to the mount, with `rest` behind its path.
    fn ask(&self, mount: &str, rest: &str, body: &[u8]) -> Response {
        let path = self.target.mount(mount).expect(mount).path;
        let head = format!(
            "POST {path}{rest} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n",
            self.target.authority,
            body.len()
        );
        let outgoing = Outgoing {
            head: head.into_bytes(),
            body: body.to_vec(),
            ..Outgoing::default()
        };
        self.client
            .once(&outgoing)
            .result
            .unwrap_or_else(|ended| panic!("{mount}{rest}: {ended:?}"))
    }

    fn text(&self, mount: &str, rest: &str) -> String {
        let response = self.ask(mount, rest, b"");
        assert_eq!(response.head.status, 200, "{mount}{rest}");
        String::from_utf8(response.body).expect("UTF-8")
    }

    fn dump(&self, mount: &str, rest: &str, body: &[u8]) -> Dump {
        Dump::parse(&self.ask(mount, rest, body).body).expect(mount)
    }
}

#[test]
fn env_dumps_what_it_was_given() {
    let server = Server::start();
    let body: Vec<u8> = (0..=255).cycle().take(1_000_003).collect();
    let dump = server.dump("env", "/a?x=1&y", &body);
    assert_eq!(
        (dump.stdin_length, dump.stdin_digest),
        (1_000_003, digest(&body))
    );
    assert_eq!(dump.stdin_error, None);
    assert_eq!(dump.values("QUERY_STRING").collect::<Vec<_>>(), [b"x=1&y"]);
    assert_eq!(
        dump.arguments,
        [b"/env".to_vec(), b"x=1".to_vec(), b"y".to_vec()]
    );
}

#[test]
fn the_other_probes_answer_as_they_say() {
    let server = Server::start();
    let output: Vec<u8> = [
        b"Content-Type: a/b\n\n".to_vec(),
        (0..=255).cycle().take(300_000).collect(),
    ]
    .concat();
    assert_eq!(
        server.ask("cat", "", &output).body,
        output[b"Content-Type: a/b\n\n".len()..]
    );
    assert_eq!(
        server.text("say", "?436f6e74656e742D547970653a20612f620A0a4869"),
        "Hi"
    );
    assert_eq!(server.text("exit", "?0&n"), "exit 0&n\n");
    assert_eq!(server.text("stderr", "?marker"), "wrote to stderr\n");
    assert_eq!(server.text("mute", "?n"), "mute n\n");
    let method = server.ask("method", "?n", b"");
    let value = |name| method.head.values(name).collect::<Vec<_>>();
    assert_eq!(
        (value("X-Query"), value("X-Method")),
        (vec![&b"n"[..]], vec![&b"POST"[..]])
    );
    assert_eq!(method.body, b"method\n");
    assert_eq!(server.text("hog", "?n"), "hog n\n");
    assert_eq!(server.text("reactor", "?n"), "initialized 1 n\n");
    for _ in 0..2 {
        assert_eq!(server.text("count", "?n"), "count 1 1 n\n");
    }
}

#[test]
fn failing_probes_fail() {
    let server = Server::start();
    let output = b"Content-Type: text/plain\n\nnot to be seen";
    for (mount, query) in [
        ("exit", "?3"),
        ("stderr", "?fail"),
        ("say", "?4f4"),
        ("trap", ""),
        ("hog", "?memory"),
        ("hog", "?recurse"),
    ] {
        assert!(
            server.ask(mount, query, output).head.status >= 500,
            "{mount}{query}"
        );
    }
}

#[test]
fn multi_declares_its_subroutes() {
    let server = Server::start();
    let entrypoint = |mount, rest| server.dump(mount, rest, b"").entrypoint.unwrap_or_default();
    assert_eq!(entrypoint("entrypoint", ""), "second");
    for (path, function) in [
        ("", "_start"),
        ("/none", "_start"),
        ("/plain", "second"),
        ("/blanks", "third"),
        ("/indented", "second"),
        ("/wild/a/b", "second"),
        ("/special/one", "third"),
        ("/special/two", "second"),
        ("/general/one", "second"),
        ("/command", "_start"),
        ("/crlf", "third"),
        ("/clean", "second"),
        ("/unclean", "_start"),
    ] {
        assert_eq!(entrypoint("declared", path), function, "{path}");
    }
}

#[test]
fn fs_reads_lists_and_writes() {
    let server = Server::start();
    assert_eq!(server.text("volume", "?preopens"), "ok\n/data\n");
    assert_eq!(
        server.text("volume", "?read=/data/known.txt"),
        "ok\nknown content\n"
    );
    assert_eq!(
        server.text("volume", "?read=/data/folder/inner.txt"),
        "ok\ninner content\n"
    );
    assert_eq!(server.text("volume", "?write=/data/new.txt"), "ok\n");
    assert_eq!(
        server.text("volume", "?read=/data/new.txt"),
        "ok\nwritten by the probe\n"
    );
    let listing = server.text("volume", "?list=/data");
    for name in ["known.txt", "folder", "new.txt"] {
        assert!(
            listing.lines().any(|line| line == name),
            "{name} in {listing}"
        );
    }
    assert_eq!(server.text("volume", "?read=/data/missing"), "error 44\n");
    assert_eq!(server.text("volume", "?nonsense"), "error 28\n");
}
