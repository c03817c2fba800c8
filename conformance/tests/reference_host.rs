//! The whole suite against the reference host, as `cargo run` does it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Command;

use wagi_conformance::outcome::{Outcome, Report};

#[test]
fn the_reference_host_conforms_at_every_level() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_wagi-conformance"))
        .args([
            "run",
            "-j",
            "8",
            "--level",
            "all",
            "--report",
            "json=report.json",
        ])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let report = std::fs::read(folder.path().join("report.json")).unwrap();
    let report: Report = serde_json::from_slice(&report).unwrap();
    assert_eq!(report.unusable, None);
    for record in &report.records {
        assert_eq!(record.outcome, Outcome::Pass, "{record:#?}");
    }
    assert!(report.records.len() > 400);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}
