//! Reports for the tests of this module: every outcome, hostile bytes, long values.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::outcome::{
    CaseRecord, Coverage, ExchangeRecord, Level, Mismatch, Outcome, Report, Reproducer,
    RequirementRecord, TargetRecord,
};

/// What an attacker would write into a header field.
pub(crate) const HOSTILE: &str =
    "</script><script>alert(1)</script><!--'\"&]]>\u{2028}\u{202E}\u{1b}[31m\0";

const PAGES: &str = "https://wagi.example/specification/0.1.0";

/// Id, keyword, chapter's file, chapter's title, text.
const REQUIREMENTS: [(&str, &str, &str, &str, &str); 8] = [
    (
        "env.path-info.decoded-once",
        "MUST",
        "meta-variables",
        "Meta-variables",
        "Decoding happens **exactly once**: `%252F` in the request becomes `%2F` in `PATH_INFO`, and `+` stays `+`. See [raw path](meta-variables.md#env.raw-path-info).",
    ),
    (
        "env.server-port.received",
        "SHOULD",
        "meta-variables",
        "Meta-variables",
        "`SERVER_PORT` is the port on which the request was received, whatever `Host` says.",
    ),
    (
        "field.repeated.joined",
        "MUST",
        "request-fields",
        "Request fields",
        "Repeated fields become one value, joined by `, ` in the order of the request.",
    ),
    (
        "header-block.controls",
        "MUST NOT",
        "header-block",
        "Header block",
        "A control character in a value does not reach the client: the server\n\n- leaves out the field, or\n- answers with a status of class 5xx.",
    ),
    (
        "location.status-wins",
        "MUST",
        "location",
        "Location",
        "An explicit Status determines the status code of a response with Location, whichever of the two fields stands first. The same output gives the same status every time.",
    ),
    (
        "volume.no-escape",
        "MUST NOT",
        "volumes",
        "Volumes, environment and isolation",
        "A module does not reach files outside its volumes, neither by `..` nor by symbolic links.",
    ),
    (
        "failure.trap",
        "MUST",
        "failures",
        "Failures and limits",
        "A trap before the response is committed gives a status of class 5xx and nothing of the output.",
    ),
    (
        "security.trace",
        "MAY",
        "security",
        "Security",
        "The server answers TRACE itself or refuses it.",
    ),
];

fn requirements() -> BTreeMap<String, RequirementRecord> {
    let record = |&(id, keyword, page, chapter, text): &(&str, &str, &str, &str, &str)| {
        let link = match page {
            // Both forms of a link: a page on the web, a place in the repository.
            "security" | "location" => format!("spec/src/{page}.md#{id}"),
            _ => format!("{PAGES}/{page}.html#{id}"),
        };
        let (keyword, text, chapter) = (keyword.to_owned(), text.to_owned(), chapter.to_owned());
        (
            id.to_owned(),
            RequirementRecord {
                keyword,
                text,
                chapter,
                link,
            },
        )
    };
    REQUIREMENTS.iter().map(record).collect()
}

/// A case that passed.
pub(crate) fn case(id: &str, area: &str, requirement: &str) -> CaseRecord {
    CaseRecord {
        id: id.to_owned(),
        title: format!("The title of {id}"),
        area: area.to_owned(),
        place: Some(format!("cases/{area}.toml:{}", 10 + id.len())),
        requirements: vec![requirement.to_owned()],
        level: Level::Must,
        outcome: Outcome::Pass,
        reason: None,
        mismatch: None,
        reproducer: None,
        replay: None,
        drawn: None,
        duration: Duration::from_micros(1234),
        exchanges: vec![exchange(
            b"GET /env HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n",
        )],
    }
}

fn exchange(request: &[u8], response: &[u8]) -> ExchangeRecord {
    ExchangeRecord {
        request: request.to_vec(),
        response: response.to_vec(),
        ended: None,
    }
}

fn mismatch(subject: &str, expected: &str, actual: &str) -> Option<Mismatch> {
    let (subject, expected, actual) = (subject.to_owned(), expected.to_owned(), actual.to_owned());
    Some(Mismatch {
        subject,
        expected,
        actual,
    })
}

/// A run without records.
pub(crate) fn empty() -> Report {
    Report {
        format: 1,
        suite: "0.1.0".to_owned(),
        specification: "0.1.0".to_owned(),
        target: TargetRecord {
            name: "reference host".to_owned(),
            software: Some("wagi/0.1.0".to_owned()),
            url: "http://127.0.0.1:3000/".to_owned(),
            profiles: Vec::new(),
        },
        seed: 18_446_744_073_709_551_615,
        level: Level::Must,
        started: 1_790_000_000,
        duration: Duration::from_millis(4211),
        interrupted: false,
        unusable: None,
        stale: Vec::new(),
        coverage: Coverage {
            requirements: 172,
            tested: 161,
            excluded: 11,
        },
        requirements: requirements(),
        records: Vec::new(),
    }
}

/// A run in which everything passed: so many cases over all areas.
pub(crate) fn green(cases: usize) -> Report {
    let mut report = empty();
    let each = cases.div_ceil(REQUIREMENTS.len()).max(1);
    report.records = (0..cases)
        .map(|i| {
            let (id, _, area, _, _) = REQUIREMENTS[i / each];
            case(&format!("{id}.case-{i}"), area, id)
        })
        .collect();
    report
}

