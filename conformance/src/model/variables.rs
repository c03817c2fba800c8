//! The variables that are made from everything but the request fields.

use super::path::{self, RawPath};
use super::request::RequestModel;
use super::value::{Form, Url, Value};
use super::{Rules, Violation, quote};
use crate::probe::Dump;

/// What one requirement says about one variable.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The variable's name.
    pub name: String,
    /// The requirement.
    pub requirement: &'static str,
    /// What conforms.
    pub value: Value,
}

impl Rule {
    pub(super) fn new(name: impl Into<String>, requirement: &'static str, value: Value) -> Rule {
        Rule { name: name.into(), requirement, value }
    }
}

/// The rules on all variables whose names do not begin with `HTTP_`.
pub fn expected(request: &RequestModel, rules: Rules) -> Vec<Rule> {
    let mut all = always(request);
    all.extend(server(request, rules));
    all.extend(content(request));
    let rests = Rests::of(request, rules);
    match rules {
        Rules::Wagi => all.extend(paths(request, &rests)),
        Rules::Cgi => all.extend(cgi_paths(request, &rests)),
    }
    all
}

fn exactly(value: impl Into<Vec<u8>>) -> Value {
    Value::Exactly(value.into())
}

fn unset_or_empty() -> Value {
    Value::AbsentOr(vec![Vec::new()])
}

fn always(request: &RequestModel) -> Vec<Rule> {
    let query = match request.query_string() {
        b"" => "env.query-string.empty",
        _ => "env.query-string.verbatim",
    };
    let method = match request.method.as_str() {
        "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" => "env.request-method",
        _ => "env.request-method.never-rewritten",
    };
    let mut all = vec![
        Rule::new("GATEWAY_INTERFACE", "env.gateway-interface", exactly("CGI/1.1")),
        Rule::new("REQUEST_METHOD", method, exactly(request.method.as_bytes())),
        Rule::new("QUERY_STRING", query, exactly(request.query_string())),
        Rule::new(
            "SERVER_PROTOCOL",
            "env.server-protocol",
            exactly(format!("HTTP/1.{}", request.minor_version)),
        ),
        Rule::new("SERVER_PORT", "env.server-port.digits", Value::Form(Form::Digits)),
        Rule::new("SERVER_NAME", "env.always-set", Value::Form(Form::Set)),
        Rule::new("SERVER_SOFTWARE", "env.always-set", Value::Form(Form::Set)),
        Rule::new("AUTH_TYPE", "env.auth.only-verified", unset_or_empty()),
        Rule::new("REMOTE_USER", "env.auth.only-verified", unset_or_empty()),
    ];
    all.push(match request.peer {
        Some(peer) => Rule::new("REMOTE_ADDR", "env.remote-addr", exactly(peer.to_string())),
        None => Rule::new("REMOTE_ADDR", "env.remote-addr", Value::Form(Form::Address)),
    });
    all
}

fn server(request: &RequestModel, rules: Rules) -> Vec<Rule> {
    if rules == Rules::Cgi {
        // How a plain CGI server names itself is its configuration.
        return Vec::new();
    }
    let products = Rule::new("SERVER_SOFTWARE", "env.server-software", Value::Form(Form::Products));
    let name = match request.field("Host").map(host_of) {
        None => Rule::new("SERVER_NAME", "env.server-name.default", Value::Form(Form::NotEmpty)),
        Some(host) => {
            let requirement = match host.first() {
                Some(b'[') => "env.server-name.ipv6",
                _ => "env.server-name",
            };
            // The letter case of a host is left open.
            let lower = host.to_ascii_lowercase();
            Rule::new("SERVER_NAME", requirement, Value::OneOf(vec![host.to_vec(), lower]))
        }
    };
    let https = match (request.scheme, request.field("HTTPS")) {
        ("http", Some(_)) => Value::AbsentOr(vec![Vec::new(), b"off".to_vec()]),
        _ => Value::Unspecified,
    };
    vec![products, name, Rule::new("HTTPS", "env.https", https)]
}

/// The host of an authority, without its port.
fn host_of(authority: &[u8]) -> &[u8] {
    let end = match authority.first() {
        Some(b'[') => authority.iter().position(|&b| b == b']').map(|bracket| bracket + 1),
        _ => authority.iter().position(|&b| b == b':'),
    };
    &authority[..end.unwrap_or(authority.len())]
}

