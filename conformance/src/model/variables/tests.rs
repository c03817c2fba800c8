//! The worked examples of the specification, a table for each rule.

use crate::model::Rules;
use crate::model::delivery::{Delivery, Seen, delivery};
use crate::model::request::{MountModel, RequestModel};
use crate::probe::{Dump, digest};

/// The request of the worked example in the chapter on meta-variables.
fn worked() -> RequestModel {
    RequestModel {
        method: "POST".into(),
        path: b"/app/caf%C3%A9/a%2Bb".to_vec(),
        query: Some(b"q=1&tag=x%20y".to_vec()),
        minor_version: 1,
        fields: [
            ("Host", " shop.example:8080"),
            ("User-Agent", " probe/1"),
            ("Accept", " text/html"),
            ("Accept", " text/plain"),
            ("Cookie", " a=1"),
            ("Content-Type", " application/json; charset=utf-8"),
            ("Content-Length", " 8"),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .to_vec(),
        body: Some(b"{\"n\": 1}".to_vec()),
        chunked: false,
        mount: MountModel {
            path: "/app".into(),
            pattern: "/app/...".into(),
        },
        peer: Some([198, 51, 100, 7].into()),
        scheme: "http",
    }
}

/// The environment that the chapter shows for it.
const ENVIRONMENT: &str = "AUTH_TYPE=
CONTENT_LENGTH=8
CONTENT_TYPE=application/json; charset=utf-8
GATEWAY_INTERFACE=CGI/1.1
HTTP_ACCEPT=text/html, text/plain
HTTP_COOKIE=a=1
HTTP_HOST=shop.example:8080
HTTP_USER_AGENT=probe/1
PATH_INFO=/café/a+b
PATH_TRANSLATED=/café/a+b
QUERY_STRING=q=1&tag=x%20y
REMOTE_ADDR=198.51.100.7
REMOTE_HOST=198.51.100.7
REMOTE_USER=
REQUEST_METHOD=POST
SCRIPT_NAME=/app
SERVER_NAME=shop.example
SERVER_PORT=8080
SERVER_PROTOCOL=HTTP/1.1
SERVER_SOFTWARE=wagi/0.1.0
X_FULL_URL=http://shop.example:8080/app/caf%C3%A9/a%2Bb?q=1&tag=x%20y
X_MATCHED_ROUTE=/app/...
X_RAW_PATH_INFO=/caf%C3%A9/a%2Bb";

fn dump() -> Dump {
    let variables = ENVIRONMENT.lines().map(|line| {
        let (name, value) = line.split_once('=').expect("a variable");
        (name.to_owned(), value.as_bytes().to_vec())
    });
    Dump {
        variables: variables.collect(),
        arguments: ["/app", "q=1", "tag=x%20y"]
            .map(|argument| argument.into())
            .to_vec(),
        stdin_length: 8,
        stdin_digest: digest(b"{\"n\": 1}"),
        ..Dump::default()
    }
}

fn violated(delivery: &Delivery, dump: &Dump) -> Vec<&'static str> {
    delivery
        .judge(Seen::Ran(dump))
        .iter()
        .map(|violation| violation.requirement)
        .collect()
}

#[test]
fn the_worked_example_conforms() {
    for rules in [Rules::Wagi, Rules::Cgi] {
        assert_eq!(violated(&delivery(&worked(), rules), &dump()), [""; 0]);
    }
}

#[test]
fn every_variable_of_the_worked_example_matters() {
    // Where both forms, or any value, conform.
    const FREE: [&str; 3] = ["AUTH_TYPE", "REMOTE_USER", "REMOTE_HOST"];
    let delivery = delivery(&worked(), Rules::Wagi);
    for index in 0..dump().variables.len() {
        let mut without = dump();
        let (name, _) = without.variables.remove(index);
        let free = FREE.contains(&name.as_str());
        assert_eq!(
            violated(&delivery, &without).is_empty(),
            free,
            "{name} absent"
        );
        let mut other = dump();
        other.variables[index].1 = b"\xFF".to_vec();
        assert!(!violated(&delivery, &other).is_empty(), "{name} wrong");
        let mut twice = dump();
        twice.variables.push((name.to_lowercase(), Vec::new()));
        assert!(
            violated(&delivery, &twice).contains(&"env.names.unique-upper-case"),
            "{name} twice"
        );
    }
    let mut cut = dump();
    cut.stdin_length = 7;
    assert_eq!(violated(&delivery, &cut), ["stdin.bytes-unchanged"]);
    let refused = delivery.judge(Seen::Answered(400));
    assert_eq!(refused[0].requirement, "env.delivered-as-environment");
}

