use super::*;
use crate::observe::{Bounds, Caller, RequestId, Trace};
use http::Request;
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;

const URL: &str = "http://127.0.0.1:3000";

fn trace(request: http::request::Builder, body: &[u8], port: Option<u16>) -> Trace {
    let trace = Trace::new(RequestId::first(), Bounds::NONE);
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let remote = IpAddr::V4(Ipv4Addr::LOCALHOST);
    trace.asked(&parts, Caller { remote, port });
    trace.received(body);
    trace
}

fn curl(request: http::request::Builder, body: &[u8]) -> Curl {
    let urls = ["unix:/run/a b".to_string(), URL.to_string()];
    let trace = trace(request, body, Some(3000));
    trace.look(|notes| Curl::of(notes, &urls)).unwrap()
}

fn line(request: http::request::Builder, body: &[u8]) -> String {
    curl(request, body).line
}

/// As curl itself asks.
fn ask(method: &str, target: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(target)
        .header("host", "127.0.0.1:3000")
        .header("user-agent", "curl/8")
        .header("accept", "*/*")
}

#[test]
fn lines() {
    let get = || ask("GET", "/a");
    for (request, body, expected) in [
        (get(), "", "curl -i http://127.0.0.1:3000/a"),
        (ask("HEAD", "/"), "", "curl -i -I http://127.0.0.1:3000/"),
        (
            ask("DELETE", "/"),
            "",
            "curl -i -X DELETE http://127.0.0.1:3000/",
        ),
        (
            ask("GET", "/a?b[]=c&d='"),
            "",
            r"curl -i -g 'http://127.0.0.1:3000/a?b[]=c&d='\'''",
        ),
        (
            ask("GET", "/a/%2E./b"),
            "",
            "curl -i --path-as-is 'http://127.0.0.1:3000/a/%2E./b'",
        ),
        (
            get().header("x-a", "it's").header("x-empty", ""),
            "",
            r"curl -i http://127.0.0.1:3000/a -H 'x-a: it'\''s' -H 'x-empty;'",
        ),
        (
            ask("POST", "/")
                .header("content-type", "a/b")
                .header("content-length", "4"),
            "@a\nb",
            "curl -i http://127.0.0.1:3000/ -H 'content-type: a/b' --data-raw '@a\nb'",
        ),
        (
            ask("PUT", "/"),
            "\u{1b}%\\'",
            r"printf '\033%%\\\047' | curl -i -X PUT http://127.0.0.1:3000/ -H content-type: --data-binary @-",
        ),
    ] {
        let curl = curl(request, body.as_bytes());
        assert_eq!((&*curl.line, curl.note), (expected, None));
    }
    let bare = Request::get("/").version(Version::HTTP_10);
    assert_eq!(
        line(bare, b""),
        "curl -i --http1.0 http://127.0.0.1:3000/ -H accept: -H user-agent:"
    );
    let other = ask("GET", "/").header("host", "shop.example.com");
    assert!(line(other, b"").ends_with("-H 'host: shop.example.com'"));
}

#[test]
fn the_listener_that_was_asked() {
    let urls = ["http://127.0.0.1:1".to_string(), "unix:/s".to_string()];
    let over = |port| {
        let trace = trace(ask("GET", "/"), b"", port);
        trace.look(|notes| Curl::of(notes, &urls).line).unwrap()
    };
    assert!(over(Some(1)).starts_with("curl -i http://127.0.0.1:1/"));
    assert!(over(None).starts_with("curl -i --unix-socket /s http://localhost/"));
}

#[test]
fn what_is_missing_is_said() {
    let request = ask("POST", "/").header("content-length", "9");
    let note = curl(request, b"abc").note;
    assert_eq!(
        note.as_deref(),
        Some("only 3 of 9 bytes of the body were kept")
    );
}

/// What a shell makes of a line: the arguments of curl, and its standard input.
fn run(line: &str) -> (Vec<String>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "curl() {{ printf '%s\\0' \"$@\" >arguments; case \"$*\" in *@-) cat >body;; esac; }}\n{line}\n"
    );
    let status = Command::new("sh")
        .args(["-euc", &script])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    let arguments = std::fs::read(folder.path().join("arguments")).unwrap();
    let arguments = arguments.split(|&byte| byte == 0);
    let arguments = arguments.map(|word| String::from_utf8_lossy(word).into_owned());
    let body = std::fs::read(folder.path().join("body")).unwrap_or_default();
    (arguments.collect(), body)
}

#[test]
fn a_body_that_begins_like_an_option() {
    let (_, piped) = run(&line(ask("POST", "/"), b"-\x7f-"));
    assert_eq!(piped, b"-\x7f-");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Nothing that a client sends leaves its quotes.
    #[test]
    fn a_shell_reads_what_was_sent(
        query in "[!$-;=?-Z_a-z~|`]{0,20}",
        value in "[ -~]{0,20}",
        body in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let value = value.trim();
        let target = format!("/?{query}");
        prop_assume!(target.parse::<http::Uri>().is_ok());
        let (arguments, piped) = run(&line(ask("POST", &target).header("x-a", value), &body));
        prop_assert!(arguments.contains(&format!("{URL}{target}")), "{arguments:?}");
        let field = if value.is_empty() { "x-a;".to_string() } else { format!("x-a: {value}") };
        prop_assert!(arguments.contains(&field), "{arguments:?}");
        match arguments.iter().position(|word| word == "--data-raw") {
            Some(at) => prop_assert_eq!(arguments[at + 1].as_bytes(), &body[..]),
            None => prop_assert_eq!(piped, body),
        }
    }
}
