use super::*;
use crate::outcome::ExchangeRecord;
use crate::wire::parse::{Incoming, Interruption, Source, Stop};

/// A peer that has sent everything and closed.
struct Closed;

impl Source for Closed {
    fn fill(&mut self, _: &mut Vec<u8>) -> Result<usize, Interruption> {
        Ok(0)
    }
}

fn context() -> Context {
    Context {
        mount: "/env".to_owned(),
        pattern: "/env/...".to_owned(),
        nonce: "n0nce".to_owned(),
        host: "h:1".to_owned(),
    }
}

fn received(bytes: &[u8]) -> Exchanged {
    let mut buffer = bytes.to_vec();
    let result = Incoming::new(Closed, &mut buffer)
        .response(false, |_| {})
        .map_err(|stop| match stop {
            Stop::Closed => Ended::Closed,
            Stop::BrokenOff(response) => Ended::BrokenOff(response),
            Stop::Malformed(what) => Ended::Malformed(what),
            Stop::Interrupted(_) => Ended::Interrupted,
        });
    let record = ExchangeRecord {
        request: Vec::new(),
        response: bytes.to_vec(),
        ended: None,
    };
    Exchanged { record, result }
}

/// Holds `HTTP/1.1 STATUS`, fields and body against the answers, and shows the mismatch.
fn checked(answers: &str, bytes: &[u8]) -> Result<Option<String>, String> {
    #[derive(serde::Deserialize)]
    struct Document {
        expect: Answers,
    }
    let document: Document = toml::from_str(&format!("expect = {answers}")).unwrap();
    super::check(&document.expect, &received(bytes), &context())
        .map(|matched| matched.label)
        .map_err(|miss| {
            format!(
                "{}: expected {}; got {}",
                miss.subject, miss.expected, miss.actual
            )
        })
}

