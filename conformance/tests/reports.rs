//! The reports of whole runs: where they go, what stays, and what an interrupted run leaves.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// All forms that go to files, and the files.
const FILES: [(&str, &str); 7] = [
    ("json", "r.json"),
    ("junit", "r.xml"),
    ("html", "r.html"),
    ("md", "r.md"),
    ("tap", "r.tap"),
    ("badge", "badge.svg"),
    ("badge", "badge.json"),
];

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wagi-conformance"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env_remove("GITHUB_STEP_SUMMARY");
    command
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A run of one case, with these reports.
fn one_case(folder: &Path, reports: &str) -> Ran {
    let arguments = ["run", "status.alone.error", "--report", reports];
    Ran::of(program(folder, &arguments).output().unwrap())
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&text(path)).unwrap()
}

/// `json=r.json,junit=r.xml,…`
fn all_files() -> String {
    let items: Vec<_> = FILES
        .iter()
        .map(|(kind, file)| format!("{kind}={file}"))
        .collect();
    items.join(",")
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn every_form_in_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let ran = one_case(folder.path(), &format!("{},github", all_files()));
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let mut files = FILES.map(|(_, file)| file);
    files.sort_unstable();
    assert_eq!(names(folder.path()), files);
    let read = |file: &str| text(&folder.path().join(file));
    assert!(read("r.tap").contains("\nok 1 - status.alone.error\n"));
    assert!(read("r.md").starts_with("## ✅ "));
    assert!(read("badge.svg").starts_with("<svg "));
    assert_eq!(
        json(&folder.path().join("badge.json"))["message"],
        "conformant (1 case)"
    );
    let place = json(&folder.path().join("r.json"))["records"][0]["place"].clone();
    assert!(
        place.as_str().unwrap().starts_with("cases/status.toml:"),
        "{place}"
    );
    // Words between the stop and its end, commands behind them.
    let lines: Vec<_> = ran.out.lines().collect();
    let word = lines[0].strip_prefix("::stop-commands::").unwrap();
    let end = lines
        .iter()
        .position(|line| *line == format!("::{word}::"))
        .unwrap();
    assert!(
        lines[1..end]
            .iter()
            .any(|line| line.starts_with("Conformant "))
    );
    assert_eq!(lines.len(), end + 2, "{}", ran.out);
    assert!(lines[end + 1].starts_with("::notice title=WAGI conformance%3A Conformant::"));
}

