//! From a failure to its repair: a crooked server fails, the failure is saved, `replay` says FAILED;
//! the mended server: FIXED.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Plays the probes `cat`, `say` and `env` as far as these tests need it. While `crooked`, only the
/// last of several Set-Cookie fields is sent, and the path is decoded twice; where it `flips`, every
/// second time only.
#[derive(Default)]
struct Server {
    crooked: AtomicBool,
    flips: AtomicBool,
    answered: AtomicUsize,
}

fn start(crooked: bool, flips: bool) -> (Arc<Server>, String) {
    let server = Arc::new(Server {
        crooked: crooked.into(),
        flips: flips.into(),
        ..Server::default()
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let shared = Arc::clone(&server);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let server = Arc::clone(&shared);
            thread::spawn(move || while server.serve(&stream).is_some() {});
        }
    });
    (server, format!("http://{address}"))
}

impl Server {
    fn is_crooked(&self) -> bool {
        self.crooked.load(Ordering::Relaxed)
            && (!self.flips.load(Ordering::Relaxed)
                || self
                    .answered
                    .fetch_add(1, Ordering::Relaxed)
                    .is_multiple_of(2))
    }

    fn serve(&self, mut stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut line = Vec::new();
            reader
                .read_until(b'\n', &mut line)
                .ok()
                .filter(|&length| length > 0)?;
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let field = |name: &str| {
            let mut values = lines.iter().filter_map(|line| {
                let (n, value) = line.split_once(':')?;
                n.eq_ignore_ascii_case(name)
                    .then(|| value.trim().to_owned())
            });
            values.next()
        };
        let length = field("Content-Length").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).ok()?;
        let target = lines.first()?.split(' ').nth(1)?.to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let output = match path.split('/').nth(1) {
            Some("env") => env(path, query, self.is_crooked()),
            Some("cat") => body,
            Some("say") => {
                let digits: Vec<u32> = query.chars().filter_map(|c| c.to_digit(16)).collect();
                let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).unwrap();
                digits.chunks_exact(2).map(byte).collect()
            }
            _ => b"Content-Type: text/plain\n\nanother probe\n".to_vec(),
        };
        let answer = self.answer(&output);
        stream.write_all(&answer).ok()
    }

    fn answer(&self, output: &[u8]) -> Vec<u8> {
        let output = String::from_utf8_lossy(output).into_owned();
        let (head, body) = output.split_once("\n\n").unwrap_or((&output, ""));
        let mut lines: Vec<&str> = head.lines().collect();
        let is_cookie = |line: &&str| line.starts_with("Set-Cookie:");
        let cookies = lines.iter().copied().filter(|line| is_cookie(line)).count();
        if cookies > 1 && self.is_crooked() {
            let mut before = cookies;
            lines.retain(|line| {
                before -= usize::from(is_cookie(line));
                !is_cookie(line) || before == 0
            });
        }
        let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: {length}\r\n\r\n{body}").into_bytes()
    }
}

