//! The program, as a CGI server would run it, and as a person would.

use std::process::Command;

#[test]
fn answers_a_cgi_server() {
    let output = Command::new(env!("CARGO_BIN_EXE_hello"))
        .env_clear()
        .envs([("REQUEST_METHOD", "GET"), ("QUERY_STRING", "name=Ada")])
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        stdout.starts_with("Content-Type: text/html; charset=utf-8\nContent-Length: "),
        "{stdout}"
    );
    assert!(
        stdout.contains("\nStatus: 200 OK\n\n<!doctype html>"),
        "{stdout}"
    );
    assert!(stdout.contains("Hello, Ada!"), "{stdout}");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
fn answers_without_any_variable() {
    let output = Command::new(env!("CARGO_BIN_EXE_hello"))
        .env_clear()
        .output()
        .unwrap();
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("Hello, stranger!")
    );
}

#[test]
fn writes_no_body_for_head() {
    let output = Command::new(env!("CARGO_BIN_EXE_hello"))
        .env_clear()
        .env("REQUEST_METHOD", "HEAD")
        .output()
        .unwrap();
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .ends_with("\nStatus: 200 OK\n\n")
    );
}
