//! Status and Location.

use super::*;

pub(super) static FAULTS: &[Fault] = &[
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
];
