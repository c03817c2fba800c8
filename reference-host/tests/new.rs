//! `wagi new`: what is printed, what is created, and that what it creates works.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn sdk() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../wagi-sdk")
        .canonicalize()
        .unwrap()
}

fn wagi(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wagi"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("WAGI_LOG")
        .env_remove("COLUMNS")
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn printed(output: &Output) -> String {
    let wagi = fs::canonicalize(env!("CARGO_BIN_EXE_wagi")).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
        .replace(sdk().to_str().unwrap(), "[SDK]")
        .replace(wagi.to_str().unwrap(), "[WAGI]")
}

/// All files below a folder, sorted by path, with their text.
fn files(folder: &Path) -> String {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    collect(folder, &mut paths);
    paths.sort();
    let mut text = String::new();
    for path in paths {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        let note = if mode & 0o100 == 0 {
            ""
        } else {
            " (executable)"
        };
        let name = path.strip_prefix(folder).unwrap().display();
        let content = fs::read_to_string(&path).unwrap();
        write!(text, "=== {name}{note}\n{content}").unwrap();
    }
    text.replace(sdk().to_str().unwrap(), "[SDK]")
}

fn create(folder: &Path, template: &str) -> Output {
    let mut arguments = vec!["new", "hello", "--template", template];
    let sdk = sdk();
    if matches!(template, "rust" | "rust-json") {
        arguments.extend(["--sdk-path", sdk.to_str().unwrap()]);
    }
    wagi(folder, &arguments)
}

#[test]
fn every_template() {
    for template in [
        "rust",
        "rust-json",
        "rust-plain",
        "c",
        "go",
        "zig",
        "assemblyscript",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = create(folder.path(), template);
        assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
        let project = folder.path().join("hello");
        insta::assert_snapshot!(
            template,
            format!("{}\n{}", printed(&output), files(&project))
        );
        // No placeholder is left, and nothing lies about beside it.
        for word in ["name", "module", "build", "serve", "ask", "sdk"] {
            let placeholder = format!("@{word}@");
            assert!(!files(&project).contains(&placeholder), "{placeholder}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let mode = fs::metadata(&project).unwrap().permissions().mode();
        assert_eq!(mode & 0o500, 0o500);
    }
}

#[test]
fn rust_is_the_default_and_paths_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("my handlers")).unwrap();
    let sdk = sdk();
    let output = wagi(
        folder.path(),
        &[
            "new",
            "my handlers/shop",
            "--sdk-path",
            sdk.to_str().unwrap(),
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    assert!(printed(&output).contains("cd 'my handlers/shop'"));
    let manifest = folder.path().join("my handlers/shop/Cargo.toml");
    assert!(
        fs::read_to_string(manifest)
            .unwrap()
            .contains("name = \"shop\"")
    );
}

#[test]
fn below_another_package_it_is_its_own_workspace() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Cargo.toml"), "[workspace]\n").unwrap();
    assert_eq!(create(folder.path(), "rust-plain").status.code(), Some(0));
    let manifest = folder.path().join("hello/Cargo.toml");
    assert!(
        fs::read_to_string(manifest)
            .unwrap()
            .ends_with("\n[workspace]\n")
    );
}

#[test]
fn what_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("hello")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("dangling")).unwrap();
    let mut text = String::new();
    for arguments in [
        &["hello"][..],
        &["dangling"],
        &["missing/hello"],
        &["Hello World"],
        &["fn"],
        &["x", "--template", "cobol"],
        &["x", "--template", "c", "--sdk-path", "."],
        &["x", "--sdk-path", "."],
        &["x", "--sdk-path", "missing"],
    ] {
        let arguments = [&["new"][..], arguments].concat();
        let output = wagi(folder.path(), &arguments);
        let code = output.status.code().unwrap();
        let here = folder.path().canonicalize().unwrap();
        let printed = printed(&output).replace(here.to_str().unwrap(), "[HERE]");
        writeln!(text, "$ wagi {}\n{printed}=> {code}\n", arguments.join(" ")).unwrap();
    }
    insta::assert_snapshot!(text);
    // Nothing was made.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// `modules.toml` shows in comments what else it can say.
#[test]
fn what_modules_toml_has_in_comments_works() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(create(folder.path(), "c").status.code(), Some(0));
    let project = folder.path().join("hello");
    let module = "(module (memory (export \"memory\") 1) (func (export \"_start\")))";
    fs::write(project.join("hello.wasm"), wat::parse_str(module).unwrap()).unwrap();
    let file = project.join("modules.toml");
    let mut text = fs::read_to_string(&file).unwrap();
    for key in ["volumes", "environment"] {
        let comment = format!("\n# {key} = ");
        assert!(text.contains(&comment), "{text}");
        text = text.replace(&comment, &comment.replace("# ", ""));
    }
    fs::write(file, text).unwrap();
    let without_folder = wagi(&project, &["check"]);
    assert!(printed(&without_folder).contains("cannot use `data` as a volume"));
    fs::create_dir(project.join("data")).unwrap();
    assert_eq!(
        printed(&wagi(&project, &["check"])),
        "OK: 1 module, 1 route\n"
    );
}

