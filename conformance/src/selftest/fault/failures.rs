//! Failures, routes and security.

use super::*;

pub(super) static FAULTS: &[Fault] = &[
    output(
        "an error page shows what the runtime said",
        &["failures"],
        |request, message, _| {
            let failed = request.path.starts_with("/trap") || request.path.starts_with("/exit");
            failed
                && message.status >= 500
                && {
                    message.replace(500, b"wasm trap: wasm `unreachable` instruction executed at probes/trap.wasm!_start");
                    true
                }
        },
    ),
    output(
        "memory survives from request to request",
        &["volumes"],
        |request, message, shared| {
            request.path.starts_with("/count") && message.status == 200 && {
                let count = shared.answers.fetch_add(1, Ordering::Relaxed) + 1;
                let text = String::from_utf8_lossy(&message.body).into_owned();
                let digits = |c: char| c.is_ascii_digit();
                let start = text.find(digits).unwrap_or(text.len());
                let end = text[start..]
                    .find(|c| !digits(c))
                    .map_or(text.len(), |end| start + end);
                message.body = format!("{}{count}{}", &text[..start], &text[end..]).into_bytes();
                count > 1
            }
        },
    ),
    output(
        "of two Host fields the first is taken",
        &["security"],
        |request, message, shared| {
            request.values("Host").len() > 1 && again_without("Host", request, message, shared)
        },
    ),
    output(
        "declared routes are not served",
        &["entrypoints"],
        |request, message, _| {
            let below = [
                "/declared/",
                "/declared-exact/",
                "/declared-slash/",
                "/inherit/",
            ];
            below.iter().any(|mount| request.path.starts_with(mount)) && {
                message.replace(404, b"no such route");
                true
            }
        },
    ),
    output(
        "the most general route wins",
        &["routing"],
        |request, message, shared| {
            let path = request.path.strip_prefix("/overlap/narrow");
            path.is_some_and(|rest| {
                let query = request.query.as_deref().unwrap_or_default();
                fetch(&format!("/overlap/other{rest}?{query}"), message, shared)
            })
        },
    ),
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
