//! The program, as a CGI server would run it.

use std::process::{Command, Output};

fn run(path: &str) -> Output {
    let variables = [
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("REQUEST_METHOD", "GET"),
        ("SCRIPT_NAME", "/cgi-bin/failures"),
        ("PATH_INFO", path),
        ("QUERY_STRING", ""),
        ("SERVER_PORT", "80"),
    ];
    Command::new(env!("CARGO_BIN_EXE_failures"))
        .env_clear()
        .envs(variables)
        .output()
        .expect("the program starts")
}

#[test]
fn a_panic_before_the_first_byte_is_a_clean_500() {
    let output = run("/panic");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "Content-Type: text/plain; charset=utf-8\nStatus: 500 Internal Server Error\n\nInternal Server Error\n"
    );
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("the secret is 42")
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_panic_after_the_first_byte_adds_nothing_to_the_body() {
    let output = run("/stream/late");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("Status: 200 OK\n\nxxx"), "{}", &text[..40]);
    assert!(text.ends_with("xxx"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_private_part_goes_to_standard_error() {
    let output = run("/busy");
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        stdout.contains("Status: 503 Service Unavailable\n\nPlease come back in a minute.\n"),
        "{stdout}"
    );
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "503 Service Unavailable: the index is being rebuilt\n"
    );
    assert_eq!(output.status.code(), Some(0));
}
