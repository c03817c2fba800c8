//! The suite finds every fault of the self-test. What has no fault is found sound.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Command;

#[test]
fn every_fault_is_found() {
    let output = Command::new(env!("CARGO_BIN_EXE_wagi-conformance"))
        .arg("selftest")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}{error}");
    assert!(text.matches("\nfound ").count() >= 40, "{text}");
    assert!(text.contains("\nSound: "), "{text}");
}
