//! `wagi` as a process of its own.

use super::module;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

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

/// A server that has said where it listens.
pub struct Serving {
    pub process: Child,
    /// The line that says so.
    pub banner: String,
    /// What comes after that line.
    pub output: BufReader<ChildStdout>,
}

/// Starts a server, whose log can be read.
pub fn start(mut command: Command) -> Serving {
    let mut process = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (banner, output) = banner(&mut process);
    Serving {
        process,
        banner,
        output,
    }
}

impl Serving {
    /// The address of the only listener.
    pub fn address(&self) -> &str {
        self.banner.trim_end().split_once("http://").unwrap().1
    }

    pub fn get(&self, path: &str) -> String {
        get(self.address(), path)
    }

    /// Stops it, and gives what is left of its log.
    pub fn stop(self) -> String {
        signal(&self.process, "TERM");
        let output = self.process.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        text(&output.stderr)
    }
}

/// The whole response to a GET.
pub fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
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