fn response(head: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn dumped(variables: &[(&str, &str)], arguments: &[&str], stdin: &str) -> Vec<u8> {
    let dump = Dump {
        variables: variables
            .iter()
            .map(|(n, v)| ((*n).to_owned(), v.as_bytes().to_vec()))
            .collect(),
        arguments: arguments.iter().map(|a| a.as_bytes().to_vec()).collect(),
        stdin_length: stdin.len() as u64,
        stdin_digest: digest(stdin.as_bytes()),
        ..Dump::default()
    };
    response("200 OK", &String::from_utf8(dump.render()).unwrap())
}

#[test]
fn status_and_connection() {
    let ok = response("200 OK", "n0nce");
    assert_eq!(checked("{ status = 200 }", &ok), Ok(None));
    assert_eq!(checked("{ status = [404, '2xx'] }", &ok), Ok(None));
    let miss = |answers| checked(answers, &ok).unwrap_err();
    assert_eq!(
        miss("{ status = ['4xx', 501] }"),
        "status: expected 4xx or 501; got 200 OK"
    );
    assert_eq!(
        miss("{ closed = true }"),
        "connection: expected the connection closed without a response; got a complete response with status 200 OK"
    );
    assert!(miss("{ broken-off = true }").contains("visibly broken off; got a complete response"));
    assert_eq!(checked("{ closed = true }", b""), Ok(None));
    assert_eq!(
        checked(
            "{ broken-off = true, nowhere = ['x'] }",
            &ok[..ok.len() - 1]
        ),
        Ok(None)
    );
    assert_eq!(
        checked("{ status = 200 }", &ok[..ok.len() - 1]).unwrap_err(),
        "connection: expected a response with status 200; got connection closed inside the body, after status 200 OK and 4 bytes of the body"
    );
    assert_eq!(
        checked(
            "{ status = 200 }",
            b"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n"
        )
        .unwrap_err(),
        "response: expected a response with status 200; got invalid HTTP: the folded field line ` folded`"
    );
}

#[test]
fn whether_the_module_ran() {
    let ok = response("200 OK", "a n0nce b");
    assert_eq!(checked("{ ran = true }", &ok), Ok(None));
    assert_eq!(
        checked("{ ran = false }", &ok).unwrap_err(),
        "module: expected no sign that the module ran; got the word `n0nce`, which the module returned"
    );
    assert_eq!(
        checked("{ ran = true }", &response("200 OK", "ok")).unwrap_err(),
        "module: expected the word `n0nce`, which shows that the module ran; got status 200 OK, ok"
    );
    // A field shows it only where there can be no body.
    assert!(checked("{ ran = true }", &response("200 OK\r\nA: n0nce", "ok")).is_err());
    assert_eq!(
        checked(
            "{ ran = true }",
            b"HTTP/1.1 204 No Content\r\nA: n0nce\r\n\r\n"
        ),
        Ok(None)
    );
}

#[test]
fn fields() {
    let answer = response(
        "200 OK\r\nSet-Cookie: a\r\nset-cookie: b, c\r\nLocation: caf\u{e9}",
        "",
    );
    let fits = |fields: &str| checked(&format!("{{ fields = {{ {fields} }} }}"), &answer).map(drop);
    assert_eq!(
        fits("Set-Cookie = ['a', 'b, c'], Location = 'café', X-None = { absent = true }"),
        Ok(())
    );
    assert_eq!(
        fits("Set-Cookie = { list = ['a', 'b', 'c'] }, X-None = []"),
        Ok(())
    );
    assert_eq!(
        fits("LOCATION = { at-most-once = ['café', ''] }, X-None = { at-most-once = [] }"),
        Ok(())
    );
    assert_eq!(fits("Location = { matches = 'caf.' }"), Ok(()));
    let miss = |fields: &str| fits(fields).unwrap_err();
    assert_eq!(
        miss("Set-Cookie = 'a'"),
        "field Set-Cookie: expected one field `a`; got `a`, `b, c`"
    );
    assert_eq!(
        miss("Set-Cookie = ['b, c', 'a']"),
        "field Set-Cookie: expected `b, c`, `a`; got `a`, `b, c`"
    );
    assert_eq!(
        miss("Set-Cookie = { list = ['a', 'b'] }"),
        "field Set-Cookie: expected `a`, `b`, on one line or several; got `a`, `b, c`"
    );
    assert_eq!(
        miss("Set-Cookie = { at-most-once = [] }"),
        "field Set-Cookie: expected at most one field; got `a`, `b, c`"
    );
    assert_eq!(
        miss("Location = ['caf', 'é']"),
        "field Location: expected `caf`, `é`; got `café`"
    );
    assert_eq!(
        miss("Location = ['caf', 0xE9]"),
        "field Location: expected caf\\xE9; got café"
    );
    assert_eq!(
        miss("Location = { absent = true }"),
        "field Location: expected no such field; got `café`"
    );
    assert_eq!(
        miss("Location = { matches = 'caf' }"),
        "field Location: expected one field of the form `caf`; got `café`"
    );
    assert_eq!(
        miss("X-None = 'a'"),
        "field X-None: expected one field `a`; got no such field"
    );
}

#[test]
fn bodies() {
    let answer = response("200 OK", "abc n0nce");
    assert_eq!(
        checked("{ body = 'abc {nonce}', nowhere = ['xyz'] }", &answer),
        Ok(None)
    );
    assert_eq!(checked("{ body = { contains = 'bc' } }", &answer), Ok(None));
    assert_eq!(
        checked("{ body = 'abd' }", &answer).unwrap_err(),
        "body: expected abd; got abc n0nce"
    );
    assert!(checked("{ body = { contains = 'bd' } }", &answer).is_err());
    assert!(
        checked("{ nowhere = ['c {nonce}'] }", &answer)
            .unwrap_err()
            .contains("expected nowhere `c n0nce`; got …")
    );
    assert!(
        checked("{ nowhere = ['Content-'] }", &answer).is_err(),
        "the header section counts"
    );
}

#[test]
fn variables() {
    let answer = dumped(
        &[
            ("PATH_INFO", "/a\n"),
            ("EMPTY", ""),
            ("X_FULL_URL", "http://h:1/env"),
        ],
        &[],
        "",
    );
    let fits = |keys: &str| checked(&format!("{{ {keys} }}"), &answer).map(drop);
    assert_eq!(
        fits(
            r#"variables = { PATH_INFO = "/a\n", EMPTY = { absent = true, or = [''] }, NONE = { absent = true } }"#
        ),
        Ok(())
    );
    assert_eq!(
        fits("variables = { EMPTY = { one-of = ['x', ''] }, PATH_INFO = { matches = '(?s)/a.' } }"),
        Ok(())
    );
    assert_eq!(
        fits(
            "variables = { X_FULL_URL = { url = 'http://{host}{mount}' }, EMPTY = { set = true } }"
        ),
        Ok(())
    );
    let miss = |keys: &str| fits(keys).unwrap_err();
    assert_eq!(
        miss("variables = { PATH_INFO = '/b' }"),
        "variable PATH_INFO: expected `/b`; got `/a\\n`"
    );
    assert_eq!(
        miss("variables = { NONE = '' }"),
        "variable NONE: expected ``; got not set"
    );
    assert_eq!(
        miss("variables = { NONE = { set = true } }"),
        "variable NONE: expected set, to anything; got not set"
    );
    assert_eq!(
        miss("variables = { EMPTY = { absent = true } }"),
        "variable EMPTY: expected not set; got ``"
    );
    assert_eq!(
        miss("variables = { PATH_INFO = { matches = '/a' } }"),
        "variable PATH_INFO: expected a value of the form `/a`; got `/a\\n`"
    );
    assert_eq!(fits("no-variable = '^HTTP_'"), Ok(()));
    assert_eq!(
        fits("no-variable = '_INFO$', variables = { PATH_INFO = { set = true } }"),
        Ok(())
    );
    assert_eq!(
        miss("no-variable = 'INFO'"),
        "variables: expected no further name that matches `INFO`; got `PATH_INFO=/a\\n`"
    );
    assert_eq!(
        checked("{ variables = { A = 'b' } }", &response("200 OK", "ok"))
            .unwrap_err()
            .split(" (")
            .next(),
        Some("body: expected what the env probe was given; got ok")
    );
}

#[test]
fn a_variable_given_twice_never_conforms() {
    let answer = dumped(&[("A", "1"), ("A", "1"), ("b", ""), ("B", "")], &[], "");
    assert_eq!(
        checked("{ variables = { A = '1' } }", &answer).unwrap_err(),
        "variable A: expected one value; got `1`, then `1`"
    );
    assert_eq!(
        checked("{ unique-variables = true }", &answer).unwrap_err(),
        "variables: expected names that differ by more than letter case; got `A` and `A`"
    );
    assert_eq!(
        checked(
            "{ unique-variables = true }",
            &dumped(&[("A", ""), ("B", "")], &[], "")
        ),
        Ok(None)
    );
}

#[test]
fn arguments_and_standard_input() {
    let answer = dumped(&[], &["/env", "a+b"], "body");
    assert_eq!(
        checked(
            "{ arguments = ['{mount}', { matches = 'a.b' }], stdin = 'body' }",
            &answer
        ),
        Ok(None)
    );
    assert_eq!(
        checked("{ arguments = ['/env'] }", &answer).unwrap_err(),
        "arguments: expected 1 in number; got 2: `/env` `a+b`"
    );
    assert_eq!(
        checked("{ arguments = ['/env', 'a b'] }", &answer).unwrap_err(),
        "argument 1: expected `a b`; got `a+b`"
    );
    assert!(
        checked("{ stdin = 'bodY' }", &answer)
            .unwrap_err()
            .starts_with("standard input: expected 4 bytes with")
    );
}

#[test]
fn any_of_reports_the_closest() {
    let answers = "[{ label = 'refused', status = '4xx', ran = false }, { label = 'decoded', status = 200, body = 'a/b' }]";
    assert_eq!(
        checked(answers, &response("200 OK", "a/b")),
        Ok(Some("decoded".to_owned()))
    );
    assert_eq!(
        checked(answers, &response("400 Bad Request", "no")),
        Ok(Some("refused".to_owned()))
    );
    assert_eq!(
        checked(answers, &response("200 OK", "a%2Fb")).unwrap_err(),
        "body: expected a/b (also conforming: a response with status 4xx (refused)); got a%2Fb"
    );
    assert_eq!(
        checked(answers, &response("500 Oops", "")).unwrap_err(),
        "status: expected 4xx, or 200; got 500 Oops"
    );
}
