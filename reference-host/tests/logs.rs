//! What a server says while it serves: its log, the logs of its modules, metrics and readiness.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::{BufRead, BufReader};
use support::program::{command, get, path, signal, start, text};

#[test]
fn logs_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "run",
        &path("stderr"),
        "-l",
        "127.0.0.1:0",
        "--log-dir",
        "logs",
    ];
    let server = start(command(folder.path(), &arguments));
    server.get("/");
    server.stop();
    let log = std::fs::read_to_string(folder.path().join("logs/root..all.stderr.log")).unwrap();
    assert_eq!(log, "1 to the log only\n");
}

#[test]
fn elsewhere_than_in_the_log_lines_are_as_the_module_wrote_them() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    log_of_levels(&["--log-dir", logs.to_str().unwrap()], None);
    let log = std::fs::read_to_string(logs.join("root..all.stderr.log")).unwrap();
    let begin = "1 ERROR shop: sold out\n1 WARN shop::stock: tea is low\n";
    assert!(log.starts_with(begin), "{log}");

    let module = path("levels");
    let ask = |options: &[&str]| {
        let arguments = [&["request", &module, "/"], options].concat();
        command(folder.path(), &arguments).output().unwrap()
    };
    let lines = "ERROR shop: sold out\nWARN shop::stock: tea is low\n";
    assert!(text(&ask(&[]).stderr).starts_with(lines));
    assert!(text(&ask(&["--explain"]).stdout).contains(lines));
}

/// What a server logs of the module `levels`, which is asked once, until it is stopped.
fn log_of_levels(options: &[&str], filter: Option<&str>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let module = path("levels");
    let arguments = [&["run", &module, "-l", "127.0.0.1:0"], options].concat();
    let mut command = command(folder.path(), &arguments);
    if let Some(filter) = filter {
        command.env("WAGI_LOG", filter);
    }
    let server = start(command);
    server.get("/");
    server.stop()
}

#[test]
fn lines_of_modules_have_the_level_that_they_begin_with() {
    let log = log_of_levels(&["--log-format", "json"], None);
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of_module: Vec<(&str, &str)> = lines
        .iter()
        .filter(|line| line["target"] == "wagi_host::module")
        .map(|line| (&line["level"], &line["message"]))
        .map(|(level, message)| (level.as_str().unwrap(), message.as_str().unwrap()))
        .collect();
    assert_eq!(
        of_module,
        [
            ("ERROR", "shop: sold out"),
            ("WARN", "shop::stock: tea is low"),
            ("INFO", "shop: open"),
            ("DEBUG", "shop: 3 left"),
            ("TRACE", "shop: asked"),
            ("INFO", "WARN nobody"),
        ]
    );
    // The number of the request has one type in all lines, so that they can be found by it.
    let numbered = lines.iter().filter(|line| {
        line["target"] == "wagi_host::module" || line["target"] == "wagi_host::access"
    });
    assert!(numbered.clone().all(|line| line["request"] == 1), "{log}");
    assert_eq!(numbered.count(), 7);

    let log = log_of_levels(&[], None);
    for line in [
        " WARN wagi_host::module: shop::stock: tea is low request=1 route=\"/...\"\n",
        " INFO wagi_host::module: WARN nobody request=1 route=\"/...\"\n",
        " INFO wagi_host::access: GET / 200 5 B ",
    ] {
        assert!(log.contains(line), "{line} in {log}");
    }

    let log = log_of_levels(&[], Some("warn"));
    let messages: Vec<&str> = log
        .lines()
        .filter_map(|line| Some(line.split_once("module: ")?.1.split_once(" request=")?.0))
        .collect();
    assert_eq!(messages, ["shop: sold out", "shop::stock: tea is low"]);
}

#[test]
fn logs_metrics_and_readiness() {
    let folder = tempfile::tempdir().unwrap();
    let module = path("env");
    let arguments = [
        "run",
        &module,
        "-l",
        "127.0.0.1:0",
        "-l",
        "unix:socket",
        "--admin",
        "127.0.0.1:0",
        "--log-format",
        "json",
        "--drain-delay",
        "60s",
    ];
    let mut server = start(command(folder.path(), &arguments));
    let mut stderr = BufReader::new(server.process.stderr.take().unwrap());
    let (address, rest) = server
        .banner
        .split_once("http://")
        .unwrap()
        .1
        .split_once(", ")
        .unwrap();
    assert_eq!(rest, "unix:socket\n");
    let mut line = String::new();
    while !line.starts_with("Metrics and health: ") {
        line.clear();
        assert!(server.output.read_line(&mut line).unwrap() > 0);
    }
    let admin = line.trim_end().split_once("http://").unwrap().1;
    assert!(get(address, "/x?y").contains("PATH_INFO=/x\n"));
    let mut log = String::new();
    while !log.contains("wagi_host::access") {
        log.clear();
        assert!(stderr.read_line(&mut log).unwrap() > 0);
    }
    let log: serde_json::Value = serde_json::from_str(&log).unwrap();
    for (field, value) in [
        ("method", "GET".into()),
        ("request_target", "/x?y".into()),
        ("route", "/...".into()),
        ("remote", "127.0.0.1".into()),
        ("protocol", "HTTP/1.0".into()),
        ("outcome", "ok".into()),
        ("status", serde_json::Value::from(200)),
        ("request", serde_json::Value::from(1)),
    ] {
        assert_eq!(log[field], value, "{field} in {log}");
    }
    let metrics = get(admin, "/metrics");
    let count = "wagi_requests_total{route=\"/...\",status=\"2xx\",outcome=\"ok\"} 1\n";
    assert!(metrics.contains(count), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"));
    assert!(get(admin, "/readyz").starts_with("HTTP/1.0 200 "));
    assert!(get(admin, "/nowhere").starts_with("HTTP/1.0 404 "));

    signal(&server.process, "TERM");
    while get(admin, "/readyz").starts_with("HTTP/1.0 200 ") {}
    assert!(get(admin, "/readyz").starts_with("HTTP/1.0 503 "));
    assert!(get(admin, "/healthz").starts_with("HTTP/1.0 200 "));
    assert!(get(address, "/still").contains("PATH_INFO=/still\n"));
    signal(&server.process, "TERM");
    assert_eq!(server.process.wait().unwrap().code(), Some(143));
}
