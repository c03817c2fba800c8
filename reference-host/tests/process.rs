//! The server as a process: from its start to its end, signals, logs, and what others are told.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use support::module;
use support::program::{banner, command, path, signal, text};

#[test]
fn a_server_from_start_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("variables"),
        "# for everybody\nFROM_FILE=yes\nTWICE=file\n",
    )
    .unwrap();
    let arguments = [
        "run",
        &path("env"),
        "-l",
        "127.0.0.1:0",
        "-e",
        "TWICE=option",
        "--env-file",
        "variables",
        "--hostname",
        "h",
    ];
    let mut child = command(folder.path(), &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (banner, _output) = banner(&mut child);
    let (said, address) = banner.trim_end().split_once("http://").unwrap();
    assert_eq!(said, "wagi 0.1.0 serves 1 route of 1 module on ");

    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /x HTTP/1.0\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    for line in [
        "SERVER_NAME=h\n",
        "FROM_FILE=yes\n",
        "TWICE=option\n",
        "PATH_INFO=/x\n",
    ] {
        assert!(response.contains(line), "{line} {response}");
    }

    signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut log = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    assert!(log.contains("GET /x 200"), "{log}");
    assert!(log.contains("route=\"/...\""), "{log}");
}

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
    let mut child = command(folder.path(), &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (banner, _output) = banner(&mut child);
    let (_, address) = banner.trim_end().split_once("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    signal(&child, "TERM");
    child.wait().unwrap();
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
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (banner, _output) = banner(&mut child);
    let (_, address) = banner.trim_end().split_once("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    signal(&child, "TERM");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    text(&output.stderr)
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

/// A shell gives its programs few descriptors; a server that serves takes as many as it may have.
#[test]
fn a_server_may_open_as_many_files_as_its_administrator_allows() {
    let folder = tempfile::tempdir().unwrap();
    let wagi = env!("CARGO_BIN_EXE_wagi");
    let script = format!(
        "set -e; ulimit -Sn 300; ulimit -Hn 700; exec {wagi} run {} -l 127.0.0.1:0",
        path("mute")
    );
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    banner(&mut child);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let numbers: Vec<&str> = line.unwrap().split_whitespace().skip(3).collect();
    assert_eq!(numbers, ["700", "700", "files"]);
}

/// A server that waits for its variables: it is on its way, and does not listen yet.
#[test]
fn a_reload_before_the_server_listens_does_not_end_it() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("variables");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let module = path("env");
    let arguments = [
        "run",
        &module,
        "-l",
        "127.0.0.1:0",
        "--env-file",
        "variables",
    ];
    let mut child = command(folder.path(), &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Opens when the server opens its end.
    let mut variables = std::fs::File::create(&fifo).unwrap();
    signal(&child, "HUP");
    variables.write_all(b"A=b\n").unwrap();
    drop(variables);
    let (banner, _output) = banner(&mut child);
    assert!(banner.contains("http://127.0.0.1:"), "{banner}");
    signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(0));
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
    let mut child = command(folder.path(), &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (banner, mut stdout) = banner(&mut child);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let (address, rest) = banner
        .split_once("http://")
        .unwrap()
        .1
        .split_once(", ")
        .unwrap();
    assert_eq!(rest, "unix:socket\n");
    let mut line = String::new();
    while !line.starts_with("Metrics and health: ") {
        line.clear();
        assert!(stdout.read_line(&mut line).unwrap() > 0);
    }
    let admin = line.trim_end().split_once("http://").unwrap().1;
    let ask = |address: &str, path: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    };
    assert!(ask(address, "/x?y").contains("PATH_INFO=/x\n"));
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
    let metrics = ask(admin, "/metrics");
    let count = "wagi_requests_total{route=\"/...\",status=\"2xx\",outcome=\"ok\"} 1\n";
    assert!(metrics.contains(count), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"));
    assert!(ask(admin, "/readyz").starts_with("HTTP/1.0 200 "));
    assert!(ask(admin, "/nowhere").starts_with("HTTP/1.0 404 "));

    signal(&child, "TERM");
    while ask(admin, "/readyz").starts_with("HTTP/1.0 200 ") {}
    assert!(ask(admin, "/readyz").starts_with("HTTP/1.0 503 "));
    assert!(ask(admin, "/healthz").starts_with("HTTP/1.0 200 "));
    assert!(ask(address, "/still").contains("PATH_INFO=/still\n"));
    signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn systemd_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[[module]]\nroute = \"/...\"\nmodule = {:?}\n",
        module("env")
    );
    std::fs::write(folder.path().join("modules.toml"), config).unwrap();
    let socket = folder.path().join("notify");
    let told = std::os::unix::net::UnixDatagram::bind(&socket).unwrap();
    told.set_read_timeout(Some(std::time::Duration::from_secs(60)))
        .unwrap();
    let arguments = ["serve", "-l", "unix:socket", "--socket-mode", "600"];
    let mut child = command(folder.path(), &arguments)
        .env("NOTIFY_SOCKET", &socket)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let next = || {
        let mut bytes = [0; 512];
        let length = told.recv(&mut bytes).unwrap();
        text(&bytes[..length])
    };
    assert_eq!(next(), "READY=1\nSTATUS=Serving on unix:socket\n");
    signal(&child, "HUP");
    let reloading = next();
    assert!(
        reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="),
        "{reloading}"
    );
    assert!(next().starts_with("READY=1\n"));
    signal(&child, "TERM");
    assert_eq!(next(), "STOPPING=1\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!folder.path().join("socket").exists());
}