#[test]
fn a_report_on_standard_output_stands_there_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (reports, start) in [
        ("json=-", "{\n"),
        ("md=-", "## "),
        ("tap=-", "TAP version 14\n"),
    ] {
        let ran = one_case(folder.path(), reports);
        assert_eq!(ran.code, Some(0), "{reports}: {}", ran.err);
        assert!(ran.out.starts_with(start), "{reports}: {}", ran.out);
        assert!(!ran.out.contains("exit 0"), "{reports}: {}", ran.out);
        assert!(
            ran.err.contains("Conformant at level must"),
            "{reports}: {}",
            ran.err
        );
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn two_reports_never_go_to_one_place() {
    let folder = tempfile::tempdir().unwrap();
    for (reports, says) in [
        ("json=r,html=./r", "`json` and `html` would both go to ./r"),
        (
            "json=-,md=-",
            "`json` and `md` would both go to standard output",
        ),
        ("badge=b.png", "ends in `.svg`"),
        ("github=x", "`github` takes no file"),
        ("tap", "`tap` needs a file: `tap=report.tap`"),
    ] {
        let ran = one_case(folder.path(), reports);
        assert_eq!(ran.code, Some(2), "{reports}: {}", ran.err);
        assert!(ran.err.contains(says), "{reports}: {}", ran.err);
        assert_eq!(ran.out, "", "nothing ran");
    }
    assert!(names(folder.path()).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_of_each_form() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.path().join("b.svg")).unwrap();
    for report in ["md=/dev/full", "badge=b.svg"] {
        let ran = one_case(folder.path(), report);
        assert_eq!(ran.code, Some(4), "{report}: {}", ran.err);
        let file = report.split_once('=').unwrap().1;
        assert!(
            ran.err
                .contains(&format!("cannot write {file}: No space left")),
            "{report}: {}",
            ran.err
        );
    }
    let full = || {
        std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    for reports in ["md=-", "github"] {
        let arguments = ["run", "status.alone.error", "--report", reports];
        let output = program(folder.path(), &arguments)
            .stdout(full())
            .output()
            .unwrap();
        let ran = Ran::of(output);
        assert_eq!(ran.code, Some(4), "{}", ran.err);
        assert!(ran.err.contains("No space left"), "{}", ran.err);
    }
}

#[test]
fn an_older_report_is_never_damaged() {
    let folder = tempfile::tempdir().unwrap();
    // A folder that cannot be made, beside files that can.
    std::fs::write(folder.path().join("file"), "old").unwrap();
    let ran = one_case(folder.path(), &all_files().replace('=', "=file/"));
    assert_eq!(ran.code, Some(4), "{}", ran.err);
    for (_, name) in FILES {
        let says = format!("cannot write file/{name}: ");
        assert!(ran.err.contains(&says), "{name}: {}", ran.err);
    }
    assert_eq!(text(&folder.path().join("file")), "old");
    assert_eq!(names(folder.path()), ["file"]);
}

#[cfg(unix)]
#[test]
fn a_server_that_is_kept_answers_until_it_is_told_to_stop() {
    use std::io::{BufRead as _, BufReader};
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "run",
        "status.alone.error",
        "--keep",
        "--report",
        "json=r.json",
    ];
    let mut child = program(folder.path(), &arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    while !said.contains("stays at") {
        assert_ne!(err.read_line(&mut said).unwrap(), 0, "{said}");
    }
    let url = json(&folder.path().join("r.json"))["target"]["url"].clone();
    let authority = url.as_str().unwrap().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    write!(stream, "GET /env HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.") && answer.contains("wagi-probe 1\n"),
        "{answer}"
    );
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    assert_eq!(
        child.wait().unwrap().code(),
        Some(0),
        "the verdict of the run"
    );
}

#[test]
fn the_summary_of_a_job_is_added_to() {
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary.md");
    std::fs::write(&summary, "of another step\n").unwrap();
    let report = format!("md={}", summary.display());
    let arguments = ["run", "status.alone.error", "--report", &report];
    for _ in 0..2 {
        let mut command = program(folder.path(), &arguments);
        let ran = Ran::of(
            command
                .env("GITHUB_STEP_SUMMARY", &summary)
                .output()
                .unwrap(),
        );
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
    let text = text(&summary);
    assert!(text.starts_with("of another step\n## "), "{text}");
    assert_eq!(text.matches("\n## ").count(), 2);
}

#[test]
fn a_report_that_cannot_be_written_loses_no_other() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let ran = one_case(
        folder.path(),
        "html=file/report.html,junit=j.xml,json=r.json",
    );
    assert_eq!(ran.code, Some(4), "{}{}", ran.out, ran.err);
    assert!(
        ran.err.contains("cannot write file/report.html: "),
        "{}",
        ran.err
    );
    assert!(
        ran.out.contains("Conformant"),
        "the results are printed all the same: {}",
        ran.out
    );
    assert!(
        !json(&folder.path().join("r.json"))["records"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert!(folder.path().join("j.xml").exists());
}

/// Answers like the `env` probe as far as the preflight looks, until `patience` requests have come;
/// then it is silent, and says so on the channel.
fn tiring_server(patience: usize) -> (SocketAddr, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tired, signal) = mpsc::channel();
    let answered = AtomicUsize::new(0);
    thread::spawn(move || {
        let mut silent: Vec<TcpStream> = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            if answered.fetch_add(1, Ordering::Relaxed) >= patience {
                silent.push(stream);
                let _ = tired.send(());
                continue;
            }
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            let line = text.lines().next().unwrap_or_default();
            let dump = format!(
                "wagi-probe 1\nargument {} {line}\nstdin 0 cbf29ce484222325\nend\n",
                line.len()
            );
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{dump}",
                dump.len()
            );
        }
    });
    (address, signal)
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_valid_reports() {
    let folder = tempfile::tempdir().unwrap();
    let (address, tired) = tiring_server(60);
    let url = format!("http://{address}");
    let reports = format!("{},github", all_files());
    let arguments = [
        "run",
        "--url",
        &url,
        "-j",
        "1",
        "--timeout",
        "600s",
        "--report",
        &reports,
    ];
    let child = program(folder.path(), &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    tired.recv_timeout(Duration::from_secs(60)).unwrap();
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(130), "{}", ran.err);
    assert!(ran.err.contains("interrupted"), "{}", ran.err);

    let read = |file: &str| text(&folder.path().join(file));
    let report = json(&folder.path().join("r.json"));
    assert_eq!(report["interrupted"], true);
    let schema = serde_json::from_str(include_str!("../report.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<_> = schema
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(problems, Vec::<String>::new());
    let records = report["records"].as_array().unwrap();
    assert!(
        (1..400).contains(&records.len()),
        "{} records",
        records.len()
    );

    let document = quick_junit::Report::deserialize_from_str(&read("r.xml")).unwrap();
    assert_eq!(document.tests, records.len() + 1);
    let last = &document.test_suites.last().unwrap().test_cases[0];
    assert_eq!(last.name.as_str(), "run.complete");
    let html = read("r.html");
    assert!(
        html.contains("<h1>Interrupted</h1>") && html.ends_with("</html>\n"),
        "{html}"
    );
    assert!(read("r.md").contains(" WAGI conformance: interrupted\n"));
    let tap = read("r.tap");
    assert!(
        tap.lines()
            .last()
            .unwrap()
            .starts_with("Bail out! Interrupted"),
        "{tap}"
    );
    let points = |line: &&str| line.starts_with("ok ") || line.starts_with("not ok ");
    assert_eq!(tap.lines().filter(points).count(), records.len());
    assert!(read("badge.svg").contains(">interrupted</text>"));
    assert_eq!(
        json(&folder.path().join("badge.json"))["message"],
        "interrupted"
    );
    assert!(
        ran.out
            .contains("\n::error title=WAGI conformance%3A Interrupted::"),
        "{}",
        ran.out
    );
}
