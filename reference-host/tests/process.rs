//! The server as a process: from its start to its end, signals, descriptors, and what others are told.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::Write;
use std::process::{Command, Stdio};
use support::module;
use support::program::{banner, command, path, signal, start, text};

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
    let server = start(command(folder.path(), &arguments));
    let (said, _) = server.banner.split_once("http://").unwrap();
    assert_eq!(said, "wagi 0.1.0 serves 1 route of 1 module on ");

    let response = server.get("/x");
    for line in [
        "SERVER_NAME=h\n",
        "FROM_FILE=yes\n",
        "TWICE=option\n",
        "PATH_INFO=/x\n",
    ] {
        assert!(response.contains(line), "{line} {response}");
    }

    let log = server.stop();
    assert!(log.contains("GET /x 200"), "{log}");
    assert!(log.contains("route=\"/...\""), "{log}");
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
