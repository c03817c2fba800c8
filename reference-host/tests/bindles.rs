//! Standalone bindles, made by each test.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::PathBuf;
use support::{Server, module, settings};
use tempfile::TempDir;
use wagi_host::{Host, HostError};

const ID: &str = "example.com/app/1.0.0";

/// A bindle on its way to the disk.
struct Bindle {
    base: TempDir,
    invoice: String,
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Bindle {
    fn new() -> Self {
        let base = tempfile::tempdir().unwrap();
        let bindle = Self {
            base,
            invoice: "bindleVersion = \"1.0.0\"\n[bindle]\nname = \"example.com/app\"\nversion = \"1.0.0\"\n"
                .into(),
        };
        std::fs::create_dir_all(bindle.folder().join("parcels")).unwrap();
        bindle
    }

    fn folder(&self) -> PathBuf {
        self.base.path().join(sha256(ID.as_bytes()))
    }

    fn with(mut self, text: &str) -> Self {
        self.invoice.push_str(text);
        self
    }

    /// A parcel with its data; `more` follows its label.
    fn parcel(mut self, media_type: &str, name: &str, data: &[u8], more: &str) -> Self {
        let digest = sha256(data);
        let path = self.folder().join("parcels").join(format!("{digest}.dat"));
        std::fs::write(path, data).unwrap();
        write!(
            self.invoice,
            "[[parcel]]\n[parcel.label]\nsha256 = \"{digest}\"\nmediaType = \"{media_type}\"\n\
             name = \"{name}\"\nsize = {}\n{more}\n",
            data.len()
        )
        .unwrap();
        self
    }

    fn module(self, name: &str, route: &str, requires: &[&str]) -> Self {
        let data = std::fs::read(module(name)).unwrap();
        let more = format!(
            "[parcel.label.feature.wagi]\nroute = \"{route}\"\n[parcel.conditions]\nrequires = {requires:?}"
        );
        self.parcel("application/wasm", name, &data, &more)
    }

    fn file(self, name: &str, data: &str, member_of: &[&str]) -> Self {
        let more = format!(
            "[parcel.label.feature.wagi]\nfile = \"true\"\n[parcel.conditions]\nmemberOf = {member_of:?}"
        );
        self.parcel("text/plain", name, data.as_bytes(), &more)
    }

    fn group(self, name: &str) -> Self {
        self.with(&format!("[[group]]\nname = \"{name}\"\n"))
    }

    fn load(&self) -> Result<Host, HostError> {
        std::fs::write(self.folder().join("invoice.toml"), &self.invoice).unwrap();
        Host::load_bindle(self.base.path(), ID, settings())
    }

    fn serve(self) -> Server {
        let host = self.load().unwrap();
        assert!(host.warnings().is_empty(), "{}", host.warnings());
        Server {
            running: host
                .serve(TcpListener::bind("127.0.0.1:0").unwrap())
                .unwrap(),
            stderr: Default::default(),
            folder: self.base,
            more: None,
        }
    }

    /// What is said instead of serving it, without what differs from run to run.
    fn refused(&self) -> String {
        self.without_places(&self.load().unwrap_err().to_string())
    }

    fn without_places(&self, said: &str) -> String {
        said.replace(self.base.path().to_str().unwrap(), "BASE")
            .replace(&sha256(ID.as_bytes()), "FOLDER")
    }
}

#[test]
fn modules_and_the_files_that_they_require() {
    let server = Bindle::new()
        .group("own")
        .group("shared")
        .group("other")
        .module("volume", "/a/...", &["own"])
        .module("volume", "/b", &["other"])
        .module("volume", "/c", &[])
        .module("env", "/env", &[])
        .file("a.txt", "a", &["own"])
        .file("images/deep/b.txt", "b", &["shared", "other"])
        .parcel(
            "text/plain",
            "needs.txt",
            b"x",
            "[parcel.conditions]\nmemberOf = [\"own\"]\nrequires = [\"shared\"]",
        )
        .serve();
    for (target, body) in [
        ("/a/x?a.txt", "a"),
        ("/a/x?images/deep/b.txt", "b"),
        // A file only where its feature says so.
        ("/a/x?needs.txt", ""),
        ("/b?images/deep/b.txt", "b"),
        ("/b?a.txt", ""),
    ] {
        assert_eq!(server.get(target, "").body(), body, "{target}");
    }
    assert_eq!(server.get("/c?a.txt", "").status(), 404);
    assert_eq!(
        server.get("/env", "").variable("SCRIPT_NAME").as_deref(),
        Some("/env")
    );
    assert_eq!(server.get("/nowhere", "").status(), 404);
}

#[test]
fn features_of_a_module() {
    let data = std::fs::read(module("reactor")).unwrap();
    let features = "[parcel.label.feature.wagi]\nroute = \"/m\"\nentrypoint = \"handle\"\nargv = \"x ${ARGS}\"\n\
                    allowed_hosts = \"https://a.example, https://b.example\"";
    let server = Bindle::new()
        .parcel("application/wasm", "reactor", &data, features)
        .serve();
    assert_eq!(server.get("/m", "").status(), 200);
}

#[test]
fn files_cannot_be_written() {
    let server = Bindle::new()
        .group("g")
        .module("write", "/w", &["g"])
        .file("a.txt", "a", &["g"])
        .serve();
    assert_ne!(server.get("/w", "").body(), "errno 00\n");
}

#[test]
fn a_bindle_that_is_not_there() {
    let bindle = Bindle::new().module("env", "/", &[]);
    bindle.load().unwrap();
    for (id, hint) in [
        (
            "example.com/app/1.0.1",
            "did you mean `example.com/app/1.0.0`?",
        ),
        ("zzz/1.0.0", "there: example.com/app/1.0.0"),
        (
            "app",
            "write it as NAME/VERSION, like example.com/hello/1.0.0",
        ),
        ("app/1.0", "`1.0` is no semantic version, like 1.0.0"),
    ] {
        let error = Host::load_bindle(bindle.base.path(), id, settings()).unwrap_err();
        assert!(error.to_string().contains(hint), "{error}");
    }
    let nowhere = bindle.base.path().join("nowhere");
    let error = Host::load_bindle(nowhere, ID, settings()).unwrap_err();
    assert!(
        error.to_string().contains("cannot read the bindles in"),
        "{error}"
    );
    std::fs::remove_file(bindle.folder().join("invoice.toml")).unwrap();
    let error = Host::load_bindle(bindle.base.path(), ID, settings()).unwrap_err();
    assert!(
        error.to_string().contains("invoice.toml`: no such file"),
        "{error}"
    );
}

macro_rules! refuses {
    ($($name:ident: $bindle:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!($bindle.refused());
        }
    )*};
}

