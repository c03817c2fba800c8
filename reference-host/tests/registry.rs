//! Modules from a registry that is made by each test and misbehaves as it is told to. A real registry
//! is asked by `.ci/oci-registry`.
#![cfg(feature = "oci")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use support::{module, settings};
use wagi_host::{Config, Host, Settings};

/// Status, content type and body, by path.
type Answers = HashMap<String, (u16, String, Vec<u8>)>;

struct Registry {
    address: String,
    answers: Arc<Mutex<Answers>>,
    requests: Arc<AtomicUsize>,
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}

impl Registry {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let answers = Arc::new(Mutex::new(Answers::new()));
        let requests = Arc::new(AtomicUsize::new(0));
        let shared = (Arc::clone(&answers), Arc::clone(&requests));
        // It goes with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (answers, requests) = (Arc::clone(&shared.0), Arc::clone(&shared.1));
                std::thread::spawn(move || answer(&stream.unwrap(), &answers, &requests));
            }
        });
        Self {
            address,
            answers,
            requests,
        }
    }

    fn set(&self, path: &str, status: u16, media_type: &str, body: &[u8]) {
        let answer = (status, media_type.to_string(), body.to_vec());
        self.answers
            .lock()
            .unwrap()
            .insert(path.to_string(), answer);
    }

    /// Puts an artifact with one layer there; gives back the digest of its manifest.
    fn push(&self, tag: &str, media_type: &str, module: &[u8]) -> String {
        self.push_as(
            tag,
            media_type,
            module,
            &digest(module),
            module.len() as u64,
        )
    }

    fn push_as(
        &self,
        tag: &str,
        media_type: &str,
        module: &[u8],
        named: &str,
        size: u64,
    ) -> String {
        let config = b"{}";
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
            "config":{{"mediaType":"application/vnd.wasm.config.v1+json","digest":"{}","size":2}},
            "layers":[{{"mediaType":"{media_type}","digest":"{named}","size":{size}}}]}}"#,
            digest(config)
        );
        let of_manifest = digest(manifest.as_bytes());
        for name in [tag, &of_manifest] {
            let path = format!("/v2/team/app/manifests/{name}");
            let manifest_type = "application/vnd.oci.image.manifest.v1+json";
            self.set(&path, 200, manifest_type, manifest.as_bytes());
        }
        let blob = format!("/v2/team/app/blobs/{named}");
        self.set(&blob, 200, "application/octet-stream", module);
        of_manifest
    }

    fn asked(&self) -> usize {
        self.requests.swap(0, Ordering::SeqCst)
    }

    fn load(&self, reference: &str, settings: Settings) -> Result<Host, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("modules.toml");
        let reference = format!("oci:{}/team/app{reference}", self.address);
        let text = format!("[[module]]\nroute = \"/\"\nmodule = \"{reference}\"\n");
        std::fs::write(&path, text).unwrap();
        let said = |text: String| {
            text.replace(&self.address, "REGISTRY")
                .replace(folder.path().to_str().unwrap(), "FOLDER")
        };
        Host::new(Config::load(&path).unwrap(), settings).map_err(|error| said(error.to_string()))
    }

    fn refused(&self, reference: &str) -> String {
        self.load(reference, settings()).unwrap_err()
    }
}

fn answer(stream: &TcpStream, answers: &Mutex<Answers>, requests: &AtomicUsize) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let path = line.split(' ').nth(1).unwrap().to_string();
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
        }
        requests.fetch_add(1, Ordering::SeqCst);
        let missing = || {
            (
                404,
                "application/json".to_string(),
                b"{\"errors\":[]}".to_vec(),
            )
        };
        let found = answers.lock().unwrap().get(&path).cloned();
        let is_ping = path == "/v2/";
        let (status, media_type, body) = match found {
            None if is_ping => (200, "application/json".to_string(), b"{}".to_vec()),
            found => found.unwrap_or_else(missing),
        };
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n"
        );
        let mut stream = stream;
        let _ = stream.write_all(&[head.as_bytes(), &body].concat());
    }
}

