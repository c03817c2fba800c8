//! Native twins of the probes, for plain CGI servers.
//!
//! A script in `cgi-bin/` is one line, `#!/path/of/wagi-conformance probe`: the kernel starts the
//! suite's own program with the arguments `probe`, the script's path and whatever the server
//! passes. The script's file name says which twin is meant. Nothing but the standard library is
//! touched, so that a request costs one quick process.

use std::env;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use super::dump::{Digest, Dump};

/// Reading or writing failed, as the modules say it too.
const EX_IOERR: u8 = 74;
/// The query is not what the probe understands.
const EX_DATAERR: u8 = 65;
/// The script's name is none of ours.
const EX_USAGE: u8 = 64;

/// Size of a read from standard input.
const CHUNK: usize = 64 * 1024;

/// Runs the twin that the script's name says. `arguments` are what follows the word `probe`: the
/// script's path, then the arguments of the server.
pub fn native(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let script = arguments.first().map(Path::new).and_then(Path::file_name);
    let query = env::var_os("QUERY_STRING").unwrap_or_default();
    let query = query.as_encoded_bytes();
    let (input, output) = (io::stdin().lock(), io::stdout().lock());
    let done = match script.and_then(|name| name.to_str()) {
        Some("env") => write_env(&arguments, input.take(readable()), output),
        Some("cat") => cat(input.take(readable()), output),
        Some("say") => say(query, output),
        Some("exit") => exit(query, output),
        Some("stderr") => stderr(query, output),
        Some("method") => method(query, output),
        Some("mute") => reply(b"mute", query, output).map(|()| 0),
        _ => {
            eprintln!(
                "wagi-conformance probe: {} names no probe with a native twin",
                arguments
                    .first()
                    .map_or("nothing".into(), |path| path.to_string_lossy())
            );
            Ok(EX_USAGE)
        }
    };
    ExitCode::from(done.unwrap_or(EX_IOERR))
}

/// How many bytes a script may read: the server need not end standard input behind them, and where
/// it hands the client's socket on it never ends (RFC 3875 §4.2). Only where the length of a chunked
/// request is missing is the end waited for, to see whether the server delivers the body at all.
fn readable() -> u64 {
    let set = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
    match set("CONTENT_LENGTH") {
        Some(length) => length.trim().parse().unwrap_or(u64::MAX),
        None if set("HTTP_TRANSFER_ENCODING").is_some() => u64::MAX,
        None => 0,
    }
}

fn write_env(arguments: &[OsString], mut input: impl Read, mut out: impl Write) -> io::Result<u8> {
    let mut dump = Dump::default();
    let mut digest = Digest::default();
    let mut chunk = vec![0; CHUNK];
    loop {
        match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => {
                digest.update(&chunk[..read]);
                dump.stdin_length += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let errno = error
                    .raw_os_error()
                    .and_then(|errno| u32::try_from(errno).ok());
                dump.stdin_error = Some(errno.unwrap_or(u32::MAX));
                break;
            }
        }
    }
    dump.stdin_digest = digest.value();
    // A name that is not UTF-8 cannot be written to a dump as it is; no server makes one.
    dump.variables = env::vars_os()
        .map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.into_encoded_bytes(),
            )
        })
        .collect();
    dump.arguments = arguments
        .iter()
        .map(|a| a.as_encoded_bytes().to_vec())
        .collect();
    out.write_all(b"Content-Type: text/plain\n\n")?;
    out.write_all(&dump.render())?;
    out.flush()?;
    Ok(0)
}