refuses! {
    no_toml: Bindle::new().with("[[");
    not_an_invoice: Bindle { invoice: "a = 1\n".into(), ..Bindle::new() };
    another_name: Bindle { invoice: Bindle::new().module("env", "/", &[]).invoice.replace("1.0.0\"\n[[", "1.0.1\"\n[["), ..Bindle::new() };
    no_module: Bindle::new().file("a", "a", &[]);
    names_that_lead_out: Bindle::new().group("g").module("env", "/", &["g"])
        .file("../a", "a", &["g"]).file("/etc/passwd", "b", &["g"]).file("a/../../b", "c", &["g"]);
    two_files_of_one_name: Bindle::new().group("g").module("env", "/", &["g"]).file("a", "1", &["g"]).file("./a", "2", &["g"]);
    a_file_below_a_file: Bindle::new().group("g").module("env", "/", &["g"]).file("a", "1", &["g"]).file("a/b", "2", &["g"]);
    a_cycle: Bindle::new().group("g").group("h").module("env", "/", &["g"])
        .parcel("text/plain", "a", b"a", "[parcel.conditions]\nmemberOf = [\"g\"]\nrequires = [\"h\"]")
        .parcel("text/plain", "b", b"b", "[parcel.conditions]\nmemberOf = [\"h\"]\nrequires = [\"g\"]");
    a_digest_that_is_none: Bindle { invoice: Bindle::new().invoice + "[[parcel]]\nlabel = { sha256 = \"../../../etc/passwd\", mediaType = \"application/wasm\", name = \"a\", size = 1, feature = { wagi = { route = \"/\" } } }\n", ..Bindle::new() };
    missing_parcel: Bindle::new().with(&parcel_without_data(3));
    huge_size: Bindle::new().with(&parcel_without_data(i64::MAX as u64));
    bad_features: Bindle::new().parcel("application/wasm", "a", b"(module)", "feature = { wagi = { route = \"a b\", allowed_hosts = \"ftp://x\", entrypont = \"x\" } }");
    no_module_at_all: Bindle::new().parcel("application/wasm", "a", b"hello", "feature = { wagi = { route = \"/\" } }");
    equal_routes: Bindle::new().module("env", "/a", &[]).module("cat", "/a", &[]);
}

fn parcel_without_data(size: u64) -> String {
    let digest = "0".repeat(64);
    format!(
        "[[parcel]]\nlabel = {{ sha256 = \"{digest}\", mediaType = \"application/wasm\", name = \"a\", size = {size}, \
         feature = {{ wagi = {{ route = \"/\" }} }} }}\n"
    )
}

/// One byte of a module, and of a file, is another one.
#[test]
fn data_that_was_changed() {
    let bindle = Bindle::new()
        .group("g")
        .module("env", "/", &["g"])
        .file("a.txt", "hello", &["g"]);
    let path = |data: &[u8]| {
        bindle
            .folder()
            .join("parcels")
            .join(format!("{}.dat", sha256(data)))
    };
    std::fs::write(path(b"hello"), "hellO").unwrap();
    insta::assert_snapshot!("a_file_that_was_changed", bindle.refused());
    std::fs::write(path(b"hello"), "hello, and more").unwrap();
    insta::assert_snapshot!("a_file_of_another_size", bindle.refused());
    std::fs::write(path(b"hello"), "hello").unwrap();
    let module = std::fs::read(module("env")).unwrap();
    let mut changed = module.clone();
    changed[10] ^= 1;
    std::fs::write(path(&module), changed).unwrap();
    let said = bindle.refused();
    assert!(
        said.contains("the parcel of `env` cannot be used: its SHA-256 is"),
        "{said}"
    );
}

#[test]
fn what_is_only_worth_a_warning() {
    let bindle = Bindle::new()
        .with("[bindle.x]\n")
        .module("env", "/", &["nowhere"])
        .parcel("application/wasm", "unused", b"x", "");
    let invoice = format!("yanked = true\n{}", bindle.invoice);
    let bindle = Bindle { invoice, ..bindle };
    let host = bindle.load().unwrap();
    let warnings = bindle.without_places(&host.warnings().to_string());
    insta::assert_snapshot!(warnings);
}
