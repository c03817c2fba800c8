//! The worked examples of the specification and the rulings, a table for each rule.

use super::*;
use crate::model::Violation;
use crate::wire::message::{BodyFraming, Head, Response};

/// A response as the client reads it from these bytes: a status, field lines, a body.
fn response(text: &str) -> Response {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.parse().ok())
        .expect("a status");
    let field = |line: &str| {
        let (name, value) = line.split_once(':').expect("a colon");
        (name.as_bytes().to_vec(), value.trim().as_bytes().to_vec())
    };
    let head_lines: String = lines.clone().map(|line| format!("{line}\r\n")).collect();
    Response {
        interim: Vec::new(),
        head: Head {
            bare_lf: None,
            version: (1, 1),
            status,
            reason: Vec::new(),
            fields: lines.map(field).collect(),
        },
        body: body.as_bytes().to_vec(),
        framing: BodyFraming::Length,
        complete: true,
        raw: format!("HTTP/1.1 {status} X\r\n{head_lines}\r\n{body}").into_bytes(),
    }
}

fn judged(rules: Rules, output: &str, answer: &str) -> Vec<Violation> {
    expectation(output.as_bytes(), false, rules).judge(&response(answer))
}

/// Rows of output, answer, and the requirements that the answer violates.
fn table(rows: &[(&str, &str, &[&str])]) {
    for (output, answer, expected) in rows {
        let violations = judged(Rules::Wagi, output, answer);
        let found: Vec<&str> = violations.iter().map(|v| v.requirement).collect();
        assert_eq!(
            &found, expected,
            "{output:?} answered with {answer:?}: {violations:#?}"
        );
    }
}

#[test]
fn worked_examples_of_the_header_block() {
    const PLAIN: &str = "200\nContent-Type: text/plain\n\nhi";
    table(&[
        ("Content-Type: text/plain\n\nhi", PLAIN, &[]),
        (
            "Content-Type: text/plain\n\nhi",
            "200\nContent-Type: text/plain\n\nho",
            &["body.unchanged"],
        ),
        (
            "Content-Type: text/plain\n\nhi",
            "502",
            &["status.default-200"],
        ),
        ("content-type:text/plain\r\n\n\r\nhi", "200\n\n\r\nhi", &[]),
        (
            "content-type:text/plain\r\n\n\r\nhi",
            PLAIN,
            &["header-block.first-empty-line"],
        ),
        ("Status: 404\n\n", "404", &[]),
        ("X-A: b\n\nhi", "502", &[]),
        (
            "X-A: b\n\nhi",
            "200\nX-A: b\n\nhi",
            &["header-block.no-cgi-field"],
        ),
        ("hello", "500", &[]),
        ("hello", "200\n\nhello", &["header-block.incomplete"]),
        (
            "hello, you",
            "500\n\nhello, you",
            &["header-block.incomplete"],
        ),
        ("", "200", &["header-block.incomplete"]),
        (
            "Content-Type: text/plain\n",
            "200",
            &["header-block.incomplete"],
        ),
        ("hello\n\nhi", "200\n\nhi", &["header-block.incomplete"]),
        ("Content-Type: text/plain\noops\n\nhi", PLAIN, &[]),
        ("Content-Type: text/plain\noops\n\nhi", "500", &[]),
        (
            "Content-Type: text/plain\nContent-Length: 0\n\nhi",
            PLAIN,
            &[],
        ),
        (
            "Content-Type: text/plain\nContent-Length: 0\n\nhi",
            "500",
            &[],
        ),
        (
            "Content-Type: text/plain\nContent-Length: 0\n\nhi",
            "200",
            &["header-block.content-length"],
        ),
        (
            "Content-Type: text/plain\nContent-Length: 2\n\nhi",
            "500",
            &["status.default-200"],
        ),
        (
            "HTTP/1.1 404 Not Found\nContent-Type: text/plain\n\nhi",
            PLAIN,
            &[],
        ),
        (
            "HTTP/1.1 404 Not Found\nContent-Type: text/plain\n\nhi",
            "404\n\nhi",
            &["header-block.no-nph"],
        ),
        ("\nContent-Type: text/plain\n\nhi", PLAIN, &[]),
        ("\nContent-Type: text/plain\n\nhi", "500", &[]),
    ]);
}

