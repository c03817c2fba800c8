//! What `wagi check` says about every kind of mistake.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

const FINE: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

/// Runs `wagi check modules.toml` in a folder with some modules, and gives back what it says.
fn check(text: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).unwrap();
    write("modules.toml", text.as_bytes());
    write("fine.wat", FINE.as_bytes());
    write(
        "library.wat",
        br#"(module (func (export "hello")) (func (export "add") (param i32)))"#,
    );
    write(
        "imports.wat",
        br#"(module (import "env" "f" (func)) (import "wasi:http/types" "g" (func)))"#,
    );
    write("broken.wat", b"(module\n  (func $f (i32.add)))");
    write("text.wasm", b"hello");
    write("component.wasm", b"\0asm\x0d\0\x01\0");
    let routes = |printed: &str, length: usize, last: &str| {
        format!(
            r#"(module (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 0) "\10\00\00\00\{length:02x}\00\00\00")
            (data (i32.const 16) "{printed}") (func (export "_start")) (func (export "hi"))
            (func (export "_routes") (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) {last}))"#
        )
    };
    write("routes-words.wat", routes("/a hi there", 11, "").as_bytes());
    write(
        "routes-trap.wat",
        routes("/a hi", 5, "unreachable").as_bytes(),
    );
    write("routes-function.wat", routes("/a hello", 8, "").as_bytes());
    write(
        "routes-hidden.wat",
        routes("/a hi\\0a/... hi", 13, "").as_bytes(),
    );
    wagi(folder.path(), &["check", "modules.toml"])
}

fn wagi(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wagi"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("WAGI_LOG")
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap()
}

/// What a wrong configuration is answered with.
fn said(text: &str) -> String {
    let output = check(text);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

macro_rules! says {
    ($($name:ident: $text:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(said($text));
        }
    )*};
}

says! {
    unknown_key: "[[module]]\nroute = \"/\"\nmodule = \"fine.wat\"\nentry_point = \"hello\"\n";
    unknown_table: "[[modules]]\nroute = \"/\"\nmodule = \"fine.wat\"\n";
    single_table: "[module]\nroute = \"/\"\nmodule = \"fine.wat\"\n";
    bad_toml: "[[module]]\nroute = \"/\nmodule = \"fine.wat\"\n";
    nothing_configured: "# nothing\n";
    wrong_types: "[[module]]\nroute = 1\nmodule = \"fine.wat\"\n[[module]]\nroute = \"/a\"\nmodule = \"fine.wat\"\nvolumes = [\"/a\"]\nenvironment = { A = 1 }\n";
    missing_keys: "[[module]]\nmodule = \"fine.wat\"\n[[module]]\nroute = \"/a\"\n";
    bad_routes: "[[module]]\nroute = \"hello\"\nmodule = \"fine.wat\"\n[[module]]\nroute = \"/a/.../b\"\nmodule = \"fine.wat\"\n";
    bad_route_and_more: "[[module]]\nroute = \"hello\"\nmodule = \"library.wat\"\nentrypoint = \"helo\"\nvolumes = { \"/a\" = \"nowhere\" }\n[[module]]\nroute = \"?\"\nmodule = \"missing.wasm\"\n";
    equal_routes: "[[module]]\nroute = \"/caf%C3%A9\"\nmodule = \"fine.wat\"\n[[module]]\nroute = \"/café\"\nmodule = \"fine.wat\"\n";
    missing_module: "[[module]]\nroute = \"/\"\nmodule = \"fin.wat\"\n";
    not_wasm: "[[module]]\nroute = \"/\"\nmodule = \"text.wasm\"\n";
    broken_text: "[[module]]\nroute = \"/\"\nmodule = \"broken.wat\"\n";
    component: "[[module]]\nroute = \"/\"\nmodule = \"component.wasm\"\n";
    other_scheme: "[[module]]\nroute = \"/\"\nmodule = \"oci:example.com/hello:1\"\n";
    unknown_imports: "[[module]]\nroute = \"/\"\nmodule = \"imports.wat\"\n";
    missing_entrypoint: "[[module]]\nroute = \"/\"\nmodule = \"library.wat\"\nentrypoint = \"helo\"\n";
    missing_start: "[[module]]\nroute = \"/\"\nmodule = \"library.wat\"\n";
    wrong_signature: "[[module]]\nroute = \"/\"\nmodule = \"library.wat\"\nentrypoint = \"add\"\n";
    missing_volume: "[[module]]\nroute = \"/\"\nmodule = \"fine.wat\"\nvolumes = { \"/a\" = \"nowhere\", \"/b\" = \"fine.wat\" }\n";
    environment_names: "[[module]]\nroute = \"/\"\nmodule = \"fine.wat\"\nenvironment = { \"A=B\" = \"1\", foo = \"1\", FOO = \"2\" }\n";
    routes_with_words: "[[module]]\nroute = \"/\"\nmodule = \"routes-words.wat\"\n";
    routes_that_trap: "[[module]]\nroute = \"/\"\nmodule = \"routes-trap.wat\"\n";
    routes_without_function: "[[module]]\nroute = \"/\"\nmodule = \"routes-function.wat\"\n";
    everything_at_once: "[[module]]\nroute = \"/a\"\nmodule = \"missing.wasm\"\ncolour = \"red\"\n\n[[module]]\nroute = \"/a\"\nmodule = \"text.wasm\"\nvolumes = { \"/x\" = \"nowhere\" }\n\n[[module]]\nroute = \"/b\"\nmodule = \"imports.wat\"\nallowed_hosts = [\"https://example.com\"]\n";
}

#[test]
fn warnings_do_not_stand_in_the_way() {
    let output = check(
        "[[module]]\nroute = \"/healthz\"\nmodule = \"fine.wat\"\nhttp_max_concurrency = 5\n\
         environment = { Path_Info = \"x\" }\n\
         [[module]]\nroute = \"/p/...\"\nmodule = \"routes-hidden.wat\"\n",
    );
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "OK: 2 modules, 4 routes\n"
    );
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}

#[test]
fn a_missing_file() {
    let folder = tempfile::tempdir().unwrap();
    let output = wagi(folder.path(), &["check", "nowhere.toml"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}

#[test]
fn a_server_with_a_wrong_configuration_does_not_listen() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("modules.toml"), "[[module]]\n").unwrap();
    // An address that is taken would be told, if it were ever tried.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = wagi(folder.path(), &["serve", "-l", &address]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("a module without `route`") && !text.contains(&address),
        "{text}"
    );
}