/// What the model says of one variable for the worked request with something changed.
fn rule(name: &str, change: impl Fn(&mut RequestModel)) -> String {
    let mut request = worked();
    change(&mut request);
    let delivery = delivery(&request, Rules::Wagi);
    let rule = delivery.variables.iter().rfind(|rule| rule.name == name);
    rule.map_or_else(|| "nothing".to_owned(), |rule| rule.value.describe())
}

#[test]
fn paths() {
    let table = [
        ("/app", "\"\"", "unset or \"\""),
        ("/app/", "\"/\"", "\"/\""),
        ("/app//a//", "\"//a//\"", "\"//a//\""),
        ("/app/%252F+", "\"/%2F+\"", "\"/%2F+\""),
        ("/app/a%2Fb", "\"/a/b\"", "\"/a/b\""),
        ("/app/%zz", "anything", "anything"),
        (
            "/app/a/../b",
            "\"/a/../b\" or \"/b\"",
            "\"/a/../b\" or \"/b\"",
        ),
        ("/app/%2e/b", "\"/./b\" or \"/b\"", "\"/./b\" or \"/b\""),
        ("/app/../b", "anything", "anything"),
        ("/app/a%2F..%2Fb", "anything", "anything"),
    ];
    for (path, info, translated) in table {
        let path_is = |request: &mut RequestModel| request.path = path.into();
        assert_eq!(rule("PATH_INFO", path_is), info, "{path}");
        assert_eq!(rule("PATH_TRANSLATED", path_is), translated, "{path}");
    }
}

#[test]
fn refusals() {
    let refusals = |path: &str, method: &str| {
        let request = RequestModel {
            path: path.into(),
            method: method.into(),
            ..worked()
        };
        let delivery = delivery(&request, Rules::Wagi);
        let allowed = [301, 400, 404, 405, 413, 500, 501]
            .into_iter()
            .filter(|&status| delivery.judge(Seen::Answered(status)).is_empty());
        (
            delivery.judge(Seen::Ran(&dump())).is_empty(),
            allowed.collect::<Vec<u16>>(),
        )
    };
    let client_error = vec![400, 404, 405, 413];
    assert_eq!(refusals("/app/caf%C3%A9/a%2Bb", "POST"), (true, vec![]));
    assert_eq!(
        refusals("/app/a%00b", "POST"),
        (false, client_error.clone())
    );
    assert_eq!(refusals("/app/a%2Fb", "POST").1, client_error);
    assert_eq!(refusals("/app/%FF", "POST").1, client_error);
    assert_eq!(refusals("/app/%zz", "POST").1, client_error);
    assert_eq!(refusals("/app/./b", "POST").1, [301, 400, 404, 405, 413]);
    assert_eq!(refusals("/app/a", "FOO").1, [400, 404, 405, 413, 501]);
}

#[test]
fn request_fields() {
    type Row = (
        &'static [(&'static str, &'static str)],
        &'static str,
        &'static str,
    );
    let table: &[Row] = &[
        (
            &[("X-Trace", " a, \"b,  c\" ")],
            "HTTP_X_TRACE",
            "\"a, \\\"b,  c\\\"\"",
        ),
        (&[("X-T", "a"), ("x-t", "b")], "HTTP_X_T", "\"a, b\""),
        (&[("Cookie", "b=2")], "HTTP_COOKIE", "\"a=1; b=2\""),
        (&[("X-T", "a"), ("X_T", "evil")], "HTTP_X_T", "\"a\""),
        (&[("X_T", "evil")], "HTTP_X_T", "unset"),
        (&[("X.T", "evil")], "HTTP_X_T", "unset"),
        (&[("Proxy", "http://evil/")], "HTTP_PROXY", "unset"),
        (
            &[("Authorization", "B x")],
            "HTTP_AUTHORIZATION",
            "unset or \"B x\"",
        ),
        (
            &[("Connection", "X-Hop"), ("X-Hop", "1")],
            "HTTP_X_HOP",
            "unset or \"1\"",
        ),
        (
            &[("X-Matched-Route", "/admin")],
            "HTTP_X_MATCHED_ROUTE",
            "\"/admin\"",
        ),
        (
            &[("X-Matched-Route", "/admin")],
            "X_MATCHED_ROUTE",
            "\"/app/...\"",
        ),
        (
            &[("Content_Type", "evil")],
            "CONTENT_TYPE",
            "\"application/json; charset=utf-8\"",
        ),
        (&[("X-Name", "Käthe")], "HTTP_X_NAME", "\"Käthe\""),
        (&[("X-Empty", " ")], "HTTP_X_EMPTY", "unset or \"\""),
    ];
    for (fields, name, expected) in table {
        let add = |request: &mut RequestModel| {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
            request.fields.extend(fields);
        };
        assert_eq!(
            &rule(name, add),
            &expected.replace("\\\"", "\""),
            "{fields:?}"
        );
    }
}

