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
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
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
    insta::assert_snapshot!(explained(&output));
}

/// What is explained, without what differs from run to run.
fn explained(output: &Output) -> String {
    let text = text(&output.stdout);
    let (before, after) = text.split_once("== run ==\n").unwrap();
    let (run, rest) = after.split_once('\n').unwrap();
    let (outcome, numbers) = run.split_once(", ").unwrap();
    let (_, memory) = numbers.split_once(" ms").unwrap();
    format!("{before}== run ==\n{outcome}, … ms{memory}\n{rest}")
}

#[test]
fn rules_that_the_output_breaks() {
    let body =
        "Content-Type: text/plain\r\nX-A : b\nConnection: close\nhello\n\n\u{1b}[31mbody\u{7f}";
    let arguments = ["request", &path("cat"), "--explain", "-d", body];
    let output = wagi(&arguments);
    assert_eq!(output.status.code(), Some(0));
    let text = explained(&output);
    let (_, shown) = text.split_once("== standard input").unwrap();
    insta::assert_snapshot!(shown);

    let failed = wagi(&["request", &path("cat"), "--explain", "-d", "hello"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(explained(&failed).contains("(header-block.incomplete)\n\n== response =="));
}

/// Also what is written while the response is sent already.
#[test]
fn all_of_a_long_output_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let body = format!("Content-Type: text/plain\n\n{}", "x".repeat(300_000));
    std::fs::write(folder.path().join("body"), &body).unwrap();
    let module = path("cat");
    let arguments = ["request", &module, "--explain", "-d", "@body"];
    let output = command(folder.path(), &arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = text(&output.stdout);
    let (_, output) = text.split_once("== raw output: 300026 bytes ==\n").unwrap();
    assert!(output.starts_with(&body));
}

#[test]
fn colours_where_they_are_wanted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let module = path("mute");
    let run = |variable: &str| {
        let mut command = command(folder, &["request", &module, "--explain"]);
        let output = command
            .env_remove("NO_COLOR")
            .env(variable, "1")
            .output()
            .unwrap();
        text(&output.stdout)
    };
    assert!(run("CLICOLOR_FORCE").contains("\u{1b}["));
    assert!(!run("NO_COLOR").contains('\u{1b}'));
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
        (&["serve", "-b", "a/1.0.0"][..], "--bindle-path <DIR>"),
        (&["serve", "--bindle-path", "x"], "--bindle <NAME/VERSION>"),
        (
            &["serve", "-b", "a/1.0", "--bindle-path", "x"],
            "`1.0` is no semantic version",
        ),
        (
            &["serve", "-b", "a/1.0.0", "--bindle-path", "x", "-c", "y"],
            "cannot be used with",
        ),
        (&["serve", "--tls-key", "y"], "belong together"),
        (&["serve", "-l", "3000"], "unix:/run/wagi.sock"),
        (&["serve", "--trusted-proxy", "10.0.0.0/99"], "10.0.0.0/8"),
        (&["serve", "--proxy-protocol"], "--trusted-proxy"),
        (&["serve", "--socket-mode", "999"], "660"),
        (&["serve", "--inspect", "somewhere"], "127.0.0.1:3001"),
        // deislabs/wagi has no commands.
        (&["-c", "x", "--timeout", "soon"], "500ms"),
        (&["--nonsense"], "wagi serve"),
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
fn the_inspector_is_for_this_machine() {
    let module = path("mute");
    for (address, expected) in [
        ("0.0.0.0:0", "other machines"),
        ("https://127.0.0.1:0", "no TLS"),
    ] {
        let arguments = ["run", &module, "-l", "127.0.0.1:0", "--inspect", address];
        let output = wagi(&arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).contains(expected), "{output:?}");
    }
    let arguments = ["run", &module, "-l", "127.0.0.1:0", "--inspect", "0"];
    let mut child = command(Path::new("."), &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.find_map(|line| {
        line.unwrap()
            .strip_prefix("Inspector: ")
            .map(str::to_string)
    });
    let address = line.unwrap().strip_prefix("http://").unwrap().to_string();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    assert!(page.ends_with("</html>\n"), "{page}");
    child.kill().unwrap();
    child.wait().unwrap();
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
    let mut banner = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut banner)
        .unwrap();
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
    let id = child.id().to_string();
    let kill = |signal: &str| {
        assert!(
            Command::new("kill")
                .args(["-s", signal, &id])
                .status()
                .unwrap()
                .success()
        );
    };
    kill("HUP");
    variables.write_all(b"A=b\n").unwrap();
    drop(variables);
    let mut banner = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut banner).unwrap();
    assert!(banner.contains("http://127.0.0.1:"), "{banner}");
    kill("TERM");
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
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut banner = String::new();
    stdout.read_line(&mut banner).unwrap();
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

    let kill = || {
        let id = child.id().to_string();
        assert!(Command::new("kill").arg(&id).status().unwrap().success());
    };
    kill();
    while ask(admin, "/readyz").starts_with("HTTP/1.0 200 ") {}
    assert!(ask(admin, "/readyz").starts_with("HTTP/1.0 503 "));
    assert!(ask(admin, "/healthz").starts_with("HTTP/1.0 200 "));
    assert!(ask(address, "/still").contains("PATH_INFO=/still\n"));
    kill();
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
    let id = child.id().to_string();
    let kill = |signal: &str| {
        assert!(
            Command::new("kill")
                .args(["-s", signal, &id])
                .status()
                .unwrap()
                .success()
        );
    };
    let next = || {
        let mut bytes = [0; 512];
        let length = told.recv(&mut bytes).unwrap();
        text(&bytes[..length])
    };
    assert_eq!(next(), "READY=1\nSTATUS=Serving on unix:socket\n");
    kill("HUP");
    let reloading = next();
    assert!(
        reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="),
        "{reloading}"
    );
    assert!(next().starts_with("READY=1\n"));
    kill("TERM");
    assert_eq!(next(), "STOPPING=1\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!folder.path().join("socket").exists());
}
