//! The commands, as a user calls them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use support::module;

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wagi"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("WAGI_LOG")
        .env_remove("COLUMNS")
        .env("NO_COLOR", "1");
    command
}

fn wagi(arguments: &[&str]) -> Output {
    command(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn path(name: &str) -> String {
    module(name).to_str().unwrap().to_string()
}

#[test]
fn one_request() {
    let output = wagi(&["request", &path("mute")]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn a_request_with_everything() {
    let body = "Status: 201\nX-A: b\n\nmade\n";
    let output = wagi(&[
        "request",
        &path("cat"),
        "-X",
        "PUT",
        "-H",
        "Content-Type: a/b",
        "-d",
        body,
        "/x?y",
    ]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn a_request_explained() {
    let output = wagi(&[
        "request",
        &path("env"),
        "/api/caf%C3%A9?a=1&b",
        "--route",
        "/api/...",
        "-H",
        "X-A: b",
        "-e",
        "GREETING=hi",
        "--explain",
    ]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn standard_error_of_a_module_is_shown_as_such() {
    let output = wagi(&["request", &path("stderr")]);
    assert!(text(&output.stdout).ends_with("fine\n"));
    assert_eq!(text(&output.stderr), "to the log only\n");
}

#[test]
fn a_request_that_fails() {
    let output = wagi(&["request", &path("trap"), "-d", "Status: 200\n\nhi"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).starts_with("HTTP/1.1 500 Internal Server Error\n"));
    insta::assert_snapshot!(text(&output.stderr));

    let output = wagi(&["request", &path("cat"), "-d", "hello"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output.stderr));

    let output = wagi(&["request", "missing.wasm"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output.stderr));
}

#[test]
fn usage() {
    for (arguments, expected) in [
        (
            &["serve", "-b", "a/1.0"][..],
            "`--bindle` is not in this version yet",
        ),
        (
            &["serve", "--bindle-path", "x"],
            "`--bindle-path` is not in this version yet",
        ),
        (
            &["serve", "--tls-cert", "x", "--tls-key", "y"],
            "`--tls-cert` is not in this version yet",
        ),
        (
            &["serve", "--tls-key", "y"],
            "`--tls-key` is not in this version yet",
        ),
        (&["serve", "--default-host", "a b"], "--default-host"),
        (&["serve", "--timeout", "soon"], "500ms"),
        (&["serve", "-e", "A"], "NAME=VALUE"),
        (&["run"], "MODULE"),
        (&["run", "x.wasm", "--route", "x"], "begins with `/`"),
        (&["request", "x.wasm", "-H", "x"], "Name: value"),
        (&["request", "x.wasm", "/a b"], "is no path"),
        (&["nonsense"], "nonsense"),
    ] {
        let output = wagi(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(
            text(&output.stderr).contains(expected),
            "{arguments:?}: {output:?}"
        );
    }
}

#[test]
fn help() {
    for name in ["serve", "run", "request", "check", "routes", "new"] {
        let output = wagi(&[name, "--help"]);
        assert_eq!(output.status.code(), Some(0));
        insta::assert_snapshot!(format!("help_{name}"), text(&output.stdout));
    }
}

#[test]
fn the_routing_table() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[[module]]\nroute = \"/...\"\nmodule = {:?}\n[[module]]\nroute = \"/shop/...\"\nmodule = {:?}\n\
         [[module]]\nroute = \"/r\"\nmodule = {:?}\nentrypoint = \"handle\"\n",
        module("mute"),
        module("multi"),
        module("reactor")
    );
    std::fs::write(folder.path().join("modules.toml"), config).unwrap();
    let output = command(folder.path(), &["routes"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(text(&output.stdout));
}

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
    let mut banner = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut banner).unwrap();
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

    let stopped = Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(stopped.success());
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
    let mut banner = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut banner)
        .unwrap();
    let (_, address) = banner.trim_end().split_once("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    child.wait().unwrap();
    let log = std::fs::read_to_string(folder.path().join("logs/root..all.stderr.log")).unwrap();
    assert_eq!(log, "1 to the log only\n");
}