#[test]
fn a_value_that_is_not_utf8_is_transcoded_or_omitted() {
    let latin =
        |request: &mut RequestModel| request.fields.push((b"X-L".to_vec(), b"caf\xE9".to_vec()));
    assert_eq!(rule("HTTP_X_L", latin), "unset or \"café\"");
    let both = |request: &mut RequestModel| {
        latin(request);
        request.fields.push((b"X-L".to_vec(), "ü".into()));
    };
    assert_eq!(
        rule("HTTP_X_L", both),
        "unset or \"café, ü\" or \"café, Ã¼\" or \"ü\""
    );
}

#[test]
fn a_field_that_overrides_a_variable_is_told_from_a_wrong_one() {
    let mut request = worked();
    request
        .fields
        .push((b"X-Matched-Route".to_vec(), b"/admin".to_vec()));
    request
        .fields
        .push((b"Content_Type".to_vec(), b"evil".to_vec()));
    let judged = |name: &str, value: &str| {
        let mut dump = dump();
        dump.variables
            .push(("HTTP_X_MATCHED_ROUTE".into(), b"/admin".to_vec()));
        let variable = dump
            .variables
            .iter_mut()
            .find(|(n, _)| n == name)
            .expect("a variable");
        variable.1 = value.into();
        violated(&delivery(&request, Rules::Wagi), &dump)
    };
    assert_eq!(
        judged("X_MATCHED_ROUTE", "/admin"),
        ["field.never-overrides"]
    );
    assert_eq!(judged("X_MATCHED_ROUTE", "/other"), ["env.matched-route"]);
    assert_eq!(
        judged("CONTENT_TYPE", "evil"),
        ["env.content.not-from-lookalikes"]
    );
}

#[test]
fn arguments() {
    let table: &[(&str, &[&str], &[&str])] = &[
        ("", &["/app"], &[]),
        ("", &["/app", ""], &["arg.no-query"]),
        ("", &["app.wasm"], &["arg.zero"]),
        ("hello", &["/app", "hello"], &[]),
        ("hello", &["/app/x", "hello"], &[]),
        ("hello", &["/app"], &["arg.query-split"]),
        ("q=a+b%26c", &["/app", "q=a+b%26c"], &[]),
        ("q=a+b%26c", &["/app", "q=a b&c"], &["arg.not-decoded"]),
        ("a&&b", &["/app", "a", "b"], &[]),
        ("a&&b", &["/app", "a", "", "b"], &[]),
        ("a&&b", &["/app", "b", "a"], &["arg.query-split"]),
        ("$(id)", &["/app", "$(id)"], &[]),
        ("$(id)", &["/app", "\\$(id)"], &["arg.no-shell-escaping"]),
        ("a", &[], &["arg.zero", "arg.query-split"]),
    ];
    for (query, arguments, expected) in table {
        let request = RequestModel {
            query: Some(query.as_bytes().to_vec()),
            path: b"/app/x".to_vec(),
            ..worked()
        };
        let arguments: Vec<Vec<u8>> = arguments
            .iter()
            .map(|argument| argument.as_bytes().to_vec())
            .collect();
        let judged = delivery(&request, Rules::Wagi)
            .arguments
            .expect("WAGI has arguments")
            .judge(&arguments);
        let found: Vec<&str> = judged
            .iter()
            .map(|violation| violation.requirement)
            .collect();
        assert_eq!(&found, expected, "{query:?} {arguments:?}");
    }
}