/// Builds what was created, as it says, and asks it.
#[test]
fn the_rust_project_works() {
    let folder = tempfile::tempdir().unwrap();
    let name = ["/?name=%3CAda%3E"];
    let hello = (name.as_slice(), "<h1>Hello, &lt;Ada&gt;!</h1>");
    let order = r#"{"items": [{"price": 250, "quantity": 2}]}"#;
    let order = ["/", "-d", order, "-H", "Content-Type: application/json"];
    let total = (order.as_slice(), r#"{"cents":500}"#);
    for (template, (question, answer)) in
        [("rust", hello), ("rust-json", total), ("rust-plain", hello)]
    {
        let folder = folder.path().join(template);
        fs::create_dir(&folder).unwrap();
        let created = create(&folder, template);
        assert_eq!(created.status.code(), Some(0));
        let project = folder.join("hello");
        // The versions that the workspace was tested with; without it, the newest are taken.
        fs::copy(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock"),
            project.join("Cargo.lock"),
        )
        .unwrap();
        fs::create_dir_all(target()).unwrap();
        std::os::unix::fs::symlink(target(), project.join("target")).unwrap();

        let created = printed(&created);
        let build = created
            .lines()
            .find_map(|line| line.strip_prefix("  cargo build "));
        let build: Vec<&str> = build.unwrap().split(' ').collect();
        let module = "target/wasm32-wasip1/release/hello.wasm";
        // What an earlier run has left.
        let _ = fs::remove_file(project.join(module));
        // CARGO_TARGET_DIR leads elsewhere, and the module is where modules.toml has it.
        cargo(&project, &[&["build"], &*build].concat());
        let checked = wagi(&project, &["check"]);
        assert_eq!(printed(&checked), "OK: 1 module, 1 route\n");

        let output = wagi(&project, &[&["request", module], question].concat());
        assert!(printed(&output).starts_with("HTTP/1.1 200 OK\n"));
        assert!(printed(&output).contains(answer), "{}", printed(&output));

        cargo(&project, &["test", "--quiet"]);
        cargo(&project, &["fmt", "--check"]);
    }
}

/// What `target` of every project leads to, so that only the first one compiles the dependencies.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("new")
}

/// Where cargo is set up to build.
fn elsewhere() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-elsewhere")
}

/// As a person calls it: through rustup, which reads `rust-toolchain.toml`, and without what the cargo
/// (or clippy, or a coverage tool) that runs this test has set for its own build.
fn cargo(project: &Path, arguments: &[&str]) {
    let mut command = Command::new("cargo");
    for name in [
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_MAKEFLAGS",
        "MAKEFLAGS",
        "MFLAGS",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTFLAGS",
        "RUSTUP_TOOLCHAIN",
        "__CARGO_DEFAULT_LIB_METADATA",
    ] {
        command.env_remove(name);
    }
    let output = command
        .args(arguments)
        .current_dir(project)
        .env("CARGO_TARGET_DIR", elsewhere())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "cargo {}: {}",
        arguments.join(" "),
        printed(&output)
    );
}