fn content(request: &RequestModel) -> Vec<Rule> {
    let (requirement, length) = match request.content().len() {
        0 => ("env.content-length.no-body", Value::AbsentOr(vec![Vec::new(), b"0".to_vec()])),
        length => ("env.content-length.counted", exactly(length.to_string())),
    };
    let length = Rule::new("CONTENT_LENGTH", requirement, length);
    let (requirement, media_type) = match request.field("Content-Type") {
        None | Some(b"") => ("env.content-type.not-guessed", unset_or_empty()),
        Some(value) => ("env.content-type.unchanged", exactly(value)),
    };
    vec![length, Rule::new("CONTENT_TYPE", requirement, media_type)]
}

/// What may stand for the path behind the mount: as it was sent, or with dot segments resolved.
struct Rests {
    /// Undecoded; the one that was sent first. Empty if nothing can be said.
    raw: Vec<Vec<u8>>,
    /// Decoded; `None` if nothing can be said.
    decoded: Option<Vec<Vec<u8>>>,
}

impl Rests {
    fn of(request: &RequestModel, rules: Rules) -> Rests {
        let path = RawPath(&request.path);
        let mut paths = vec![request.path.clone()];
        if path.has_dot_segments() {
            paths.extend([true, false].iter().filter_map(|&encoded| path.resolve(encoded)));
        }
        if rules == Rules::Cgi {
            let merged = RawPath(&request.path).merge_slashes();
            paths.extend(RawPath(&merged).resolve(true));
            paths.push(merged);
        }
        paths.dedup();
        // A path that leaves the mount, or whose segments appear only when it is decoded, may reach
        // the module as something else altogether.
        if request.leaves_mount() || path.hides_dot_segments() {
            return Rests { raw: Vec::new(), decoded: None };
        }
        let below = |path: &Vec<u8>| request.below_mount(path).map(<[u8]>::to_vec);
        let raw: Vec<Vec<u8>> = paths.iter().filter_map(below).collect();
        let decoded = raw.iter().map(|rest| RawPath(rest).decode().ok()).collect();
        Rests { raw, decoded }
    }

    fn one_of(values: Option<Vec<Vec<u8>>>) -> Value {
        match values {
            None => Value::Unspecified,
            Some(mut values) if values.len() == 1 => Value::Exactly(values.remove(0)),
            Some(values) => Value::OneOf(values),
        }
    }

    fn known_raw(&self) -> Option<Vec<Vec<u8>>> {
        (!self.raw.is_empty()).then(|| self.raw.clone())
    }
}

fn paths(request: &RequestModel, rests: &Rests) -> Vec<Rule> {
    let set = |name: &str| Rule::new(name, "env.always-set.wagi", Value::Form(Form::Set));
    let mut all: Vec<Rule> =
        ["PATH_INFO", "X_RAW_PATH_INFO", "X_MATCHED_ROUTE", "X_FULL_URL"].map(set).into();
    let known = !rests.raw.is_empty();
    let if_known = |value: Value| if known { value } else { Value::Unspecified };
    let translated = match &rests.decoded {
        Some(decoded) if decoded.iter().all(Vec::is_empty) => unset_or_empty(),
        decoded => Rests::one_of(decoded.clone()),
    };
    all.extend([
        Rule::new("SCRIPT_NAME", "env.script-name", if_known(exactly(request.mount.path.as_str()))),
        Rule::new("PATH_INFO", path_info_requirement(request.rest()), Rests::one_of(rests.decoded.clone())),
        Rule::new("PATH_TRANSLATED", "env.path-translated", translated),
        Rule::new("X_RAW_PATH_INFO", "env.raw-path-info", Rests::one_of(rests.known_raw())),
        Rule::new(
            "X_MATCHED_ROUTE",
            "env.matched-route",
            if_known(exactly(request.mount.pattern.as_str())),
        ),
        full_url(request, rests),
    ]);
    all
}

fn full_url(request: &RequestModel, rests: &Rests) -> Rule {
    let tails = |raw: Vec<Vec<u8>>| {
        let mut tails = Vec::new();
        for rest in raw {
            let path = [request.mount.path.as_bytes(), &rest].concat();
            match request.query.as_deref() {
                None => tails.push(path),
                Some(query) => {
                    tails.push([&path, b"?".as_slice(), query].concat());
                    // A lone `?` is no query.
                    tails.extend(query.is_empty().then_some(path));
                }
            }
        }
        tails
    };
    let authority = request.field("Host").map(<[u8]>::to_vec);
    let requirement = match &authority {
        Some(host) if host.contains(&b':') => "env.full-url.authority",
        _ => "env.full-url",
    };
    let outside = path::query_has_bytes_outside_uris(request.query_string())
        || RawPath(&request.path).has_bytes_outside_uris();
    let tails = rests.known_raw().filter(|_| !outside).map(tails);
    Rule::new("X_FULL_URL", requirement, Value::Url(Url { scheme: request.scheme, authority, tails }))
}

