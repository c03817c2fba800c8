use super::*;
use std::process::Command;

fn address() -> SocketAddr {
    "127.0.0.1:8080".parse().unwrap()
}

fn outgoing(head: &str, body: &[u8]) -> Outgoing {
    Outgoing {
        head: head.as_bytes().to_vec(),
        body: body.to_vec(),
        ..Outgoing::default()
    }
}

fn line(head: &str, body: &[u8]) -> String {
    match of(&[outgoing(head, body)], address(), "some.case") {
        Reproducer::Curl(line) | Reproducer::Socket(line) => line,
    }
}

/// What a command of the shell writes to standard output.
fn shell(script: &str) -> Vec<u8> {
    Command::new("sh")
        .arg("-c")
        .arg(script)
        .output()
        .unwrap()
        .stdout
}

#[test]
fn curl_where_it_can() {
    insta::assert_snapshot!(
        line("GET /env/a%2Fb?x HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nX-A: it's\r\nX-A: \r\n\r\n", b""),
        @r#"curl -i -m 10 --path-as-is -H 'X-A: it'\''s' -H 'X-A;' -H User-Agent: -H Accept: 'http://127.0.0.1:8080/env/a%2Fb?x'"#
    );
    insta::assert_snapshot!(
        line("POST /cat HTTP/1.1\r\nHost: other\r\nContent-Length: 17\r\n\r\n", b"Status: 204\n\n\xE9%\\'"),
        @r#"printf 'Status: 204\n\n\351%%\\\047' | curl -i -m 10 --path-as-is -H 'Host: other' -H User-Agent: -H Accept: -H Content-Type: --data-binary @- http://127.0.0.1:8080/cat"#
    );
    insta::assert_snapshot!(
        line("OPTIONS * HTTP/1.0\r\nHost: 127.0.0.1:8080\r\n\r\n", b""),
        @"curl -i -m 10 --path-as-is --http1.0 -X OPTIONS --request-target '*' -H User-Agent: -H Accept: http://127.0.0.1:8080/"
    );
    insta::assert_snapshot!(
        line("HEAD /say?00 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: a\r\n\r\n", b""),
        @"curl -i -m 10 --path-as-is --head -H 'Accept: a' -H User-Agent: 'http://127.0.0.1:8080/say?00'"
    );
    assert!(
        line(
            "DELETE /env HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: 2\r\n\r\n",
            b"ab"
        )
        .contains("-X DELETE")
    );
}

#[test]
fn a_socket_where_curl_cannot() {
    insta::assert_snapshot!(
        line("GET /env HTTP/1.1\r\n\r\n", b""),
        @r"printf 'GET /env HTTP/1.1\r\n\r\n' | nc -w 5 127.0.0.1 8080"
    );
    for head in [
        "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a HTTP/1.1\nHost: h\n\n",
        "GET /a HTTP/1.1\r\nX: y\r\nHost: h\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\nX : y\r\n\r\n",
    ] {
        assert!(line(head, b"").starts_with("printf '"), "{head:?}");
    }
    let both = [
        outgoing("GET / HTTP/1.1\r\n\r\n", b""),
        outgoing("GET /2 HTTP/1.1\r\n\r\n", b""),
    ];
    let Reproducer::Socket(line) = of(&both, address(), "some.case") else {
        panic!("two requests on one connection are nothing for curl");
    };
    assert!(line.contains(r"\r\n\r\nGET /2"), "{line}");
}

#[test]
fn a_long_request_is_piped() {
    assert_eq!(
        line(
            "POST /cat HTTP/1.1\r\nHost: h\r\nContent-Length: 9999\r\n\r\n",
            &[b'x'; 9999]
        ),
        "wagi-conformance reproduce some.case --raw --url http://127.0.0.1:8080 | nc -w 5 127.0.0.1 8080"
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn a_shell_prints_the_very_bytes(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let script = format!("printf {}", printf_format(&bytes));
        proptest::prop_assert_eq!(shell(&script), bytes);
    }

    #[test]
    fn a_shell_takes_a_quoted_word_for_one(text in "[ -~é\n]{0,40}") {
        let script = format!("printf %s {}", quoted(&text));
        proptest::prop_assert_eq!(shell(&script), text.as_bytes());
    }
}
