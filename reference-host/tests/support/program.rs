//! `wagi` as a process of its own.

use super::module;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command};

/// A command line of `wagi`, run in a folder, whatever the environment of the tests is.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
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

/// The first line that a server prints, which has its addresses, and the rest of its output.
pub fn banner(server: &mut Child) -> (String, BufReader<ChildStdout>) {
    let mut output = BufReader::new(server.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    (line, output)
}

/// Sends a signal by its name: `TERM`, `HUP`.
pub fn signal(process: &Child, name: &str) {
    let id = process.id().to_string();
    let sent = Command::new("kill").args(["-s", name, &id]).status();
    assert!(sent.unwrap().success());
}

/// The path of a module, as an argument.
pub fn path(name: &str) -> String {
    module(name).to_str().unwrap().to_string()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