/// A run with every outcome, hostile bytes and long values.
pub(crate) fn every_outcome() -> Report {
    let mut report = empty();
    report.target.software = Some(format!("evil/1 {HOSTILE}"));
    report.target.profiles = vec!["core".to_owned(), "routing".to_owned()];
    report.records = vec![
        case("env.path-info.decoded-once.plain", "meta-variables", "env.path-info.decoded-once"),
        CaseRecord {
            title: "A doubly escaped slash is decoded once".to_owned(),
            outcome: Outcome::Fail,
            mismatch: mismatch("variable PATH_INFO", "/a%2Fb", "/a/b"),
            reproducer: Some(Reproducer::Curl(
                "curl -i -m 10 --path-as-is 'http://127.0.0.1:3000/env/a%252Fb'".to_owned(),
            )),
            replay: Some("wagi-conformance replay failures/env.path-info.decoded-once.percent.toml".to_owned()),
            ..case("env.path-info.decoded-once.percent", "meta-variables", "env.path-info.decoded-once")
        },
        CaseRecord {
            level: Level::Should,
            outcome: Outcome::Warn,
            mismatch: mismatch("variable SERVER_PORT", "3000", "81"),
            ..case("env.server-port.received.host-81", "meta-variables", "env.server-port.received")
        },
        CaseRecord {
            outcome: Outcome::ExpectedFail,
            reason: Some("known: issue 12".to_owned()),
            mismatch: mismatch("variable HTTP_X_D", "one, two", "two"),
            ..case("field.repeated.joined.two", "request-fields", "field.repeated.joined")
        },
        CaseRecord {
            title: format!("Hostile bytes in a field value {HOSTILE}"),
            outcome: Outcome::Fail,
            requirements: vec!["header-block.controls".to_owned(), "failure.trap".to_owned()],
            mismatch: mismatch(
                "field X-A",
                &format!("{}caf\\xE9\\r\\n{}", "a".repeat(300), "z".repeat(200)),
                &format!("{}caf\\xE8\\r\\n{HOSTILE}", "a".repeat(300)),
            ),
            reproducer: Some(Reproducer::Socket(
                r"printf 'POST /cat HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\nX-A: \x1b\0' | nc 127.0.0.1 3000".to_owned(),
            )),
            exchanges: vec![
                exchange(b"POST /cat HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\nX-A: \x1b[31m\0\n", HOSTILE.as_bytes()),
                ExchangeRecord {
                    ended: Some("timeout after 5 s".to_owned()),
                    ..exchange(b"GET /\xE9 HTTP/1.1\r\n\r\n", b"")
                },
            ],
            ..case("header-block.controls.escape", "header-block", "header-block.controls")
        },
        CaseRecord {
            outcome: Outcome::UnexpectedPass,
            reason: Some("the baseline says it fails: Location and Status 200".to_owned()),
            ..case("location.status-wins.before", "location", "location.status-wins")
        },
        CaseRecord {
            title: "Ein Fall mit Umlauten: Größe, 日本語, naïve".to_owned(),
            mismatch: mismatch("body", "日本語のテスト", "日本语のテスト"),
            outcome: Outcome::Fail,
            ..case("location.status-wins.unicode", "location", "location.status-wins")
        },
        CaseRecord {
            outcome: Outcome::NotApplicable,
            reason: Some("the server has no volumes".to_owned()),
            exchanges: Vec::new(),
            ..case("volume.no-escape.dots", "volumes", "volume.no-escape")
        },
        CaseRecord {
            outcome: Outcome::SetupFailed,
            reason: Some("its twin failure.trap.accepted did not pass".to_owned()),
            ..case("failure.trap.early", "failures", "failure.trap")
        },
        CaseRecord {
            outcome: Outcome::HarnessError,
            reason: Some("the probe `trap` could not be assembled: unexpected token, line 3".to_owned()),
            exchanges: Vec::new(),
            ..case("failure.trap.late", "failures", "failure.trap")
        },
        CaseRecord {
            level: Level::May,
            reason: Some("observed: refused with 405".to_owned()),
            ..case("security.trace.observed", "security", "security.trace")
        },
    ];
    report
}

/// A run with the failures that servers have, and nothing wrong with the suite.
pub(crate) fn failing() -> Report {
    let mut report = green(240);
    report.target.software = Some("lighttpd/1.4.69".to_owned());
    report
        .records
        .extend(every_outcome().records.into_iter().filter(|record| {
            matches!(
                record.outcome,
                Outcome::Fail | Outcome::Warn | Outcome::NotApplicable
            )
        }));
    report
}

/// A run that was stopped.
pub(crate) fn interrupted() -> Report {
    Report {
        interrupted: true,
        ..green(3)
    }
}

/// A run against a closed port.
pub(crate) fn unusable() -> Report {
    Report {
        unusable: Some("cannot connect to 127.0.0.1:3000: connection refused".to_owned()),
        duration: Duration::from_millis(12),
        ..empty()
    }
}
