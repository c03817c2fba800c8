//! Runs compared, servers side by side, cases of one's own: the program as people start it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::process::Command;

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_wagi-conformance"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn results() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    let files = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn the_results_that_are_kept_make_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let files = results();
    assert!(files.len() >= 3, "{files:?}");
    let mut arguments = vec!["matrix", "-o", "page"];
    arguments.extend(files.iter().map(|file| file.to_str().unwrap()));
    let ran = run(folder.path(), &arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("100 %  reference host"), "{}", ran.out);
    let page = std::fs::read_to_string(folder.path().join("page/index.html")).unwrap();
    let table = std::fs::read_to_string(folder.path().join("page/matrix.md")).unwrap();
    for server in ["lighttpd", "Apache httpd", "reference host"] {
        assert!(page.contains(server) && table.contains(server), "{server}");
    }
    let nothing = run(folder.path(), &["matrix", "nowhere.json", "-o", "page"]);
    assert_eq!(nothing.code, Some(4));
    assert!(
        nothing.err.contains("cannot read nowhere.json"),
        "{}",
        nothing.err
    );
    assert_eq!(run(folder.path(), &["matrix", "x.json"]).code, Some(2));
}

/// What is kept holds nothing that changes from run to run.
#[test]
fn the_results_that_are_kept_are_short_and_steady() {
    for file in results() {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.len() < 400_000,
            "{}: {} bytes",
            file.display(),
            text.len()
        );
        for word in ["127.0.0.1:", "\"with\"", "property."] {
            assert!(!text.contains(word), "{}: {word}", file.display());
        }
    }
}

#[test]
fn two_runs_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let pattern = ["run", "status.alone", "location.absolute"];
    for name in ["a", "b"] {
        let report = format!("json={name}.json");
        let ran = run(
            folder.path(),
            &[&pattern[..], &["--report", &report]].concat(),
        );
        assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    }
    let same = run(folder.path(), &["diff", "a.json", "b.json"]);
    assert_eq!(same.code, Some(0), "{}", same.err);
    assert!(
        same.out.ends_with("The same in every case\n"),
        "{}",
        same.out
    );

    let text = std::fs::read_to_string(folder.path().join("b.json")).unwrap();
    let worse = text.replacen("\"outcome\": \"pass\"", "\"outcome\": \"fail\"", 1);
    std::fs::write(folder.path().join("worse.json"), worse).unwrap();
    let worse = run(folder.path(), &["diff", "a.json", "worse.json"]);
    assert_eq!(worse.code, Some(1));
    assert!(
        worse.out.contains("Newly failing (1)") && worse.out.contains("Worse: 1 newly failing"),
        "{}",
        worse.out
    );
    let better = run(folder.path(), &["diff", "worse.json", "a.json", "--json"]);
    assert_eq!(better.code, Some(0));
    let json: serde_json::Value = serde_json::from_str(&better.out).unwrap();
    assert_eq!(json["worse"], false);
    assert_eq!(json["newly-passing"].as_array().unwrap().len(), 1);

    std::fs::write(folder.path().join("cut.json"), &text[..text.len() / 2]).unwrap();
    for (file, says) in [
        ("cut.json", "cut.json:"),
        ("nowhere.json", "cannot read nowhere.json"),
    ] {
        let ran = run(folder.path(), &["diff", "a.json", file]);
        assert_eq!(ran.code, Some(4), "{}", ran.err);
        assert!(ran.err.contains(says), "{}", ran.err);
    }
    assert_eq!(run(folder.path(), &["diff", "a.json"]).code, Some(2));
}

const OWN: &str = r#"area = "status"

[[case]]
id = "status.mine"
title = "My case"
requirements = ["status.alone"]
mount = "cat"
request.output = "Status: 299\nX-Nonce: {nonce}\n\n"
expect.status = 299
expect.fields.X-Nonce = "{nonce}"
"#;

#[test]
fn cases_of_ones_own_run_beside_the_others_or_alone() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("mine.toml"), OWN).unwrap();
    let alone = run(folder.path(), &["run", "--cases", "own", "--only-cases"]);
    assert_eq!(alone.code, Some(0), "{}{}", alone.out, alone.err);
    assert!(
        alone.out.contains("Conformant at level must in 1 case "),
        "{}",
        alone.out
    );
    let beside = run(
        folder.path(),
        &["run", "status.mine", "status.alone.error", "--cases", "own"],
    );
    assert!(
        beside.out.contains("in 2 cases "),
        "{}{}",
        beside.out,
        beside.err
    );
    assert!(
        run(folder.path(), &["list", "--cases", "own"])
            .out
            .contains("status.mine")
    );
    let explained = run(
        folder.path(),
        &["explain", "status.mine", "--cases", "own/mine.toml"],
    );
    assert!(
        explained.out.contains("case in own/mine.toml:4"),
        "{}",
        explained.out
    );

    for (from, to, says) in [
        (
            "\"cat\"",
            "\"dog\"",
            "own/mine.toml:7:10: status.mine: mounts.toml has no mount `dog`",
        ),
        (
            "status.alone",
            "status.x",
            "own/mine.toml:6:18: status.mine: the specification has no",
        ),
        (
            "expect.status",
            "expect.state",
            "own/mine.toml:9:8: unknown field `state`",
        ),
        ("= 299", "=", "own/mine.toml:9:"),
    ] {
        std::fs::write(own.join("mine.toml"), OWN.replacen(from, to, 1)).unwrap();
        let ran = run(folder.path(), &["run", "--cases", "own"]);
        assert_eq!(ran.code, Some(2), "{to}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(says), "{to}: {}", ran.err);
    }
    assert_eq!(run(folder.path(), &["run", "--only-cases"]).code, Some(2));
}

#[test]
fn property_tests_are_explained_and_what_they_draw_can_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let say = |arguments: &[&str]| run(folder.path(), arguments);
    insta::assert_snapshot!(
        "explain_property",
        say(&["explain", "property.outputs"]).out
    );
    let finding = say(&["explain", "property.outputs.header-block.set-cookie"]).out;
    assert!(
        finding.contains("header-block.set-cookie  MUST"),
        "{finding}"
    );
    let drawn = |number: &str| {
        let ran = say(&[
            "reproduce",
            "property.requests",
            "--seed",
            "1",
            "--case",
            number,
        ]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.out
    };
    assert_eq!(drawn("3"), drawn("3"));
    assert_ne!(drawn("3"), drawn("4"));
    let ran = say(&["reproduce", "property.requests"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("give --seed and --case"), "{}", ran.err);
}
