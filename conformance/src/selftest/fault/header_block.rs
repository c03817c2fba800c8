//! Header fields of the response.

use super::*;

pub(super) static FAULTS: &[Fault] = &[
    output(
        "of several Set-Cookie only the last is sent",
        BLOCK,
        |_, message, _| {
            let cookies = message.values("Set-Cookie");
            cookies.len() > 1 && {
                message.set("Set-Cookie", &cookies[cookies.len() - 1..]);
                true
            }
        },
    ),
    output(
        "Set-Cookie fields are joined with commas",
        BLOCK,
        |_, message, _| {
            let cookies = message.values("Set-Cookie");
            cookies.len() > 1 && {
                message.set("Set-Cookie", &[cookies.join(&b", "[..])]);
                true
            }
        },
    ),
    output(
        "of repeated fields only the last is sent",
        BLOCK,
        |_, message, _| {
            let mut changed = false;
            for name in names(message) {
                let values = message.values(&name);
                if values.len() > 1 && !name.eq_ignore_ascii_case("Set-Cookie") {
                    message.set(&name, &values[values.len() - 1..]);
                    changed = true;
                }
            }
            changed
        },
    ),
    output(
        "a value ends at its second colon",
        BLOCK,
        |request, message, _| {
            let mut changed = request.output().is_some();
            for (_, value) in &mut message.fields {
                if let Some(colon) = value.iter().position(|&b| b == b':').filter(|_| changed) {
                    value.truncate(colon);
                }
            }
            changed &= message.status < 500;
            changed
        },
    ),
    output(
        "Status is sent to the client as a field",
        BLOCK,
        |request, message, _| {
            let status = request.written("Status");
            message.status < 500 && !status.is_empty() && {
                message.set("Status", &status);
                true
            }
        },
    ),
    output(
        "a carriage return inside a value is sent",
        BLOCK,
        |request, message, _| forward(request, message, |line| line.contains(&b'\r')),
    ),
    output(
        "NUL and other controls inside a value are sent",
        BLOCK,
        |request, message, _| {
            let control = |b: &u8| b.is_ascii_control() && !matches!(b, b'\r' | b'\t');
            forward(request, message, |line| line.iter().any(control))
        },
    ),
    output("a folded line is sent", BLOCK, |request, message, _| {
        let folded = |line: &[u8]| line.starts_with(b" ") || line.starts_with(b"\t");
        forward(request, message, folded)
    }),
    output(
        "a folded line becomes a field of its own",
        BLOCK,
        |request, message, _| {
            let lines = request.block().map(|(lines, _)| lines).unwrap_or_default();
            let folded = lines
                .iter()
                .filter(|line| line.starts_with(b" ") || line.starts_with(b"\t"));
            let fields: Vec<Vec<u8>> = folded
                .filter(|line| line.contains(&b':'))
                .map(|line| line.trim_ascii().to_vec())
                .collect();
            !fields.is_empty() && {
                accept(request, message);
                message.lines.extend(fields);
                true
            }
        },
    ),
    output(
        "a name with a blank is sent",
        BLOCK,
        |request, message, _| {
            forward(request, message, |line| {
                split(line).is_some_and(|(name, _)| !name.starts_with(b" ") && name.contains(&b' '))
            })
        },
    ),
    output(
        "the module's Connection and Transfer-Encoding are sent",
        BLOCK,
        |request, message, _| {
            let mut changed = false;
            for name in [
                "Connection",
                "Transfer-Encoding",
                "Keep-Alive",
                "Upgrade",
                "Trailer",
            ] {
                let values = request.written(name);
                if !values.is_empty() && message.status < 500 {
                    message.set(name, &values);
                    changed = true;
                }
            }
            changed
        },
    ),
    output(
        "the module's Content-Length is believed",
        BLOCK,
        |request, message, _| {
            let length = request.written("Content-Length").into_iter().next();
            message.status < 500 && length.is_some() && {
                message.length = length;
                true
            }
        },
    ),
    output(
        "bytes beyond ASCII in a value become `?`",
        BLOCK,
        |request, message, _| {
            let mut changed = false;
            for (_, value) in message
                .fields
                .iter_mut()
                .filter(|_| request.output().is_some())
            {
                for byte in value.iter_mut().filter(|byte| !byte.is_ascii()) {
                    *byte = b'?';
                    changed = true;
                }
            }
            changed
        },
    ),
    output(
        "names in lower case are not known",
        &["header-block", "status"],
        |request, message, _| {
            let lines = request.block().map(|(lines, _)| lines).unwrap_or_default();
            let lower = lines.iter().any(|line| line.starts_with(b"status:"));
            lower && {
                message.status = 200;
                true
            }
        },
    ),
    output(
        "output without a header block is sent as a body",
        BLOCK,
        |request, message, _| match request.output() {
            Some(output) if message.status >= 500 && request.block().is_none() => {
                message.replace(200, &output);
                true
            }
            _ => false,
        },
    ),
    output(
        "no Content-Type, Location or Status is no fault",
        BLOCK,
        |request, message, _| {
            let known = ["Content-Type", "Location", "Status"];
            let missing = known.iter().all(|name| request.written(name).is_empty());
            missing && message.status >= 500 && request.block().is_some() && {
                accept(request, message);
                true
            }
        },
    ),
    output(
        "an empty line of CRLF is not recognised",
        BLOCK,
        |request, message, _| {
            let crlf = |output: Vec<u8>| output.windows(4).any(|four| four == b"\r\n\r\n");
            request.output().is_some_and(crlf) && message.status < 500 && {
                message.replace(500, b"no header");
                true
            }
        },
    ),
];
