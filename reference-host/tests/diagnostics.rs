//! What `wagi check` says about every kind of mistake.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

const FINE: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

/// Runs `wagi check modules.toml` in a folder with some modules, and gives back what it says.
fn check(text: impl AsRef<[u8]>) -> Output {
    check_in(text, |_| {})
}

/// The same, in a folder with more in it.
fn check_in(text: impl AsRef<[u8]>, prepare: impl FnOnce(&Path)) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).unwrap();
    write("modules.toml", text.as_ref());
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
    std::fs::create_dir(folder.path().join("public")).unwrap();
    write("wrong.env", b"A=1\nhello\nPATH_INFO=x\n=2\n");
    write("bytes.env", b"A=\xff\n");
    prepare(folder.path());
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
fn said(text: impl AsRef<[u8]>) -> String {
    refused(&check(text))
}

fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// An entry on the route `/` with further lines.
fn module_with(lines: &str) -> String {
    module_at("/", lines)
}

fn module_at(route: &str, lines: &str) -> String {
    format!("[[module]]\nroute = \"{route}\"\n{lines}\n")
}

fn module_with_route(route: &str) -> String {
    module_at(route, "module = \"fine.wat\"")
}

/// An entry that is fine but for further lines.
fn fine(lines: &str) -> String {
    module_with(&format!("module = \"fine.wat\"\n{lines}"))
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
    missing_build: "[[module]]\nroute = \"/\"\nmodule = \"target/wasm32-wasip1/release/hello.wasm\"\n";
    missing_module: "[[module]]\nroute = \"/\"\nmodule = \"fin.wat\"\n";
    not_wasm: "[[module]]\nroute = \"/\"\nmodule = \"text.wasm\"\n";
    broken_text: "[[module]]\nroute = \"/\"\nmodule = \"broken.wat\"\n";
    component: "[[module]]\nroute = \"/\"\nmodule = \"component.wasm\"\n";
    other_schemes: module_with("module = \"bindle:example.com/hello/1.0.0\"") + &module_at("/b", "module = \"https://example.com/a.wasm\"") + &module_at("/c", "module = \"ftp:a\"") + &module_at("/d", "module = \"\"");
    bad_hosts: fine("host = [\"http://a\", \"a:80\", \"*\", \"a.*.b\", \"käse.de\", \"a b\", 1]");
    no_hosts: fine("host = []\nmethods = []");
    bad_methods: fine("methods = [\"GTE\", \"get\", \"TRACE\", \"FROBNICATE\", 1]");
    methods_of_another_type: fine("methods = \"GET\"");
    bad_limits: fine("limits = { wall_time = \"soon\", memory = \"1T\", body = true, instances = -1, stack = 1, memori = 1 }");
    excessive_limits: fine("limits = { instances = 100000, memory = \"5GiB\", wall_time = \"1s\" }");
    limits_of_another_type: fine("limits = \"64MiB\"");
    bad_volumes: fine("volumes = { \"\" = \"public\", \"/a\" = 1, \"/b\" = { mode = \"r\" }, \"/c\" = { path = \"public\", mode = \"readonly\", x = 1 } }");
    bad_allowed_hosts: fine("allowed_hosts = [\"ftp://a\", \"https://\", 1]");
    allowed_hosts_of_another_type: fine("allowed_hosts = \"https://a\"\nhttp_max_concurrency = \"2\"");
    bad_env_file: fine("env_file = [\"wrong.env\", \"missing.env\", \"bytes.env\", \"public\"]");
    bad_static: "[[static]]\nroute = \"/a\"\nfolder = \"publik\"\nindex = \"a/b\"\ncache_control = \"a\\nb\"\nhiden = true\n[[static]]\nfolder = \"fine.wat\"\nhidden = 1\n";
    static_and_module_on_one_route: "[[static]]\nroute = \"/...\"\nfolder = \"public\"\n".to_string() + &module_with_route("/...");
    equal_routes_on_a_host: fine("host = [\"a.example\", \"b.example\"]") + &fine("host = \"B.example\"");
    not_utf8: b"[[module]]\nroute = \"/caf\xe9\"\n";
    utf16: b"\xff\xfe[\0[\0m\0";
    with_nul: b"[[module]]\0\n";
    too_large: vec![b'#'; 5 << 20];
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
         [[module]]\nroute = \"/p/...\"\nmodule = \"routes-hidden.wat\"\nvolumes = { \"/\" = \".\" }\n",
    );
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "OK: 2 modules, 4 routes\n"
    );
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}

#[test]
fn everything_that_can_be_said_of_a_module() {
    let entry = fine(
        "host = \"a.example\"\nmethods = [\"GET\"]\nargv = \"x\"\nvolumes = { \"/a\" = \"public\" }\n\
         allowed_hosts = [\"https://a.example\"]\nhttp_max_concurrency = 2\n\
         limits = { wall_time = \"5s\", memory = \"64MiB\", table_elements = 10, stack = \"1MiB\", \
         instances = 8, body = 0, response = \"1G\", header_block = 1024 }\n",
    );
    let output = check(entry);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
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

#[test]
fn a_directory_in_place_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("modules.toml")).unwrap();
    let output = wagi(folder.path(), &["check", "modules.toml"]);
    insta::assert_snapshot!(refused(&output));
}

#[test]
fn a_link_that_leads_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("nowhere.toml", folder.path().join("modules.toml")).unwrap();
    let output = wagi(folder.path(), &["check", "modules.toml"]);
    insta::assert_snapshot!(refused(&output));
}

/// Places are those that an editor shows, whatever the ends of lines are.
#[test]
fn carriage_returns_and_a_byte_order_mark() {
    let text = "\u{feff}[[module]]\r\nroute = \"/\"\r\nmodule = \"fine.wat\"\r\ncolour = 1\r\n";
    let said = said(text);
    assert!(said.contains("modules.toml:4:1"), "{said}");
    let fine = check(text.replace("colour = 1\r\n", ""));
    assert_eq!(fine.status.code(), Some(0), "{fine:?}");
}

#[test]
fn a_large_file_is_read() {
    let mut text = String::new();
    for number in 0..2000 {
        text += &module_with_route(&format!("/{number}/{}", "x".repeat(450)));
    }
    assert!(text.len() > 900_000);
    let output = check(text);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "OK: 2000 modules, 2000 routes\n"
    );
}

/// What deislabs/wagi 0.8 ignores, or finds elsewhere, is said and no error.
#[test]
fn a_file_of_deislabs_wagi() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("examples")).unwrap();
    write("examples/hello.wat", FINE);
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let absolute = folder.path().join("examples/hello.wat");
    write(
        "examples/modules.toml",
        &format!(
            r#"default_host = "localhost:3000"

[[module]]
route = "/"
module = "examples/hello.wat"
repository = "reserved"

[[module]]
route = "/hello/..."
module = "file://{}"
volumes = {{ "/data" = "data" }}
bindle_server = "http://localhost:8080/v1"
allowed_hosts = ["https://api.brigade.sh"]
http_max_concurrency = 2
argv = "${{SCRIPT_NAME}} ${{ARGS}}"
"#,
            absolute.display()
        ),
    );
    let output = wagi(folder.path(), &["check", "examples/modules.toml"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}
