//! The faults, one at a time. Each is a divergence of a real server, or a mistake that a gateway is
//! easily written with.

use std::sync::atomic::Ordering;

use super::gateway::{Shared, edit};
use super::message::{Message, Request, split};
use crate::probe::{Dump, digest};
use crate::wire::client::Outgoing;

/// One fault.
pub(super) struct Fault {
    /// What it is, in a few words.
    pub(super) name: &'static str,
    /// The chapters and cases that have to find it.
    pub(super) where_found: &'static [&'static str],
    /// Changes an answer; whether it did.
    apply: fn(&Request, &mut Message, &Shared) -> bool,
    /// Changes what the module says that it was given; whether it did.
    given: Option<fn(&Request, &mut Dump) -> bool>,
    /// Puts another answer in its place, perhaps the one before.
    pub(super) swap: fn(Vec<u8>, Option<&[u8]>, &Shared) -> Vec<u8>,
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
const fn output(
    name: &'static str,
    where_found: &'static [&'static str],
    apply: fn(&Request, &mut Message, &Shared) -> bool,
) -> Fault {
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
pub(super) static FAULTS: &[Fault] = &[
    // --- header fields of the response ---
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
    // --- status and location ---
    output("Status is ignored", STATUS, |request, message, _| {
        !request.written("Status").is_empty() && message.status < 500 && {
            message.status = 200;
            true
        }
    }),
    output(
        "a Status that is no number means 200",
        STATUS,
        |request, message, _| {
            let bad =
                |value: &Vec<u8>| !value.iter().take(3).all(u8::is_ascii_digit) || value.len() < 3;
            request.written("Status").iter().any(bad) && message.status >= 500 && {
                accept(request, message);
                true
            }
        },
    ),
    output("101 is sent", STATUS, |request, message, _| {
        request
            .written("Status")
            .iter()
            .any(|value| value.starts_with(b"101"))
            && {
                message.status = 101;
                true
            }
    }),
    output(
        "100 and 103 are sent as interim responses",
        STATUS,
        |request, message, _| {
            let status = request
                .written("Status")
                .into_iter()
                .next()
                .unwrap_or_default();
            let interim = status.starts_with(b"100") || status.starts_with(b"103");
            interim && {
                let code = String::from_utf8_lossy(&status[..3]).into_owned();
                message.interim = format!("HTTP/1.1 {code} X\r\n\r\n").into_bytes();
                accept(request, message);
                true
            }
        },
    ),
    output("204 and 304 have a body", STATUS, |request, message, _| {
        let body = request.block().map(|(_, body)| body).unwrap_or_default();
        matches!(message.status, 204 | 304) && !body.is_empty() && {
            message.body = body;
            message.forced = true;
            true
        }
    }),
    output(
        "error pages are the server's own",
        STATUS,
        |request, message, _| {
            !request.written("Status").is_empty() && message.status >= 400 && {
                message.body = b"<h1>The server's own page</h1>".to_vec();
                true
            }
        },
    ),
    output(
        "Location wins over Status every second time",
        LOCATION,
        |request, message, shared| {
            let both =
                !request.written("Location").is_empty() && !request.written("Status").is_empty();
            both && shared.answers.fetch_add(1, Ordering::Relaxed) % 2 == 1 && {
                message.status = 302;
                true
            }
        },
    ),
    output(
        "Location wins over Status",
        LOCATION,
        |request, message, _| {
            let both =
                !request.written("Location").is_empty() && !request.written("Status").is_empty();
            both && message.status < 500 && {
                message.status = 302;
                true
            }
        },
    ),
    output(
        "Location without Status means 200",
        LOCATION,
        |request, message, _| {
            let alone =
                !request.written("Location").is_empty() && request.written("Status").is_empty();
            alone && message.status == 302 && {
                message.status = 200;
                true
            }
        },
    ),
    output(
        "a Location that is a path is fetched by the server",
        LOCATION,
        |request, message, shared| {
            let location = request
                .written("Location")
                .into_iter()
                .next()
                .unwrap_or_default();
            if !location.starts_with(b"/") || location.starts_with(b"//") {
                return false;
            }
            let target = String::from_utf8_lossy(&location).into_owned();
            fetch(&target, message, shared)
        },
    ),
    output(
        "the body of a redirect is lost",
        LOCATION,
        |request, message, _| {
            !request.written("Location").is_empty() && !message.body.is_empty() && {
                message.body.clear();
                true
            }
        },
    ),
    // --- body and connection ---
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
    // --- variables ---
    variable("Proxy becomes HTTP_PROXY", FIELDS, |request, dump| {
        let proxy = request.values("Proxy").first().map(|value| value.to_vec());
        proxy.is_some_and(|value| set(dump, "HTTP_PROXY", value))
    }),
    variable(
        "Authorization becomes HTTP_AUTHORIZATION",
        FIELDS,
        |request, dump| {
            let value = request
                .values("Authorization")
                .first()
                .map(|value| value.to_vec());
            value.is_some_and(|value| set(dump, "HTTP_AUTHORIZATION", value))
        },
    ),
    variable(
        "of repeated request fields only the last arrives",
        FIELDS,
        |request, dump| {
            let mut changed = false;
            for (name, _) in &request.fields {
                let values = request.values(name);
                if values.len() > 1 && !name.eq_ignore_ascii_case("Cookie") {
                    changed |= set(dump, &mapped(name), values[values.len() - 1].to_vec());
                }
            }
            changed
        },
    ),
    variable(
        "Cookie fields are joined with commas",
        FIELDS,
        |request, dump| {
            let cookies = request.values("Cookie");
            cookies.len() > 1 && set(dump, "HTTP_COOKIE", cookies.join(&b", "[..]))
        },
    ),
    variable(
        "a field with `_` in its name wins",
        FIELDS,
        |request, dump| {
            let mut changed = false;
            for (name, value) in request.fields.iter().filter(|(name, _)| name.contains('_')) {
                changed |= set(dump, &mapped(name), value.clone());
            }
            changed
        },
    ),
    variable(
        "a value beyond ASCII becomes `CORRUPT VALUE`",
        FIELDS,
        |_, dump| {
            let mut changed = false;
            for (name, value) in &mut dump.variables {
                if name.starts_with("HTTP_") && !value.is_ascii() {
                    *value = b"CORRUPT VALUE".to_vec();
                    changed = true;
                }
            }
            changed
        },
    ),
    variable(
        "names of variables keep the client's letters",
        FIELDS,
        |request, dump| {
            let mut changed = false;
            for (name, _) in &request.fields {
                let own = format!("HTTP_{}", name.replace('-', "_"));
                for (variable, _) in &mut dump.variables {
                    if *variable == mapped(name) && *variable != own {
                        variable.clone_from(&own);
                        changed = true;
                    }
                }
            }
            changed
        },
    ),
    variable(
        "CONTENT_TYPE is always empty",
        &["meta-variables", "request-body"],
        |_, dump| set(dump, "CONTENT_TYPE", Vec::new()),
    ),
    variable(
        "CONTENT_LENGTH is missing for chunked bodies",
        &["meta-variables", "request-body"],
        |request, dump| {
            let before = dump.variables.len();
            if request.chunked {
                dump.variables.retain(|(name, _)| name != "CONTENT_LENGTH");
            }
            dump.variables.len() < before
        },
    ),
    variable("the path is decoded twice", VARIABLES, |_, dump| {
        let value = dump.values("PATH_INFO").next().map(decoded);
        value.is_some_and(|value| set(dump, "PATH_INFO", value))
    }),
    variable("the path is not decoded", VARIABLES, |_, dump| {
        let value = dump.values("X_RAW_PATH_INFO").next().map(<[u8]>::to_vec);
        value.is_some_and(|value| set(dump, "PATH_INFO", value))
    }),
    variable("`+` in the path becomes a blank", VARIABLES, |_, dump| {
        let value = dump
            .values("PATH_INFO")
            .next()
            .map(<[u8]>::to_vec)
            .unwrap_or_default();
        let value = value
            .iter()
            .map(|&b| if b == b'+' { b' ' } else { b })
            .collect();
        set(dump, "PATH_INFO", value)
    }),
    variable(
        "bytes that are no UTF-8 become U+FFFD in values",
        &["meta-variables", "request-fields", "security"],
        |request, dump| {
            let mut changed = false;
            for (name, value) in request
                .fields
                .iter()
                .filter(|(_, value)| std::str::from_utf8(value).is_err())
            {
                changed |= set(
                    dump,
                    &mapped(name),
                    String::from_utf8_lossy(value).into_owned().into_bytes(),
                );
            }
            changed
        },
    ),
    variable("QUERY_STRING is decoded", VARIABLES, |_, dump| {
        let value = dump.values("QUERY_STRING").next().map(decoded);
        value.is_some_and(|value| set(dump, "QUERY_STRING", value))
    }),
    variable(
        "SCRIPT_NAME is the whole path",
        &["meta-variables", "routing"],
        |request, dump| set(dump, "SCRIPT_NAME", request.path.clone().into_bytes()),
    ),
    variable(
        "SERVER_NAME is what stands before the first colon",
        VARIABLES,
        |request, dump| {
            let host = request
                .values("Host")
                .first()
                .map(|host| host.to_vec())
                .unwrap_or_default();
            let name = host
                .split(|&b| b == b':')
                .next()
                .unwrap_or_default()
                .to_vec();
            !name.is_empty() && set(dump, "SERVER_NAME", name)
        },
    ),
    variable(
        "REQUEST_METHOD is in capitals",
        VARIABLES,
        |request, dump| {
            set(
                dump,
                "REQUEST_METHOD",
                request.method.to_ascii_uppercase().into_bytes(),
            )
        },
    ),
    variable("GATEWAY_INTERFACE is CGI/1.0", VARIABLES, |_, dump| {
        set(dump, "GATEWAY_INTERFACE", b"CGI/1.0".to_vec())
    }),
    variable(
        "SERVER_PROTOCOL is always HTTP/1.1",
        VARIABLES,
        |_, dump| set(dump, "SERVER_PROTOCOL", b"HTTP/1.1".to_vec()),
    ),
    variable("REMOTE_ADDR has a port", VARIABLES, |_, dump| {
        set(dump, "REMOTE_ADDR", b"127.0.0.1:4711".to_vec())
    }),
    variable("X_FULL_URL lacks the query", VARIABLES, |_, dump| {
        let url = dump
            .values("X_FULL_URL")
            .next()
            .map(<[u8]>::to_vec)
            .unwrap_or_default();
        let url = url
            .split(|&b| b == b'?')
            .next()
            .unwrap_or_default()
            .to_vec();
        !url.is_empty() && set(dump, "X_FULL_URL", url)
    }),
    variable(
        "the server's own environment is passed on",
        &["volumes", "meta-variables"],
        |_, dump| set(dump, "PATH", b"/usr/bin:/bin".to_vec()),
    ),
    // --- arguments ---
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
    // --- standard input ---
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
    // --- failures and security ---
    output(
        "what a module wrote before it trapped is sent",
        &["failures"],
        |request, message, _| {
            request.path.starts_with("/trap") && message.status >= 500 && {
                let output = request.body.clone();
                let at = output
                    .windows(2)
                    .position(|two| two == b"\n\n")
                    .map_or(0, |at| at + 2);
                message.replace(200, &output[at..]);
                true
            }
        },
    ),
    output(
        "an exit code is ignored",
        &["failures"],
        |request, message, _| {
            request.path.starts_with("/exit") && message.status >= 500 && {
                let body = format!("exit {}\n", request.query.clone().unwrap_or_default());
                message.replace(200, body.as_bytes());
                true
            }
        },
    ),
    output(
        "exit code 0 is a failure",
        &["failures"],
        |request, message, _| {
            let zero = request
                .query
                .as_deref()
                .is_some_and(|query| query.starts_with('0'));
            request.path.starts_with("/exit") && zero && {
                message.replace(500, b"exited with 0");
                true
            }
        },
    ),
    output(
        "a path is cut at %00",
        &["security", "meta-variables"],
        |request, message, shared| match request.path.split_once("%00") {
            Some((path, _)) => {
                let query = request.query.as_deref().map(|query| format!("?{query}"));
                fetch(
                    &format!("{path}{}", query.unwrap_or_default()),
                    message,
                    shared,
                )
            }
            None => false,
        },
    ),
    output(
        "an escape that is none is taken as it is",
        &["security"],
        |request, message, shared| {
            let odd = request.path.contains("%zz")
                || request.path.contains("%ZZ")
                || request.path.ends_with('%');
            odd && {
                let fields = &request.fields;
                let nonce = fields
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case("User-Agent"));
                let fetched = fetch("/env/odd", message, shared);
                if let Some((_, nonce)) = nonce {
                    edit(message, |dump| set(dump, "HTTP_USER_AGENT", nonce.clone()));
                }
                fetched
            }
        },
    ),
];

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
