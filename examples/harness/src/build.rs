//! Building an example, from inside a test that cargo runs.

use std::collections::HashMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

/// WASI preview 1: modules.
const MODULES: &str = "wasm32-wasip1";

/// WASI preview 2: components.
const COMPONENTS: &str = "wasm32-wasip2";

/// What the cargo (or clippy, or a coverage tool) that runs the tests has set for its own build. Flags for this machine
/// would break a build for WebAssembly, and its job server is gone.
const NOT_INHERITED: [&str; 10] = [
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MAKEFLAGS",
    "MAKEFLAGS",
    "MFLAGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
    "__CARGO_DEFAULT_LIB_METADATA",
];

/// Builds an example with the profile `guest` and returns the path of its module. Once per process.
///
/// # Panics
///
/// If it cannot be built; when only the target is missing, the message is the command that adds it.
pub fn build(package: &str) -> PathBuf {
    build_bin(package, package)
}

/// The same for a package with several programs.
///
/// # Panics
///
/// If it cannot be built.
pub fn build_bin(package: &str, program: &str) -> PathBuf {
    build_for(MODULES, package, program)
}

/// Builds an example as a component.
///
/// # Panics
///
/// If it cannot be built.
pub fn build_component(package: &str) -> PathBuf {
    build_for(COMPONENTS, package, package)
}

fn build_for(target: &'static str, package: &str, program: &str) -> PathBuf {
    type Built = HashMap<(&'static str, String), PathBuf>;
    static BUILT: Mutex<Option<Built>> = Mutex::new(None);
    // Another test's failure to build says nothing about this package.
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    built
        .get_or_insert_with(HashMap::new)
        .entry((target, program.to_owned()))
        .or_insert_with(|| {
            ensure_target(target);
            cargo_build(target, package, program)
        })
        .clone()
}

fn cargo_build(target: &str, package: &str, program: &str) -> PathBuf {
    // Cargo's lock on the target directory is free while tests run; where others build at the same time, cargo waits.
    let output = command(&env::var("CARGO").unwrap_or("cargo".to_owned()))
        .args([
            "build",
            "--package",
            package,
            "--bin",
            program,
            "--target",
            target,
            "--profile",
            "guest",
        ])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("cargo does not start: {error}"));
    assert!(
        output.status.success(),
        "cargo cannot build `{package}` for {target}, see above"
    );
    let messages = String::from_utf8_lossy(&output.stdout);
    let mut modules = messages
        .lines()
        .filter_map(|line| Message::module_of(line, program));
    modules
        .next()
        .unwrap_or_else(|| panic!("cargo built `{program}`, but no module of it"))
}

/// The part of cargo's messages that tells where things are.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

impl Message {
    fn module_of(line: &str, program: &str) -> Option<PathBuf> {
        let message: Self = serde_json::from_str(line).ok()?;
        let is_module = message.reason == "compiler-artifact" && message.target?.name == program;
        message.executable.filter(|_| is_module)
    }
}

/// Adds the target, if the toolchain does not have it.
fn ensure_target(target: &str) {
    if has_target(target) {
        return;
    }
    let added = command("rustup").args(["target", "add", target]).status();
    if !has_target(target) {
        let why = match added {
            Ok(status) => status.to_string(),
            Err(error) => format!("rustup: {error}"),
        };
        panic!(
            "the examples are built for {target}, which could not be added ({why}): rustup target add {target}"
        );
    }
}

fn has_target(target: &str) -> bool {
    let output = command("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .output();
    output.is_ok_and(|output| {
        output.status.success()
            && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}

/// A command in the workspace, so that its configuration and toolchain hold.
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    for name in NOT_INHERITED {
        command.env_remove(name);
    }
    command
}
