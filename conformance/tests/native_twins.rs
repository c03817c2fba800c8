//! The native twins, run as a CGI server runs them: by the scripts that `setup` writes.

#![cfg(unix)]

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use wagi_conformance::probe::{Dump, digest};
use wagi_conformance::setup::{self, Format};

/// A `cgi-bin` folder whose scripts start the program under test.
fn scripts() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_wagi-conformance"));
    setup::write(dir.path(), Format::CgiBin, program).expect("an empty folder");
    dir
}

fn run(script: &Path, arguments: &[&str], environment: &[(&str, &[u8])], stdin: &[u8]) -> Output {
    let environment = environment
        .iter()
        .map(|(name, value)| (name, OsStr::from_bytes(value)));
    let mut child = Command::new(script)
        .args(arguments)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the script starts");
    let mut input = child.stdin.take().expect("a pipe");
    thread::scope(|scope| {
        // A twin that does not read closes its end; that is no failure.
        scope.spawn(move || input.write_all(stdin));
        child.wait_with_output().expect("the script ends")
    })
}

#[test]
fn env_shows_exactly_what_it_was_given() {
    let dir = scripts();
    let script = dir.path().join("cgi-bin/env");
    let environment: &[(&str, &[u8])] = &[
        ("QUERY_STRING", b"a=b"),
        ("CONTENT_LENGTH", b"200000"),
        ("EMPTY", b""),
        ("HTTP_X", b"caf\xe9\n="),
    ];
    let body: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    let output = run(&script, &["a", ""], environment, &body);
    let dump = output
        .stdout
        .strip_prefix(b"Content-Type: text/plain\n\n")
        .expect("a header block");
    let mut dump = Dump::parse(dump).expect("a dump");
    dump.variables.sort();
    let variables: Vec<(&str, &[u8])> = dump
        .variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_slice()))
        .collect();
    assert_eq!(
        variables,
        [
            ("CONTENT_LENGTH", &b"200000"[..]),
            ("EMPTY", b""),
            ("HTTP_X", b"caf\xe9\n="),
            ("QUERY_STRING", b"a=b")
        ]
    );
    let argv0 = script.as_os_str().as_bytes().to_vec();
    assert_eq!(dump.arguments, [argv0, b"a".to_vec(), b"".to_vec()]);
    assert_eq!(
        (dump.stdin_length, dump.stdin_digest),
        (200_000, digest(&body))
    );
    assert!(output.status.success());
}

#[test]
fn each_twin_does_as_its_probe() {
    let dir = scripts();
    let twin = |name: &str, query: &str, stdin: &[u8]| {
        let script = dir.path().join("cgi-bin").join(name);
        let length = stdin.len().to_string();
        let environment: &[(&str, &[u8])] = &[
            ("QUERY_STRING", query.as_bytes()),
            ("CONTENT_LENGTH", length.as_bytes()),
        ];
        let output = run(&script, &[], environment, stdin);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        (
            text(&output.stdout),
            text(&output.stderr),
            output.status.code(),
        )
    };
    let reply = |body: &str| format!("Content-Type: text/plain\n\n{body}\n");
    let nothing = String::new();
    assert_eq!(
        twin("cat", "", b"as it is\r\n"),
        ("as it is\r\n".into(), nothing.clone(), Some(0))
    );
    assert_eq!(
        twin("say", "4f4B", b""),
        ("OK".into(), nothing.clone(), Some(0))
    );
    assert_eq!(
        twin("say", "4f4", b""),
        (nothing.clone(), nothing.clone(), Some(65))
    );
    assert_eq!(
        twin("exit", "3&n", b""),
        (reply("exit 3&n"), nothing.clone(), Some(3))
    );
    assert_eq!(
        twin("mute", "n", &[0; 300_000]),
        (reply("mute n"), nothing, Some(0))
    );
    let log = "fail\nstandard error of the probe\n".to_owned();
    assert_eq!(twin("stderr", "fail", b""), (String::new(), log, Some(1)));
    let marker = "marker\n".to_owned();
    assert_eq!(
        twin("stderr", "marker", b""),
        (reply("wrote to stderr"), marker, Some(0))
    );
}

/// A server may hand the client's socket on, which does not end behind the body: RFC 3875 §4.2.
#[test]
fn a_twin_reads_no_more_than_the_content_length() {
    let dir = scripts();
    let script = dir.path().join("cgi-bin/cat");
    let read = |environment: &[(&str, &[u8])]| {
        let output = run(&script, &[], environment, b"hello, world").stdout;
        String::from_utf8(output).expect("UTF-8")
    };
    assert_eq!(read(&[("CONTENT_LENGTH", b"5")]), "hello");
    assert_eq!(read(&[("CONTENT_LENGTH", b"")]), "");
    assert_eq!(read(&[]), "");
    let chunked: &[(&str, &[u8])] = &[("HTTP_TRANSFER_ENCODING", b"chunked")];
    assert_eq!(read(chunked), "hello, world");
}
