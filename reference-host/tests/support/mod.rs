//! A host on a free port, and clients that send bytes as they are.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by tests, each of which uses a part of it"
)]

pub mod http;
pub mod program;

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use wagi_host::{Config, Host, ModuleLog, Running, Settings};

pub struct Server {
    pub running: Running,
    /// `ROUTE: LINE` for every line that a module wrote to standard error.
    pub stderr: Arc<Mutex<Vec<String>>>,
    pub folder: TempDir,
    /// What else has to stay as long as the server.
    pub more: Option<TempDir>,
}

pub fn module(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/modules")
        .join(name)
        .with_extension("wat")
}

/// Settings for tests: few instances, so that many hosts fit into the address space.
pub fn settings() -> Settings {
    Settings::default()
        .instances(16)
        .wall_time(Duration::from_secs(20))
}

/// A server with each of the modules on `/NAME/...`, and further entries as text, in which `$NAME`
/// stands for the path of a module.
pub fn serve(modules: &[&str], entries: &str, settings: Settings) -> Server {
    serve_with(modules, entries, settings, |config| config)
}

/// The same with changes to the configuration that is read.
pub fn serve_with(
    modules: &[&str],
    entries: &str,
    settings: Settings,
    change: impl FnOnce(Config) -> Config,
) -> Server {
    if let Ok(filter) = std::env::var("WAGI_LOG") {
        let _ = tracing_subscriber::fmt().with_env_filter(filter).try_init();
    }
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for name in modules {
        write!(
            text,
            "[[module]]\nroute = \"/{name}/...\"\nmodule = {:?}\n",
            module(name)
        )
        .unwrap();
    }
    let mut names: Vec<String> = std::fs::read_dir(module("any").parent().unwrap())
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_string()
        })
        .collect();
    // A name may begin with another one.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut entries = entries.to_string();
    for name in names {
        entries = entries.replace(&format!("${name}"), module(&name).to_str().unwrap());
    }
    text.push_str(&entries);
    let path = folder.path().join("modules.toml");
    std::fs::write(&path, text).unwrap();
    let stderr = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&stderr);
    let log = ModuleLog::new(move |line| {
        lines
            .lock()
            .unwrap()
            .push(format!("{}: {}", line.route, line.text));
    });
    let config = change(Config::load(path).unwrap());
    let host = Host::new(config, settings.module_log(log)).unwrap();
    let running = host
        .serve(TcpListener::bind("127.0.0.1:0").unwrap())
        .unwrap();
    Server {
        running,
        stderr,
        folder,
        more: None,
    }
}

/// What came back: everything until the server closed the connection.
#[derive(Debug)]
pub struct Answer {
    pub bytes: Vec<u8>,
    /// The connection ended by a reset.
    pub was_reset: bool,
}

impl Server {
    pub fn address(&self) -> SocketAddr {
        self.running.local_addr()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream
    }

    /// Sends bytes and reads until the server closes.
    pub fn raw(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut stream = self.connect();
        // A server may answer and close before it has read everything.
        let _ = stream.write_all(request.as_ref());
        read_to_end(stream)
    }

    /// Like [`Server::raw`], with the end of the request told by closing this side.
    pub fn raw_half_closed(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_ref()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        read_to_end(stream)
    }

    /// A GET with further lines of fields.
    pub fn get(&self, target: &str, fields: &str) -> Answer {
        self.raw(format!(
            "GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n"
        ))
    }

    /// A POST whose body becomes the module's standard input.
    pub fn post(&self, target: &str, body: impl AsRef<[u8]>) -> Answer {
        let body = body.as_ref();
        let length = body.len();
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        self.raw([head.as_bytes(), body].concat())
    }
}

pub fn read_to_end(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => Answer {
            bytes,
            was_reset: false,
        },
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Answer {
            bytes,
            was_reset: true,
        },
        Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&bytes)),
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn status(&self) -> u16 {
        let text = self.text();
        let status = text.split(' ').nth(1).and_then(|code| code.parse().ok());
        status.unwrap_or_else(|| panic!("no status line: {text:?}"))
    }

    pub fn head(&self) -> String {
        let text = self.text();
        text.split_once("\r\n\r\n")
            .map_or(text.clone(), |(head, _)| head.to_string())
    }

    pub fn body(&self) -> String {
        let text = self.text();
        text.split_once("\r\n\r\n")
            .map_or(String::new(), |(_, body)| body.to_string())
    }

    pub fn field(&self, name: &str) -> Option<String> {
        let head = self.head();
        let line = head
            .lines()
            .find(|line| line.to_lowercase().starts_with(&format!("{name}:")))?;
        Some(line[name.len() + 1..].trim().to_string())
    }

    /// The value of a variable in the answer of the module `env`.
    pub fn variable(&self, name: &str) -> Option<String> {
        let body = self.body();
        let line = body
            .lines()
            .find(|line| line.starts_with(&format!("{name}=")))?;
        Some(line[name.len() + 1..].to_string())
    }
}
