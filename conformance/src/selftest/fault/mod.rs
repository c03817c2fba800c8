//! The faults, one at a time. Each is a divergence of a real server, or a mistake that a gateway is
//! easily written with.

mod failures;
mod header_block;
mod input;
mod response;
mod status;
mod variables;

use std::sync::atomic::Ordering;

use super::gateway::{Shared, edit};
use super::message::{Message, Request, split};
use crate::probe::{Dump, digest};
use crate::wire::client::Outgoing;

/// Changes an answer; whether it did.
type Apply = fn(&Request, &mut Message, &Shared) -> bool;
/// Puts another answer in the place of one; it may look at the answer before.
type Swap = fn(Vec<u8>, Option<&[u8]>, &Shared) -> Vec<u8>;

/// One fault.
pub(super) struct Fault {
    /// What it is, in a few words.
    pub(super) name: &'static str,
    /// The chapters and cases that have to find it.
    pub(super) where_found: &'static [&'static str],
    /// Changes an answer; whether it did.
    apply: Apply,
    /// Changes what the module says that it was given; whether it did.
    given: Option<fn(&Request, &mut Dump) -> bool>,
    /// Puts another answer in its place, perhaps the one before.
    pub(super) swap: Swap,
    /// Changes a request that is none.
    pub(super) odd: fn(Vec<u8>) -> Vec<u8>,
}

impl Fault {
    /// Changes an answer; whether it did.
    pub(super) fn spoil(&self, request: &Request, message: &mut Message, shared: &Shared) -> bool {
        let given = self.given;
        let changed = given.is_some_and(|given| edit(message, |dump| given(request, dump)));
        (self.apply)(request, message, shared) || changed
    }
}

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const RIGHT: Fault = Fault {
    name: "",
    where_found: &[],
    apply: |_, _, _| false,
    given: None,
    swap: |answer, _, _| answer,
    odd: |request| request,
};

/// A fault in what is made of the module's output.
const fn output(name: &'static str, where_found: &'static [&'static str], apply: Apply) -> Fault {
    Fault {
        name,
        where_found,
        apply,
        ..RIGHT
    }
}

const BLOCK: &[&str] = &["header-block"];
const STATUS: &[&str] = &["status"];
const LOCATION: &[&str] = &["location"];
const VARIABLES: &[&str] = &["meta-variables"];
const FIELDS: &[&str] = &["request-fields"];
const ARGUMENTS: &[&str] = &["arguments"];
const BODY: &[&str] = &["request-body"];

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Fault> {
    let groups = [
        header_block::FAULTS,
        status::FAULTS,
        response::FAULTS,
        variables::FAULTS,
        input::FAULTS,
        failures::FAULTS,
    ];
    groups.into_iter().flatten()
}

/// A fault in what a module is given.
const fn variable(
    name: &'static str,
    where_found: &'static [&'static str],
    change: fn(&Request, &mut Dump) -> bool,
) -> Fault {
    Fault {
        name,
        where_found,
        given: Some(change),
        ..RIGHT
    }
}

fn names(message: &Message) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in &message.fields {
        let name = String::from_utf8_lossy(name).into_owned();
        if !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            names.push(name);
        }
    }
    names
}

/// Sends what the module wrote, whatever the host made of it.
fn accept(request: &Request, message: &mut Message) {
    let Some((_, body)) = request.block() else {
        return;
    };
    if message.status >= 500 {
        message.replace(200, &body);
        let content_type = request.written("Content-Type");
        if !content_type.is_empty() {
            message.set("Content-Type", &content_type);
        }
    }
}

/// Sends the lines of the header block for which `is_meant`, as they are.
fn forward(request: &Request, message: &mut Message, is_meant: impl Fn(&[u8]) -> bool) -> bool {
    let lines = request.block().map(|(lines, _)| lines).unwrap_or_default();
    let meant: Vec<Vec<u8>> = lines.into_iter().filter(|line| is_meant(line)).collect();
    if meant.is_empty() {
        return false;
    }
    accept(request, message);
    for line in &meant {
        if let Some((name, _)) = split(line) {
            let name = String::from_utf8_lossy(name).trim().to_owned();
            message.set(&name, &[]);
        }
    }
    message.lines.extend(meant);
    true
}

/// Answers with what the host says to another request.
fn fetch(target: &str, message: &mut Message, shared: &Shared) -> bool {
    let head = format!(
        "GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n",
        shared.host.address
    );
    let exchanged = shared.host.once(&Outgoing {
        head: head.into_bytes(),
        ..Outgoing::default()
    });
    let Ok(response) = exchanged.result else {
        return false;
    };
    message.replace(response.head.status, &response.body);
    true
}

/// Answers with what the host says without the later fields of this name.
fn again_without(name: &str, request: &Request, message: &mut Message, shared: &Shared) -> bool {
    let mut seen = false;
    let mut is_later = |line: &[u8]| {
        let is = split(line).is_some_and(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()));
        let later = is && seen;
        seen |= is;
        later
    };
    let lines = request
        .head
        .split(|&b| b == b'\n')
        .map(<[u8]>::trim_ascii_end);
    let kept: Vec<&[u8]> = lines.filter(|line| !is_later(line)).collect();
    let exchanged = shared.host.once(&Outgoing {
        head: kept.join(&b"\r\n"[..]),
        body: request.framed.clone(),
        ..Outgoing::default()
    });
    let Ok(response) = exchanged.result else {
        return false;
    };
    message.replace(response.head.status, &response.body);
    true
}

fn mapped(name: &str) -> String {
    format!("HTTP_{}", name.to_ascii_uppercase().replace('-', "_"))
}

/// Whether the dump is another one now.
fn set(dump: &mut Dump, name: &str, value: Vec<u8>) -> bool {
    match dump.variables.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) if *known == value => false,
        Some((_, known)) => {
            *known = value;
            true
        }
        None => {
            dump.variables.push((name.to_owned(), value));
            true
        }
    }
}

fn stdin(dump: &mut Dump, bytes: &[u8]) -> bool {
    let (length, sum) = (bytes.len() as u64, digest(bytes));
    let changed = (dump.stdin_length, dump.stdin_digest) != (length, sum);
    (dump.stdin_length, dump.stdin_digest) = (length, sum);
    changed
}

/// What stands in escapes, as bytes; what is no escape stays.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let escape = after
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match escape {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    bytes
}
