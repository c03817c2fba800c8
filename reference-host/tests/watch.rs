//! `--watch`: a configuration that changes while it is served.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use support::module;

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

struct Wagi {
    child: Child,
    address: String,
    log: Receiver<String>,
}

impl Wagi {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wagi"))
            .args(arguments)
            .args(["-l", "127.0.0.1:0"])
            .current_dir(folder)
            .env_remove("WAGI_LOG")
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, log) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut banner = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut banner).unwrap();
        let (_, address) = banner.trim_end().split_once("http://").expect("a banner");
        let wagi = Self {
            address: address.to_string(),
            child,
            log,
        };
        wagi.said("watching");
        wagi
    }

    /// Waits for a line with a text; gives back everything up to it.
    fn said(&self, text: &str) -> String {
        let mut lines = Vec::new();
        loop {
            let line = self.log.recv_timeout(LONG).unwrap_or_else(|_| {
                panic!("`{text}` was not said, but:\n{}", lines.join("\n"));
            });
            let is_it = line.contains(text);
            lines.push(line);
            if is_it {
                return lines.join("\n");
            }
        }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }
}

impl Drop for Wagi {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn entry(route: &str, name: &str, more: &str) -> String {
    format!(
        "[[module]]\nroute = \"{route}\"\nmodule = {:?}\n{more}\n",
        module(name)
    )
}

const IN_EFFECT: &str = "the new configuration is in effect";
const OLD_STAYS: &str = "the old configuration stays in effect";

#[test]
fn a_file_its_variables_and_its_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| std::fs::write(file(name), text).unwrap();
    write("modules.toml", &entry("/", "env", ""));
    let wagi = Wagi::start(folder.path(), &["serve", "--watch"]);
    assert!(wagi.get("/").contains("PATH_INFO="));

    // A whole new file in the place of the old one, as editors write.
    write("new.env", "GREETING=hello\n");
    write(
        "modules.toml~",
        &entry("/", "env", "env_file = \"new.env\""),
    );
    std::fs::rename(file("modules.toml~"), file("modules.toml")).unwrap();
    wagi.said(IN_EFFECT);
    assert!(wagi.get("/").contains("GREETING=hello\n"));

    // A file that counts only since then.
    write("new.env", "GREETING=good morning\n");
    wagi.said(IN_EFFECT);
    assert!(wagi.get("/").contains("GREETING=good morning\n"));

    write("modules.toml", "[[module]]\nroute = \"/\"\nmodul = \"x\"\n");
    let said = wagi.said(OLD_STAYS);
    assert!(
        said.contains("modules.toml:3:1") && said.contains("did you mean `module`?"),
        "{said}"
    );
    assert!(wagi.get("/").contains("GREETING=good morning\n"));

    std::fs::remove_file(file("modules.toml")).unwrap();
    wagi.said(OLD_STAYS);
    assert!(wagi.get("/").contains("GREETING=good morning\n"));

    write("modules.toml", &entry("/other", "mute", ""));
    wagi.said(IN_EFFECT);
    assert!(wagi.get("/").starts_with("HTTP/1.0 404") || wagi.get("/").contains(" 404 "));
    assert!(wagi.get("/other").contains(" 200 "));
}

#[test]
fn the_file_of_a_module() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wat");
    std::fs::copy(module("mute"), &file).unwrap();
    let wagi = Wagi::start(folder.path(), &["run", "a.wat", "--watch"]);
    assert!(!wagi.get("/").contains("PATH_INFO="));
    std::fs::write(&file, "(module").unwrap();
    let said = wagi.said(OLD_STAYS);
    assert!(said.contains("is not a valid module"), "{said}");
    assert!(wagi.get("/").contains(" 200 "));
    std::fs::copy(module("env"), &file).unwrap();
    wagi.said(IN_EFFECT);
    assert!(wagi.get("/").contains("PATH_INFO="));
}

/// What has begun ends as it began.
#[test]
fn a_request_that_is_being_answered() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("modules.toml");
    std::fs::write(&config, entry("/", "cat", "")).unwrap();
    let wagi = Wagi::start(folder.path(), &["serve", "--watch"]);
    let mut stream = TcpStream::connect(&wagi.address).unwrap();
    let body = "Content-Type: text/plain\n\nfrom the old module";
    let length = body.len();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    )
    .unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    // The module reads.
    assert!(line.starts_with("HTTP/1.1 100"), "{line}");

    std::fs::write(&config, entry("/", "env", "")).unwrap();
    wagi.said(IN_EFFECT);
    assert!(wagi.get("/").contains("PATH_INFO="));

    stream.write_all(body.as_bytes()).unwrap();
    let mut response = String::new();
    reader.read_to_string(&mut response).unwrap();
    assert!(
        response.contains("HTTP/1.1 200") && response.ends_with("from the old module"),
        "{response}"
    );
}
