//! Arguments and standard input.

use super::*;

pub(super) static FAULTS: &[Fault] = &[
    variable(
        "a lone `?` makes an empty argument",
        ARGUMENTS,
        |request, dump| {
            request.query.as_deref() == Some("") && {
                dump.arguments.push(Vec::new());
                true
            }
        },
    ),
    variable("arguments are decoded", ARGUMENTS, |_, dump| {
        let before = dump.arguments.clone();
        for argument in dump.arguments.iter_mut().skip(1) {
            *argument = decoded(argument);
        }
        dump.arguments != before
    }),
    variable("the query is split at `+`, too", ARGUMENTS, |_, dump| {
        let before = dump.arguments.len();
        let split = |argument: &Vec<u8>| -> Vec<Vec<u8>> {
            argument.split(|&b| b == b'+').map(<[u8]>::to_vec).collect()
        };
        dump.arguments = dump.arguments.iter().flat_map(split).collect();
        dump.arguments.len() > before
    }),
    variable("there are no arguments", ARGUMENTS, |_, dump| {
        let before = dump.arguments.len();
        dump.arguments.truncate(1);
        dump.arguments.len() < before
    }),
    variable("argument 0 is PATH_INFO", ARGUMENTS, |_, dump| {
        let info = dump
            .values("PATH_INFO")
            .next()
            .map(<[u8]>::to_vec)
            .unwrap_or_default();
        match dump.arguments.first_mut() {
            Some(first) if *first != info => {
                *first = info;
                true
            }
            _ => false,
        }
    }),
    variable("a chunked body is lost", BODY, |request, dump| {
        request.chunked && stdin(dump, b"")
    }),
    variable(
        "the last byte of the request body is lost",
        BODY,
        |request, dump| match request.body.split_last() {
            Some((_, body)) => stdin(dump, body),
            None => false,
        },
    ),
    variable("the request body is read as text", BODY, |request, dump| {
        let text = String::from_utf8_lossy(&request.body)
            .into_owned()
            .into_bytes();
        text != request.body && stdin(dump, &text)
    }),
    variable(
        "chunked bodies arrive with their framing",
        BODY,
        |request, dump| request.chunked && stdin(dump, &request.framed),
    ),
    Fault {
        name: "a request with a broken body runs without one",
        where_found: BODY,
        odd: |request| {
            let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else {
                return request;
            };
            let lines = request[..end]
                .split(|&b| b == b'\n')
                .map(<[u8]>::trim_ascii_end);
            let framing = |line: &&[u8]| {
                let line = line.to_ascii_lowercase();
                line.starts_with(b"content-length") || line.starts_with(b"transfer-encoding")
            };
            let kept: Vec<&[u8]> = lines.filter(|line| !framing(line)).collect();
            [kept.join(&b"\r\n"[..]), b"\r\n\r\n".to_vec()].concat()
        },
        ..RIGHT
    },
];
