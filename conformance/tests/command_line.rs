//! The program as people start it: exit codes, what it prints, what it leaves behind.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wagi-conformance"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1");
    command
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let Output {
        status,
        stdout,
        stderr,
    } = program(folder, arguments).output().unwrap();
    Ran {
        code: status.code(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// Where no report is written.
fn say(arguments: &[&str]) -> Ran {
    run(Path::new("."), arguments)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

#[test]
fn a_closed_port_is_an_unusable_server() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://{}", closed_port());
    let started = Instant::now();
    let ran = run(folder.path(), &["run", "--url", &url, "--timeout", "30s"]);
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "within the timeout"
    );
    assert!(
        ran.out.contains(&format!("{url}/env does not answer: no")),
        "{}",
        ran.out
    );

    let report = json(&folder.path().join("conformance-report/report.json"));
    let unusable = report["unusable"].as_str().unwrap();
    assert!(
        unusable.starts_with(&format!("{url}/env does not answer")),
        "{unusable}"
    );
    assert_eq!(report["records"].as_array().unwrap().len(), 0);
    let html =
        std::fs::read_to_string(folder.path().join("conformance-report/report.html")).unwrap();
    assert!(html.contains("does not answer"));

    let preflight = say(&["preflight", "--url", &url]);
    assert_eq!(preflight.code, Some(3));
    assert!(
        preflight.err.contains("does not answer"),
        "{}",
        preflight.err
    );
}

#[test]
fn a_server_without_probes_is_told_how_to_get_them() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope");
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let ran = run(folder.path(), &["--url", &url, "--report", "json=r.json"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.out.contains("wagi-conformance setup DIR"),
        "{}",
        ran.out
    );
    let unusable = json(&folder.path().join("r.json"))["unusable"].clone();
    assert!(
        unusable
            .as_str()
            .unwrap()
            .contains("/env was answered with 404: nope"),
        "{unusable}"
    );
}

#[test]
fn a_wrong_command_line_is_2() {
    for (arguments, says) in [
        (
            &["run", "nothing.of.the.kind"][..],
            "the pattern `nothing.of.the.kind` matches no case",
        ),
        (
            &["--skip", "sttaus"],
            "the pattern `sttaus` matches no case",
        ),
        (&["run", "--profile", "cig"], "there are core, routing"),
        (&["run", "--timeout", "5h"], "`h` is no unit of time"),
        (&["run", "--report", "pdf=x"], "`pdf` is no form of report"),
        (&["run", "--server", "ngnix"], "unknown server `ngnix`"),
        (&["run", "--url", "localhost"], "no scheme"),
        (&["run", "-j", "0"], "0 is not in 1..=1024"),
        (
            &["explain", "status.alnoe"],
            "`status.alnoe` is neither a case nor a requirement",
        ),
        (&["explain", "alone"], "there are: status.alone"),
        (&["reproduce", "nobody"], "neither a case nor a requirement"),
        (&["--no-such-option"], "--no-such-option"),
    ] {
        let ran = say(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
}

#[test]
fn nothing_run_is_not_green() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(folder.path(), &["run", "routing", "--profile", "cgi"]);
    assert_eq!(ran.code, Some(4), "{}{}", ran.out, ran.err);
    let report = json(&folder.path().join("conformance-report/report.json"));
    for record in report["records"].as_array().unwrap() {
        assert_eq!(record["outcome"], "not-applicable", "{record}");
        assert_eq!(record["reason"], "not in a chosen profile", "{record}");
    }
}

#[test]
fn lists_are_for_people_and_programs() {
    let cases: Value = serde_json::from_str(&say(&["list", "--json"]).out).unwrap();
    let cases = cases.as_array().unwrap();
    let listed = say(&["list"]).out;
    for case in cases {
        assert!(listed.contains(case["id"].as_str().unwrap()), "{case}");
        assert!(
            !case["requirements"].as_array().unwrap().is_empty(),
            "{case}"
        );
    }
    let coverage: Value = serde_json::from_str(&say(&["coverage", "--json"]).out).unwrap();
    assert_eq!(coverage["cases"], cases.len());
    let count = |key: &str| coverage[key].as_u64().unwrap();
    let untested = coverage["untested"].as_array().unwrap();
    assert_eq!(
        count("requirements"),
        count("tested") + count("excluded") + untested.len() as u64
    );
    // The specification asks for a case or a reason, for each of them.
    assert_eq!(untested, &[] as &[Value]);
    assert!(say(&["coverage"]).out.contains("\nTotal "));
}

#[test]
fn requirements_and_cases_are_explained() {
    insta::assert_snapshot!(
        "explain_requirement",
        say(&["explain", "env.path-info.decoded-once"]).out
    );
    // Lines move whenever a case is added.
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\.toml:\d+", ".toml:LINE");
    let _guard = settings.bind_to_scope();
    insta::assert_snapshot!(
        "explain_case",
        say(&["explain", "security.oversized.many-fields"]).out
    );
    insta::assert_snapshot!("explain_excluded", say(&["explain", "env.https"]).out);
}

#[test]
fn what_a_case_sends_can_be_sent_by_hand() {
    let line = say(&[
        "reproduce",
        "env.path-info.decoded-once.letters",
        "--url",
        "http://127.0.0.1:1",
    ])
    .out;
    insta::assert_snapshot!("reproduce_curl", line);
    let raw = say(&["reproduce", "security.host.missing", "--raw"]).out;
    insta::assert_snapshot!("reproduce_raw", raw.replace('\r', "\\r"));
    let refused = say(&["reproduce", "security.host.missing", "--curl"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("curl cannot send"), "{}", refused.err);
}

#[test]
fn help_has_examples() {
    insta::assert_snapshot!("help", say(&["--help"]).out);
    assert!(say(&["run", "-h"]).out.contains("130 interrupted"));
}
