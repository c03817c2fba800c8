//! Volumes cannot be left, over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use support::{Server, serve, settings};
use tempfile::TempDir;

/// A volume with a file and a folder, and a secret beside it.
fn volume() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    std::fs::create_dir_all(inside.join("sub")).unwrap();
    std::fs::write(inside.join("file"), "in the volume").unwrap();
    std::fs::write(inside.join("sub/file"), "in the volume").unwrap();
    std::fs::write(folder.path().join("secret"), "outside").unwrap();
    (folder, inside)
}

fn with_volume(inside: &Path) -> Server {
    let entry = |name: &str| {
        format!(
            "[[module]]\nroute = \"/{name}\"\nmodule = \"${name}\"\nvolumes = {{ \"/data\" = {inside:?} }}\n"
        )
    };
    serve(&[], &(entry("volume") + &entry("escape")), settings())
}

#[test]
fn no_function_leads_out() {
    let (folder, inside) = volume();
    let server = with_volume(&inside);
    let body = server.get("/escape", "").body();
    let numbers: Vec<&str> = body.split_whitespace().collect();
    assert_eq!(numbers.len(), 15, "{body}");
    assert!(!numbers.contains(&"00"), "{body}");
    let mut left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["inside", "secret"]);
    assert_eq!(
        std::fs::read_to_string(folder.path().join("secret")).unwrap(),
        "outside"
    );
    assert_eq!(
        std::fs::read_to_string(inside.join("file")).unwrap(),
        "in the volume"
    );
}

#[test]
fn no_name_and_no_link_leads_out() {
    let (folder, inside) = volume();
    let secret = folder.path().join("secret");
    symlink(&secret, inside.join("absolute")).unwrap();
    symlink("../secret", inside.join("relative")).unwrap();
    symlink("../../secret", inside.join("sub/relative")).unwrap();
    symlink(folder.path(), inside.join("folder")).unwrap();
    symlink("..", inside.join("up")).unwrap();
    symlink("relative", inside.join("chain")).unwrap();
    symlink("loop", inside.join("loop")).unwrap();
    symlink("/proc/self/root", inside.join("root")).unwrap();
    // These stay inside.
    symlink("sub/file", inside.join("good")).unwrap();
    symlink("../file", inside.join("sub/good")).unwrap();
    let server = with_volume(&inside);
    let secret = secret.to_str().unwrap();
    for name in [
        "file",
        "good",
        "sub/good",
        "./file",
        "sub/../file",
        "sub//../file",
    ] {
        let answer = server.get(&format!("/volume?{name}"), "");
        assert_eq!(answer.body(), "in the volume", "{name}");
    }
    for name in [
        "../secret",
        "sub/../../secret",
        "../inside/file",
        secret,
        "absolute",
        "relative",
        "sub/relative",
        "folder/secret",
        "up/secret",
        "up/inside/file",
        "chain",
        "loop",
        "root/etc/passwd",
        "/etc/passwd",
        "/data/file",
        "..%2fsecret",
        "file%00",
        "..\\secret",
        "",
        ".",
    ] {
        let answer = server.get(&format!("/volume?{name}"), "");
        assert!(!answer.text().contains("outside"), "{name}: {answer:?}");
        assert!(!answer.text().contains("root:"), "{name}: {answer:?}");
        assert!(
            !answer.body().contains("in the volume"),
            "{name}: {answer:?}"
        );
    }
}

/// Ends the other thread.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Between a check and its use a link could be put in the place of a folder or a file.
#[test]
fn links_that_are_swapped_in_while_modules_run_lead_nowhere() {
    let (folder, inside) = volume();
    let outside = folder.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("file"), "outside").unwrap();
    let server = with_volume(&inside);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Each name is now a thing of the volume, now a link that leads out.
            while !is_over.load(Ordering::Relaxed) {
                let _ = std::fs::remove_dir_all(inside.join("folder"));
                let _ = std::fs::remove_file(inside.join("folder"));
                symlink(&outside, inside.join("folder")).unwrap();
                symlink("../outside/file", inside.join("new")).unwrap();
                std::fs::rename(inside.join("new"), inside.join("leaf")).unwrap();
                std::fs::remove_file(inside.join("folder")).unwrap();
                std::fs::create_dir(inside.join("folder")).unwrap();
                std::fs::write(inside.join("folder/file"), "in the volume").unwrap();
                std::fs::write(inside.join("new"), "in the volume").unwrap();
                std::fs::rename(inside.join("new"), inside.join("leaf")).unwrap();
            }
        });
        // Also when an assertion fails.
        let _over = Over(&is_over);
        let mut found = 0;
        for _ in 0..1500 {
            for name in ["folder/file", "leaf"] {
                let answer = server.get(&format!("/volume?{name}"), "");
                assert!(!answer.text().contains("outside"), "{name}: {answer:?}");
                found += usize::from(answer.body() == "in the volume");
            }
        }
        assert!(found > 0, "the volume was never seen as it is");
    });
}

/// Compiled modules are run as they are: a module that writes them leaves its sandbox.
#[test]
fn what_the_server_runs_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("modules.toml");
    let load = |mode: &str| {
        let text = format!(
            "[[module]]\nroute = \"/\"\nmodule = {:?}\nvolumes = {{ \"/\" = {{ path = \".\", mode = \"{mode}\" }} }}\n",
            support::module("volume")
        );
        std::fs::write(&path, text).unwrap();
        let settings = settings().module_cache(folder.path().join("cache"));
        wagi_host::Host::load(&path, settings)
    };
    let error = load("rw").unwrap_err().to_string();
    assert!(
        error.contains("cache/wagi-modules`, where the server keeps what it runs"),
        "{error}"
    );
    assert!(error.contains("modules.toml:4:"), "{error}");
    load("ro").unwrap();
}