#[test]
fn lines_that_are_no_fields() {
    const FOLDED: &str = "Content-Type: text/plain\nX-A: 1\n X-B: 2\n\nhi";
    const BLANK: &str = "Content-Type: text/plain\nX-A : 1\n\nhi";
    const ONLY_BLANK: &str = "Content-Type : text/plain\n\nhi";
    let continuation: &[&str] = &["header-block.continuation-line"];
    table(&[
        (FOLDED, "200\nX-A: 1\n\nhi", &[]),
        (FOLDED, "502", &[]),
        (FOLDED, "200\nX-A: 1\nX-B: 2\n\nhi", continuation),
        (FOLDED, "200\nX-A: 1 X-B: 2\n\nhi", continuation),
        (
            "Status: 200\n Location: http://e/\n\n",
            "200\nLocation: http://e/",
            continuation,
        ),
        (BLANK, "200\n\nhi", &[]),
        (BLANK, "200\nX-A: 1\n\nhi", &[]),
        (BLANK, "500", &[]),
        (ONLY_BLANK, "200\n\nhi", &[]),
        (ONLY_BLANK, "500", &[]),
        ("Status: 200\nStatus : 404\n\n", "404", &[]),
        (
            "Status: 200\nBad Name: x\n\n",
            "200\nName: x",
            &["header-block.malformed-line"],
        ),
        ("Status: 200\nX-A: a\rX-B: b\n\n", "200\nX-A: a b", &[]),
        ("Status: 200\nX-A: a\rX-B: b\n\n", "200", &[]),
        (
            "Status: 200\nX-A: a\rX-B: b\n\n",
            "200\nX-A: a\nX-B: b",
            &["header-block.controls"],
        ),
    ]);
}

#[test]
fn repeated_fields() {
    const COOKIES: &str = "Status: 200\nSet-Cookie: a=1, 2\nset-cookie: b=2\n\n";
    const LIST: &str = "Status: 200\nX-D: 1\nX-D: 2, 3\n\n";
    let cookie: &[&str] = &["header-block.set-cookie"];
    table(&[
        (COOKIES, "200\nSet-Cookie: a=1, 2\nSet-Cookie: b=2", &[]),
        (COOKIES, "200\nSet-Cookie: b=2", cookie),
        (COOKIES, "200\nSet-Cookie: b=2\nSet-Cookie: a=1, 2", cookie),
        (COOKIES, "200\nSet-Cookie: a=1, 2, b=2", cookie),
        (LIST, "200\nX-D: 1\nX-D: 2, 3", &[]),
        (LIST, "200\nX-D: 1,2,3", &[]),
        (LIST, "200\nX-D: 2, 3", &["header-block.repeated-kept"]),
        ("Status: 200\nX-D:\n\n", "200", &[]),
        ("Status: 200\nX-D:\n\n", "200\nX-D:", &[]),
        (
            "Status: 200\nX-D: a:b\n\n",
            "200\nX-D: a",
            &["header-block.first-colon"],
        ),
        (
            "Status: 200\nX-D: é\n\n",
            "200\nX-D: ?",
            &["header-block.value-bytes"],
        ),
        ("Status: 200\nX-CGI-D: 1\n\n", "200", &[]),
        (
            "Content-Type: a/a\nContent-Type: b/b\n\n",
            "200\nContent-Type: b/b",
            &[],
        ),
        ("Content-Type: a/a\nContent-Type: b/b\n\n", "500", &[]),
        (
            "Content-Type: a/a\nContent-Type: b/b\n\n",
            "200\nContent-Type: a/a\nContent-Type: b/b",
            &["header-block.cgi-field-once"],
        ),
        ("Status: 201\nStatus: 202\n\n", "202", &[]),
        ("Status: 201\nStatus: 202\n\n", "200", &["status.sets-code"]),
        (
            "Status: 201\nConnection: X-M\n\n",
            "201\nConnection: X-M",
            &["header-block.connection-level"],
        ),
        ("Status: 201\nConnection: X-M\n\n", "500", &[]),
    ]);
}

#[test]
fn worked_examples_of_status() {
    table(&[
        ("Status: 404 Not Found\n\n", "404", &[]),
        ("Content-Type: text/plain\nstatus:418\n\n", "418", &[]),
        ("Status: 299\n\n", "299", &[]),
        ("Status: 299\n\n", "200", &["status.sets-code"]),
        (
            "Status: 299\n\n",
            "299\nStatus: 299",
            &["header-block.status-not-forwarded"],
        ),
        ("Status: 20\n\n", "502", &[]),
        ("Status: 20\n\n", "200", &["status.malformed"]),
        ("Status: 200abc\n\n", "200", &["status.malformed"]),
        (
            "Status:\nContent-Type: a/b\n\n",
            "200",
            &["status.malformed"],
        ),
        ("Status: 103\n\n", "200", &["status.below-200"]),
        ("Status: 103\n\n", "500", &[]),
        ("Status: 700\n\n", "700", &[]),
        ("Status: 700\n\n", "502", &[]),
        ("Status: 700\n\n", "200", &["status.sets-code"]),
        ("Status: 204\n\nhi", "204", &[]),
        ("Status: 304\n\nhi", "304\n\nhi", &["status.bodiless"]),
        ("Status: 205\n\nhi", "205", &[]),
        (
            "Status: 404\n\nmine",
            "404\n\ntheirs",
            &["status.error-body-kept"],
        ),
        ("Status: 500\n\nmine", "500\n\nmine", &[]),
        (
            "Status: 500\n\nmine",
            "500\n\ntheirs",
            &["status.error-body-kept"],
        ),
    ]);
}