fn env(path: &str, query: &str, crooked: bool) -> Vec<u8> {
    let decode = |text: &str| text.replace("%25", "%").replace("%41", "A");
    let mut info = decode(path.strip_prefix("/env").unwrap());
    if crooked {
        info = decode(&info);
    }
    let (info, query) = (format!("PATH_INFO={info}"), format!("QUERY_STRING={query}"));
    let (i, q) = (info.len(), query.len());
    format!(
        "Content-Type: text/plain\n\nwagi-probe 1\nvariable {i} {info}\nvariable {q} {query}\n\
         argument 4 /env\nstdin 0 cbf29ce484222325\nend\n"
    )
    .into_bytes()
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_wagi-conformance"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

const CASE: &str = "header-block.set-cookie.two";
const SAVED: &str = "conformance-report/failures/header-block.set-cookie.two.toml";

#[test]
fn a_failure_is_saved_fails_again_and_is_fixed() {
    let folder = tempfile::tempdir().unwrap();
    let (server, url) = start(true, false);
    let ran = run(folder.path(), &["run", CASE, "--url", &url]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    let line = format!("wagi-conformance replay {SAVED} --url {url}");
    assert!(ran.out.contains(&line), "{}", ran.out);
    let report =
        std::fs::read_to_string(folder.path().join("conformance-report/report.json")).unwrap();
    assert!(report.contains(&line), "{report}");

    let again = run(folder.path(), &["replay", SAVED, "--url", &url]);
    assert_eq!(again.code, Some(1), "{}{}", again.out, again.err);
    assert!(
        again.out.ends_with(&format!("FAILED   {CASE}\n")),
        "{}",
        again.out
    );
    for part in [
        "FAIL  ",
        "MUST",
        "expected",
        "actual",
        "reproduce",
        "spec/src/header-block.md",
    ] {
        assert!(again.out.contains(part), "{part}: {}", again.out);
    }

    server.crooked.store(false, Ordering::Relaxed);
    let fixed = run(
        folder.path(),
        &["replay", "conformance-report/failures", "--url", &url],
    );
    assert_eq!(
        (fixed.code, fixed.out),
        (Some(0), format!("FIXED    {CASE}\n")),
        "{}",
        fixed.err
    );
    // A saved failure is a case as any other.
    let own = ["run", "--cases", SAVED, "--only-cases", "--url", &url];
    assert_eq!(run(folder.path(), &own).code, Some(0));
}

/// What was drawn is judged by the model again, without a seed.
#[test]
fn what_a_property_test_found_can_be_replayed() {
    let folder = tempfile::tempdir().unwrap();
    // The model finds much in a server as plain as this one.
    let (_server, url) = start(true, false);
    let arguments = [
        "run",
        "property.outputs",
        "--seed",
        "1",
        "--property-cases",
        "12",
        "--timeout",
        "1s",
        "--url",
        &url,
    ];
    let ran = run(folder.path(), &arguments);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    let saved = "conformance-report/failures/property.outputs.toml";
    let text = std::fs::read_to_string(folder.path().join(saved)).unwrap();
    assert!(text.contains("\nexpect.model = true\n"), "{text}");
    let again = run(folder.path(), &["replay", saved, "--url", &url]);
    assert_eq!(again.code, Some(1), "{}{}", again.out, again.err);
    assert!(
        again.out.ends_with("\nFAILED   property.outputs\n"),
        "{}",
        again.out
    );
    let line = run(
        folder.path(),
        &["reproduce", "property.outputs", "--url", &url],
    );
    assert!(
        line.out.contains(url.trim_start_matches("http://")),
        "{}{}",
        line.out,
        line.err
    );
    // The reference host gets right all that this server gets wrong.
    let host = run(folder.path(), &["replay", "conformance-report/failures"]);
    assert_eq!(host.code, Some(0), "{}{}", host.out, host.err);
    assert!(host.out.lines().count() > 3, "{}", host.out);
    assert!(
        host.out.lines().all(|line| line.starts_with("FIXED ")),
        "{}",
        host.out
    );
}

#[test]
fn a_case_that_flips_is_red_and_flaky() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, url) = start(true, true);
    let arguments = ["run", CASE, "--url", &url, "--repeat", "4", "-j", "1"];
    let ran = run(folder.path(), &arguments);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("flaky: 2 of 4 runs failed"), "{}", ran.out);
    let again = run(
        folder.path(),
        &["replay", SAVED, "--url", &url, "--repeat", "4"],
    );
    assert_eq!(again.code, Some(1), "{}{}", again.out, again.err);
    assert!(
        again.out.contains("flaky: 2 of 4 runs failed"),
        "{}",
        again.out
    );
}

#[test]
fn files_that_cannot_be_replayed_say_why_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let sound = "area = \"status\"\n\n[[case]]\nid = \"status.x\"\ntitle = \"x\"\nrequirements = [\"status.alone\"]\n\
                 request.target = \"{mount}?{nonce}\"\nexpect.status = 200\nexpect.ran = true\n";
    write("sound.toml", sound);
    write(
        "cut.toml",
        &format!("# Saved by wagi-conformance 0.1.0\n{sound}"),
    );
    write("foreign.toml", "[package]\nname = \"x\"\n");
    write("edited.toml", &sound.replace("expect.ran", "expect.rann"));
    write("syntax.toml", &sound.replace("= 200", "= "));
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    for (file, says) in [
        ("cut.toml", "cut.toml:10:"),
        ("foreign.toml", "foreign.toml:1:2: "),
        ("edited.toml", "edited.toml:9:8: unknown field `rann`"),
        ("syntax.toml", "syntax.toml:8:"),
        ("empty", "empty: the folder holds no file"),
        ("nowhere.toml", "nowhere.toml: No such file"),
    ] {
        let ran = run(folder.path(), &["replay", file]);
        assert_eq!(ran.code, Some(4), "{file}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(says), "{file}: {}", ran.err);
    }
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let ran = run(
        folder.path(),
        &["replay", "sound.toml", "--url", &format!("http://{port}")],
    );
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
    assert_eq!(run(folder.path(), &["replay"]).code, Some(2));
    assert_eq!(
        run(
            folder.path(),
            &["replay", "sound.toml", "--url", "localhost"]
        )
        .code,
        Some(2)
    );
}

#[test]
fn a_failure_that_cannot_be_saved_loses_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, url) = start(true, false);
    std::fs::write(folder.path().join("file"), "").unwrap();
    let ran = run(
        folder.path(),
        &["run", CASE, "--url", &url, "--failures", "file"],
    );
    assert_eq!(ran.code, Some(4), "{}{}", ran.out, ran.err);
    assert!(
        ran.err
            .contains("cannot write file/header-block.set-cookie.two.toml"),
        "{}",
        ran.err
    );
    assert!(ran.out.contains("Not conformant"), "{}", ran.out);
    assert!(
        folder
            .path()
            .join("conformance-report/report.json")
            .exists()
    );
}