const WASM: &str = "application/wasm";

fn mute() -> Vec<u8> {
    std::fs::read(module("mute")).unwrap()
}

#[test]
fn a_module_is_pulled_kept_and_found_again() {
    let registry = Registry::start();
    let pinned = registry.push("1", WASM, &mute());
    registry.push("old", "application/vnd.wasm.content.layer.v1+wasm", &mute());
    let cache = tempfile::tempdir().unwrap();
    let settings = || settings().registry_cache(cache.path());
    for reference in [":1", ":old", &format!("@{pinned}"), &format!(":1@{pinned}")] {
        registry.load(reference, settings()).unwrap();
    }
    assert!(registry.asked() > 0);
    // Nobody has to be asked what a digest means.
    registry.load(&format!("@{pinned}"), settings()).unwrap();
    assert_eq!(registry.asked(), 0);
    // A tag means something else from time to time.
    registry.push("1", WASM, &std::fs::read(module("env")).unwrap());
    registry.load(":1", settings()).unwrap();
    assert!(registry.asked() >= 2);
    // What was pulled serves when the registry is not well, and only then.
    registry.set("/v2/team/app/manifests/1", 503, WASM, b"");
    registry.load(":1", settings()).unwrap();
    registry.set(
        "/v2/team/app/manifests/1",
        404,
        "application/json",
        b"{\"errors\":[]}",
    );
    assert!(registry.load(":1", settings()).is_err());
}

#[test]
fn no_registry_at_all() {
    let registry = Registry::start();
    registry.push("1", WASM, &mute());
    let cache = tempfile::tempdir().unwrap();
    let settings = || settings().registry_cache(cache.path());
    registry.load(":1", settings()).unwrap();
    // A port that nobody listens on.
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let away = Registry {
        address: closed,
        ..Registry::start()
    };
    let said = away.load(":1", settings()).unwrap_err();
    assert!(
        said.contains("cannot pull `oci:REGISTRY/team/app:1`: connection refused"),
        "{said}"
    );
}

#[test]
fn what_is_refused() {
    let registry = Registry::start();
    let module = mute();
    registry.push("tar", "application/vnd.oci.image.layer.v1.tar", &module);
    registry.push("text", WASM, b"hello");
    registry.push_as("changed", WASM, b"(module )", &digest(b"(module)"), 9);
    registry.push_as("longer", WASM, &module, &digest(&module), 8);
    registry.push_as("huge", WASM, &module, &digest(&module), 1 << 40);
    registry.push_as("negative", WASM, &module, &digest(&module), u64::MAX >> 1);
    registry.set(
        "/v2/team/app/manifests/nonsense",
        200,
        "application/json",
        b"hello",
    );
    registry.set(
        "/v2/team/app/manifests/private",
        401,
        "application/json",
        b"{\"errors\":[]}",
    );
    let tags = [
        "tar", "text", "changed", "longer", "huge", "negative", "nonsense", "private", "missing",
    ];
    let said = tags.map(|tag| registry.refused(&format!(":{tag}")));
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_manifest_that_is_not_the_one_of_its_digest() {
    let registry = Registry::start();
    let wanted = registry.push("1", WASM, &mute());
    let other = registry.push("2", WASM, b"(module)");
    let path = |name: &str| format!("/v2/team/app/manifests/{name}");
    let stolen = registry.answers.lock().unwrap()[&path(&other)].clone();
    registry.set(&path(&wanted), 200, &stolen.1, &stolen.2);
    let said = registry.refused(&format!("@{wanted}"));
    assert!(
        said.contains("cannot pull") && said.to_lowercase().contains("digest"),
        "{said}"
    );
}

#[test]
fn a_reference_that_is_none() {
    let registry = Registry::start();
    insta::assert_snapshot!(registry.refused(":!"));
}
