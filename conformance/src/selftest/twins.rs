//! The native twins against the probes: the same input, the same output.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::probe::Dump;
use crate::target::Target;
use crate::wire::client::{Client, Outgoing};

/// Bytes of every kind.
const BODY: &[u8] = b"Content-Type: text/plain\n\n\0\x01caf\xE9 \r\n\xFF\xC3\xA9{}%41";

/// The names of the probes whose twin was compared.
pub(super) fn compare(host: &Target) -> Result<Vec<&'static str>, String> {
    let client = Client::new(host.address, Duration::from_secs(20));
    let ask = |mount: &str, query: &str, body: &[u8]| {
        let path = host
            .mount(mount)
            .map(|point| point.path)
            .unwrap_or_default();
        let authority = &host.authority;
        let length = body.len();
        let head = format!(
            "POST {path}?{query} HTTP/1.1\r\nHost: {authority}\r\nX-Word: caf\u{e9}\r\nContent-Length: {length}\r\n\r\n"
        );
        let exchanged = client.once(&Outgoing {
            head: head.into_bytes(),
            body: body.to_vec(),
            ..Outgoing::default()
        });
        let response = exchanged
            .result
            .map_err(|ended| format!("{mount}: {ended}"))?;
        Ok::<_, String>(response.body)
    };
    let mut compared = Vec::new();
    let hex: String = BODY.iter().map(|byte| format!("{byte:02x}")).collect();
    for (name, query, body) in [
        ("cat", "", BODY),
        ("say", hex.as_str(), b"".as_slice()),
        ("exit", "0&word", b""),
        ("stderr", "word", b""),
        ("mute", "word", b"not read"),
    ] {
        let probe = ask(name, query, body)?;
        let variables = [("QUERY_STRING".to_owned(), query.as_bytes().to_vec())];
        let twin = native(name, &[format!("/{name}").into_bytes()], &variables, body)?;
        let twin = twin
            .splitn(2, |&b| b == b'\n')
            .nth(1)
            .and_then(|rest| rest.strip_prefix(b"\n"));
        if twin != Some(probe.as_slice()) {
            return Err(format!("the twin of `{name}` answers with another body"));
        }
        compared.push(name);
    }
    // The twin is given what the probe says that it was given, and has to say the same.
    let mut probe = Dump::parse(&ask("env", "a=b&c", BODY)?)?;
    let output = native("env", &probe.arguments, &probe.variables, BODY)?;
    let dump = output
        .strip_prefix(b"Content-Type: text/plain\n\n")
        .ok_or("the twin of `env` writes another header block")?;
    let mut twin = Dump::parse(dump)?;
    probe.variables.sort();
    twin.variables.sort();
    if probe != twin {
        return Err("the twin of `env` writes another dump".to_owned());
    }
    compared.push("env");
    Ok(compared)
}

/// What the twin writes to standard output.
fn native(
    name: &str,
    arguments: &[Vec<u8>],
    variables: &[(String, Vec<u8>)],
    input: &[u8],
) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("the twin of `{name}`: {error}");
    let program = std::env::current_exe().map_err(failed)?;
    let mut child = Command::new(program)
        .arg("probe")
        .args(arguments.iter().map(|bytes| system(bytes)))
        .env_clear()
        .env("CONTENT_LENGTH", input.len().to_string())
        .envs(variables.iter().map(|(name, value)| (name, system(value))))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A twin that does not read closes its end.
        let _ = stdin.write_all(input);
    }
    child
        .wait_with_output()
        .map(|output| output.stdout)
        .map_err(failed)
}

#[cfg(unix)]
fn system(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn system(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}
