//! What modules hold of the process is held from the beginning, and given back with the module.
//!
//! One test in a process of its own, since it counts what is open in it.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::Path;
use support::{Server, serve, settings};

/// Open descriptors of the beginnings of memories.
fn images() -> usize {
    let entries = std::fs::read_dir("/proc/self/fd").unwrap();
    let targets = entries.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    let is_image = |target: &Path| target.to_string_lossy().contains("wasm-memory-image");
    targets.filter(|target| is_image(target)).count()
}

fn write_module(folder: &Path, version: u32) {
    let page = format!("Content-Type: text/plain\\0a\\0aversion {version}");
    let length = format!("Content-Type: text/plain\n\nversion {version}").len();
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write"
                (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\10\00\00\00\{length:02x}\00\00\00")
            (data (i32.const 16) "{page}")
            (func (export "_start")
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#
    );
    std::fs::write(folder.join("versions.wat"), text).unwrap();
}

fn ask_all(server: &Server, version: u32) {
    for path in ["/env", "/mute", "/cat"] {
        server.get(path, "");
    }
    let answer = server.get("/versions", "");
    assert_eq!(answer.body(), format!("version {version}"));
}

#[test]
fn memories_are_prepared_once_and_given_back() {
    let server = serve(&["env", "mute", "cat", "exit", "trap"], "", settings());
    let config = server.folder.path().join("modules.toml");
    let mut text = std::fs::read_to_string(&config).unwrap();
    text.push_str("[[module]]\nroute = \"/versions\"\nmodule = \"versions.wat\"\n");
    std::fs::write(&config, text).unwrap();
    let reload = |version: u32| {
        write_module(server.folder.path(), version);
        server.running.reload(&config).unwrap();
    };

    reload(0);
    let at_first = images();
    assert!(at_first > 0);
    ask_all(&server, 0);
    assert_eq!(images(), at_first, "the first request opens nothing");
    for _ in 0..10 {
        reload(0);
        ask_all(&server, 0);
        assert_eq!(
            images(),
            at_first,
            "what has not changed is not loaded again"
        );
    }
    // The memory of a module that was replaced may stay in its place of the pool until the place is
    // used again, or until several are cleaned together. There are as many places as instances (16)
    // and a few more.
    let places = 20;
    for version in 1..=100 {
        reload(version);
        ask_all(&server, version);
        let now = images();
        assert!(
            now <= at_first + places,
            "{now} after {version} reloads, {at_first} at first"
        );
    }
}