#[test]
fn redirects() {
    const BOTH: &str = "Location: https://e:1/?q#f\nStatus: 307\n\n";
    const DOCUMENT: &str = "Location: https://e/\nContent-Type: text/plain\n\nhi";
    table(&[
        (
            "Location: https://e:1/?q#f\n\n",
            "302\nLocation: https://e:1/?q#f",
            &[],
        ),
        (
            "Location: https://e:1/?q#f\n\n",
            "302\nLocation: https",
            &["location.absolute"],
        ),
        (
            "Location: https://e:1/?q#f\n\n",
            "200\nLocation: https://e:1/?q#f",
            &["location.absolute"],
        ),
        (BOTH, "307\nLocation: https://e:1/?q#f", &[]),
        (
            BOTH,
            "302\nLocation: https://e:1/?q#f",
            &["location.status-wins"],
        ),
        (
            "Status: 307\nLocation: https://e/\n\n",
            "307\nLocation: https://e/",
            &[],
        ),
        (
            "Status: 201\nLocation: https://e/\n\n",
            "201",
            &["location.status-not-3xx"],
        ),
        (DOCUMENT, "302\nLocation: https://e/\n\nhi", &[]),
        (
            DOCUMENT,
            "302\nLocation: https://e/",
            &["location.with-document"],
        ),
        ("Location: /env/x\n\n", "302\nLocation: /env/x", &[]),
        (
            "Location: /env/x\n\n",
            "200\n\nwagi-probe 1\nend\n",
            &["location.path-only.not-fetched"],
        ),
        (
            "Location: /env/x\nStatus: 303\n\n",
            "302\nLocation: /env/x",
            &["location.status-wins"],
        ),
        ("Location: next\n\n", "302\nLocation: next", &[]),
        ("Location: next\n\n", "500", &[]),
        ("Location:\nContent-Type: a/b\n\nhi", "200\n\nhi", &[]),
        ("Location:\n\nhi", "500", &[]),
    ]);
}

#[test]
fn what_a_plain_cgi_server_owes() {
    let rows: &[(&str, &str, bool)] = &[
        ("X-A: b\n\nhi", "200\nX-A: b\n\nhi", true),
        ("hello", "200\n\nhello", false),
        ("Status: 404\n\n", "500", true),
        ("Content-Type: a/b\nStatus: 404\n\nhi", "200\n\nhi", false),
        (
            "Location: http://e/\nStatus: 200\nContent-Type: a/b\n\nhi",
            "302\nLocation: http://e/",
            false,
        ),
        (
            "Location: http://e/\nContent-Type: a/b\n\nhi",
            "302\nLocation: http://e/\n\nmoved",
            true,
        ),
        ("Location: /x\n\n", "200\n\nfetched", true),
        (
            "Location: a:b\nLocation: c:d\n\n",
            "302\nLocation: a:b\nLocation: c:d",
            true,
        ),
        (
            "Content-Type: a/b\nConnection: X\n\n",
            "200\nConnection: X",
            true,
        ),
        (
            "Content-Type: a/b\nX-A: 1\n X-B: 2\n\n",
            "200\nX-A: 1 X-B: 2",
            false,
        ),
    ];
    for &(output, answer, conforms) in rows {
        let violations = judged(Rules::Cgi, output, answer);
        assert_eq!(
            violations.is_empty(),
            conforms,
            "{output:?} {answer:?}: {violations:#?}"
        );
    }
}

#[test]
fn an_answer_to_head_has_no_body() {
    let head = expectation(b"Content-Type: a/b\n\nhi", true, Rules::Wagi);
    assert_eq!(head.judge(&response("200\nContent-Length: 2")), []);
    let violations = head.judge(&response("200\n\nhi"));
    assert_eq!(violations[0].requirement, "body.head.discarded");
}