fn cgi_paths(request: &RequestModel, rests: &Rests) -> Vec<Rule> {
    let info = match &rests.decoded {
        // A variable without a value may be absent.
        Some(decoded) if decoded.iter().any(Vec::is_empty) => Value::AbsentOr(decoded.clone()),
        decoded => Rests::one_of(decoded.clone()),
    };
    let name = match rests.raw.is_empty() {
        true => Value::Unspecified,
        false => exactly(request.mount.path.as_str()),
    };
    vec![
        Rule::new("SCRIPT_NAME", "env.script-name", name),
        Rule::new("PATH_INFO", path_info_requirement(request.rest()), info),
    ]
}

/// The requirement that tells most about this path info.
fn path_info_requirement(rest: &[u8]) -> &'static str {
    let path = RawPath(rest);
    let decoded = path.decode().unwrap_or_default();
    if matches!(rest, b"" | b"/") {
        "env.path-info.empty-or-slash"
    } else if decoded.contains(&b'%') {
        "env.path-info.decoded-once"
    } else if path.has_encoded_slash() {
        "env.path-info.encoded-slash"
    } else if std::str::from_utf8(&decoded).is_err() {
        "security.path-not-utf8"
    } else if rest.iter().any(|b| matches!(b, b'%' | b'+')) {
        "env.path-info.decoded-once"
    } else if rest.windows(2).any(|w| w == b"//") || rest.iter().any(u8::is_ascii_uppercase) {
        "env.path-info.case-and-empty-segments"
    } else {
        "env.path-info"
    }
}

/// How a dump departs from `rules`; at most one violation for a variable. `sent` are the variables
/// that the request's fields would make without the prefix `HTTP_`.
pub fn judge(rules: &[Rule], sent: &[(String, Vec<u8>)], utf8: bool, dump: &Dump) -> Vec<Violation> {
    let mut violations: Vec<Violation> = Vec::new();
    for rule in rules {
        let value = dump.values(&rule.name).next();
        let mut violation = rule.judge(value);
        let overrides = |(name, sent): &(String, Vec<u8>)| {
            *name == rule.name && !sent.is_empty() && value == Some(sent)
        };
        if let Some(violation) = violation.as_mut().filter(|_| sent.iter().any(overrides)) {
            violation.requirement = match rule.name.as_str() {
                "CONTENT_TYPE" | "CONTENT_LENGTH" => "env.content.not-from-lookalikes",
                _ => "field.never-overrides",
            };
        }
        let seen = |found: &Violation| violations.iter().any(|v| v.subject == found.subject);
        violations.extend(violation.filter(|found| !seen(found)));
    }
    violations.extend(repeated_name(dump));
    if utf8 {
        violations.extend(not_text(dump));
        violations.extend(lower_case_name(dump));
    }
    violations
}

fn repeated_name(dump: &Dump) -> Option<Violation> {
    let names: Vec<&str> = dump.variables.iter().map(|(name, _)| name.as_str()).collect();
    let (first, second) = names.iter().enumerate().find_map(|(index, name)| {
        let earlier = names[..index].iter().find(|earlier| earlier.eq_ignore_ascii_case(name))?;
        Some((*earlier, *name))
    })?;
    Some(Violation::new(
        "env.names.unique-upper-case",
        format!("variable {second}"),
        "one entry of this name in whatever case",
        format!("entries named {first} and {second}"),
    ))
}

fn lower_case_name(dump: &Dump) -> Option<Violation> {
    let protocol = |name: &str| name.get(..5).is_some_and(|p| p.eq_ignore_ascii_case("HTTP_"));
    let lower = |name: &str| name.bytes().any(|b| b.is_ascii_lowercase());
    let (name, _) = dump.variables.iter().find(|(name, _)| protocol(name) && lower(name))?;
    Some(Violation::new(
        "env.names.unique-upper-case",
        format!("variable {name}"),
        name.to_ascii_uppercase(),
        name.clone(),
    ))
}

fn not_text(dump: &Dump) -> Option<Violation> {
    // A path that is not UTF-8 may be delivered byte for byte; whether it is, other rules tell.
    let exempt = |name: &str| matches!(name, "SCRIPT_NAME" | "PATH_INFO" | "PATH_TRANSLATED");
    let bad = |value: &[u8]| std::str::from_utf8(value).is_err() || value.contains(&0);
    let (name, value) = dump.variables.iter().find(|(name, value)| !exempt(name) && bad(value))?;
    Some(Violation::new(
        "env.values.utf8-without-nul",
        format!("variable {name}"),
        "valid UTF-8 without NUL",
        quote(value),
    ))
}
