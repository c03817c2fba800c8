//! Variables.

use super::*;

pub(super) static FAULTS: &[Fault] = &[
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
        "values are cut at 1 KiB",
        &["meta-variables", "request-fields"],
        |_, dump| {
            let mut changed = false;
            for (_, value) in &mut dump.variables {
                changed |= value.len() > 1024;
                value.truncate(1024);
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
    variable("`%2F` in the path stays encoded", VARIABLES, |_, dump| {
        let raw = dump.values("X_RAW_PATH_INFO").next().map(<[u8]>::to_vec);
        let escapes = |raw: &[u8]| {
            raw.windows(3)
                .any(|three| three.eq_ignore_ascii_case(b"%2F"))
        };
        let Some(raw) = raw.filter(|raw| escapes(raw)) else {
            return false;
        };
        // The escapes of slashes are escaped once more, so that decoding leaves them.
        let raw = String::from_utf8_lossy(&raw).replace("%2F", "%252F");
        let value = decoded(raw.replace("%2f", "%252f").as_bytes());
        set(dump, "PATH_INFO", value)
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
    variable(
        "Content-Type becomes HTTP_CONTENT_TYPE, too",
        FIELDS,
        |request, dump| {
            let value = request
                .values("Content-Type")
                .first()
                .map(|value| value.to_vec());
            value.is_some_and(|value| set(dump, "HTTP_CONTENT_TYPE", value))
        },
    ),
    variable(
        "QUERY_STRING is missing when it is empty",
        VARIABLES,
        |_, dump| {
            let before = dump.variables.len();
            dump.variables
                .retain(|(name, value)| name != "QUERY_STRING" || !value.is_empty());
            dump.variables.len() < before
        },
    ),
    variable(
        "PATH_INFO is missing when it is empty",
        VARIABLES,
        |_, dump| {
            let before = dump.variables.len();
            dump.variables
                .retain(|(name, value)| name != "PATH_INFO" || !value.is_empty());
            dump.variables.len() < before
        },
    ),
    variable(
        "PATH_TRANSLATED is a path of the server's disk",
        VARIABLES,
        |_, dump| {
            let value = dump
                .values("PATH_INFO")
                .next()
                .map(<[u8]>::to_vec)
                .unwrap_or_default();
            !value.is_empty()
                && set(
                    dump,
                    "PATH_TRANSLATED",
                    [b"/srv/www".as_slice(), &value].concat(),
                )
        },
    ),
    variable(
        "X_MATCHED_ROUTE lacks the wildcard",
        &["meta-variables", "routing"],
        |_, dump| {
            let route = dump
                .values("X_MATCHED_ROUTE")
                .next()
                .map(<[u8]>::to_vec)
                .unwrap_or_default();
            let route = route.strip_suffix(b"/...").map(<[u8]>::to_vec);
            route.is_some_and(|route| set(dump, "X_MATCHED_ROUTE", route))
        },
    ),
    variable("X_RAW_PATH_INFO is decoded", VARIABLES, |_, dump| {
        let value = dump.values("PATH_INFO").next().map(<[u8]>::to_vec);
        value.is_some_and(|value| set(dump, "X_RAW_PATH_INFO", value))
    }),
    variable(
        "configured variables win over the request's",
        &["volumes"],
        |request, dump| {
            request.path.starts_with("/configured")
                && set(dump, "REQUEST_METHOD", b"CONFIGURED".to_vec())
        },
    ),
    variable(
        "another entrypoint runs than the configured one",
        &["entrypoints"],
        |_, dump| {
            dump.entrypoint.as_deref() == Some("second") && {
                dump.entrypoint = Some("_start".to_owned());
                true
            }
        },
    ),
];