fn cat(mut input: impl Read, mut out: impl Write) -> io::Result<u8> {
    let mut chunk = vec![0; CHUNK];
    loop {
        match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => {
                out.write_all(&chunk[..read])?;
                out.flush()?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(0)
}

fn say(query: &[u8], mut out: impl Write) -> io::Result<u8> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let byte = |pair: &[u8]| match pair {
        &[high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    let Some(bytes) = query.chunks(2).map(byte).collect::<Option<Vec<u8>>>() else {
        return Ok(EX_DATAERR);
    };
    out.write_all(&bytes)?;
    out.flush()?;
    Ok(0)
}

fn exit(query: &[u8], out: impl Write) -> io::Result<u8> {
    reply(b"exit", query, out)?;
    let digits = query.iter().take_while(|byte| byte.is_ascii_digit());
    let code = digits.fold(0u32, |code, digit| {
        code.wrapping_mul(10).wrapping_add(u32::from(digit - b'0'))
    });
    // What the system keeps of an exit code.
    Ok(code.to_le_bytes()[0])
}

fn stderr(query: &[u8], mut out: impl Write) -> io::Result<u8> {
    let mut message = query.to_vec();
    message.push(b'\n');
    // Nobody may be reading standard error; the reply comes all the same.
    let _ = io::stderr().write_all(&message);
    if query.starts_with(b"fail") {
        let _ = io::stderr().write_all(b"standard error of the probe\n");
        return Ok(1);
    }
    out.write_all(b"Content-Type: text/plain\n\nwrote to stderr\n")?;
    out.flush()?;
    Ok(0)
}

fn method(query: &[u8], mut out: impl Write) -> io::Result<u8> {
    let method = env::var_os("REQUEST_METHOD").unwrap_or_default();
    let head = b"Content-Type: text/plain\nX-Query: ".as_slice();
    let rest = [b"\nX-Method: ", method.as_encoded_bytes(), b"\n\nmethod\n"].concat();
    out.write_all(&[head, query, &rest].concat())?;
    out.flush()?;
    Ok(0)
}

/// A complete response that repeats the query, by which a case knows that this request ran.
fn reply(word: &[u8], query: &[u8], mut out: impl Write) -> io::Result<()> {
    out.write_all(&[b"Content-Type: text/plain\n\n", word, b" ", query, b"\n"].concat())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(run: impl FnOnce(&mut Vec<u8>) -> io::Result<u8>) -> (Vec<u8>, u8) {
        let mut out = Vec::new();
        let code = run(&mut out).expect("writing to memory");
        (out, code)
    }

    #[test]
    fn env_writes_a_dump_that_parses() {
        let arguments = ["/srv/cgi-bin/env".into(), "a=b".into()];
        let (out, code) = output(|out| write_env(&arguments, &b"body"[..], out));
        let body = out
            .strip_prefix(b"Content-Type: text/plain\n\n")
            .expect("a header block");
        let dump = Dump::parse(body).expect("a dump");
        assert_eq!(
            dump.arguments,
            [b"/srv/cgi-bin/env".to_vec(), b"a=b".to_vec()]
        );
        assert_eq!(
            (dump.stdin_length, dump.stdin_digest),
            (4, super::super::digest(b"body"))
        );
        assert!(
            dump.values("PATH").next().is_some(),
            "the environment of the test is missing"
        );
        assert_eq!(code, 0);
    }

    #[test]
    fn cat_repeats_every_byte() {
        let every_byte: Vec<u8> = (0..=255).cycle().take(3 * CHUNK + 7).collect();
        assert_eq!(
            output(|out| cat(every_byte.as_slice(), out)),
            (every_byte.clone(), 0)
        );
    }

    #[test]
    fn say_decodes_hexadecimal_and_nothing_else() {
        assert_eq!(
            output(|out| say(b"48690aFf", out)),
            (b"Hi\n\xff".to_vec(), 0)
        );
        assert_eq!(output(|out| say(b"", out)), (vec![], 0));
        for wrong in [b"4".as_slice(), b"4g", b"48 ", b"+4"] {
            assert_eq!(output(|out| say(wrong, out)), (vec![], EX_DATAERR));
        }
    }

    #[test]
    fn exit_takes_the_leading_digits() {
        for (query, code) in [(b"3&n0".as_slice(), 3), (b"0", 0), (b"", 0), (b"x7", 0)] {
            let (out, status) = output(|out| exit(query, out));
            assert_eq!(status, code);
            let body = [b"Content-Type: text/plain\n\nexit ", query, b"\n"].concat();
            assert_eq!(out, body);
        }
    }
}
