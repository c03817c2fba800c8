//! The body of the response, and the connection.

use super::*;

pub(super) static FAULTS: &[Fault] = &[
    output(
        "the last byte of the body is lost",
        &["response-body"],
        |request, message, _| {
            request.output().is_some() && message.status < 500 && message.body.pop().is_some()
        },
    ),
    output(
        "the answer to HEAD has a body",
        &["response-body"],
        |request, message, _| {
            let body = request.block().map(|(_, body)| body).unwrap_or_default();
            request.method == "HEAD" && !body.is_empty() && {
                message
                    .fields
                    .retain(|(name, _)| !name.eq_ignore_ascii_case(b"Content-Length"));
                message.body = body;
                message.forced = true;
                true
            }
        },
    ),
    output(
        "line ends in the body become LF",
        &["response-body", "header-block"],
        |request, message, _| {
            let before = message.body.len();
            if request.output().is_some() {
                let text: Vec<&[u8]> = message.body.split(|&b| b == b'\r').collect();
                message.body = text.concat();
            }
            message.body.len() < before
        },
    ),
    output(
        "a body is cut at 64 KiB",
        &["response-body"],
        |request, message, _| {
            let long = request.output().is_some() && message.body.len() > 65536;
            if long {
                message.body.truncate(65536);
            }
            long
        },
    ),
    output(
        "blanks around the body are lost",
        &["response-body", "header-block"],
        |request, message, _| {
            let trimmed = message.body.trim_ascii().to_vec();
            request.output().is_some() && trimmed != message.body && message.status < 500 && {
                message.body = trimmed;
                true
            }
        },
    ),
    Fault {
        name: "every second answer is the one before",
        where_found: &["response-body", "meta-variables"],
        swap: |answer, previous, shared| {
            let second = shared.answers.fetch_add(1, Ordering::Relaxed) % 2 == 1;
            match previous {
                Some(previous) if second => previous.to_vec(),
                _ => answer,
            }
        },
        ..RIGHT
    },
    output(
        "a body that looks like a response becomes the next one",
        &["header-block", "response-body"],
        |request, message, _| {
            let written = request.written("Content-Length");
            written.iter().any(|length| length == b"0") && message.status < 500 && {
                message.length = Some(b"0".to_vec());
                true
            }
        },
    ),
];
