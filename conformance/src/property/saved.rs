//! A failure of a property test as a case: the smallest request or module output that shows it. The
//! expectation is not written down but computed by the model again, so that no seed is needed.

use std::fmt::Write as _;

use super::search::Failure;
use super::{Subject, outputs};
use crate::case::write::{self, Piece, string};

/// The case, as it stands in a case file.
pub(super) fn case(failure: &Failure, subject: &Subject, property: &str, id: &str) -> String {
    let mut text = String::from("[[case]]\n");
    let title = match property {
        outputs::ID => "A drawn module output is answered as the specification says",
        _ => "A drawn request arrives as the specification says",
    };
    let _ = writeln!(text, "id = {}", string(id));
    let _ = writeln!(text, "title = {}", string(title));
    let requirement = string(failure.violation.requirement);
    let _ = writeln!(text, "requirements = [{requirement}]");
    // The exchange that went before, where the failure shows on a used connection only.
    let count = failure.exchanges.len();
    let before = match (failure.steps, failure.sent.len()) {
        (None, sent) => count.saturating_sub(sent),
        (Some(_), _) => 0,
    };
    let request = |bytes: &[u8]| match property {
        outputs::ID => output(bytes, subject),
        _ => Some(("env", request(bytes, subject))),
    };
    // What follows the first of the failing requests only shows what that did to the connection.
    let requests: Vec<_> = failure.exchanges[..count.min(before + 1)]
        .iter()
        .filter_map(|exchange| request(&exchange.request))
        .collect();
    match requests.as_slice() {
        [(mount, request)] => {
            let _ = writeln!(text, "mount = {}", string(mount));
            let _ = writeln!(text, "{request}expect.model = true");
        }
        several => {
            let _ = writeln!(text, "same-connection = true");
            for (mount, request) in several {
                let mount = string(mount);
                let _ = writeln!(
                    text,
                    "[[case.exchange]]\nmount = {mount}\n{request}expect.model = true"
                );
            }
        }
    }
    text
}

/// A drawn request: byte for byte, but for what depends on the server.
fn request(bytes: &[u8], subject: &Subject) -> String {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    let path = subject.env.path.as_bytes();
    // The mount stands in the target behind the method, and behind scheme and authority.
    let target = rest.iter().position(|&b| b == b' ').map_or(0, |at| at + 1);
    let origin = format!("http://{}", subject.authority);
    let absolute = rest[target..].starts_with(origin.as_bytes());
    let start = if absolute {
        target + origin.len()
    } else {
        target
    };
    if rest[start..].starts_with(path) {
        hosts(&rest[..start], subject, &mut pieces);
        pieces.push(Piece::Placeholder("mount"));
        rest = &rest[start + path.len()..];
    }
    hosts(rest, subject, &mut pieces);
    format!("request.raw = {}\n", write::bytes(&pieces))
}

/// The bytes, with the server's authority as a placeholder.
fn hosts<'a>(bytes: &'a [u8], subject: &Subject, pieces: &mut Vec<Piece<'a>>) {
    let authority = subject.authority.as_bytes();
    let mut rest = bytes;
    while let Some(at) = rest
        .windows(authority.len())
        .position(|window| window == authority)
    {
        pieces.push(Piece::Bytes(&rest[..at]));
        pieces.push(Piece::Placeholder("host"));
        rest = &rest[at + authority.len()..];
    }
    pieces.push(Piece::Bytes(rest));
}

/// The request that makes a probe write an output: mount and keys.
fn output(bytes: &[u8], subject: &Subject) -> Option<(&'static str, String)> {
    let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let (head, body) = bytes.split_at(head_end);
    let line = std::str::from_utf8(head).ok()?.lines().next()?;
    let mut words = line.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let mut text = String::new();
    let (mount, output) = if method == "POST" {
        text.push_str("request.fields = [[\"Content-Type\", \"application/octet-stream\"]]\n");
        ("cat", body.to_vec())
    } else {
        let _ = writeln!(text, "request.method = {}", string(method));
        let hex = target.strip_prefix(&subject.say.path)?.strip_prefix('?')?;
        let digits = hex.as_bytes().chunks(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        ("say", digits.map(byte).collect::<Option<Vec<u8>>>()?)
    };
    if version == "HTTP/1.0" {
        text.push_str("request.version = \"1.0\"\n");
    }
    let output = write::bytes(&[Piece::Bytes(&output)]);
    let _ = writeln!(text, "request.output = {output}");
    Some((mount, text))
}
