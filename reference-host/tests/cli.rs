//! The commands, as a user calls them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Output, Stdio};
use support::module;
use support::program::{command, path, text};

fn wagi(arguments: &[&str]) -> Output {
    command(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
        .output()
        .unwrap()
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
