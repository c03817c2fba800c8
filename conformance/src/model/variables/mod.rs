//! The variables that are made from everything but the request fields.

mod judge;
mod paths;
#[cfg(test)]
mod tests;

use super::path::RawPath;
use super::request::RequestModel;
use super::value::{Form, Value};
use super::{Rules, distinct};

pub use judge::judge;

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
        Rule {
            name: name.into(),
            requirement,
            value,
        }
    }
}

/// The rules on all variables whose names do not begin with `HTTP_`.
pub fn expected(request: &RequestModel, rules: Rules) -> Vec<Rule> {
    let mut all = always(request, rules);
    all.extend(server(request, rules));
    all.extend(content(request));
    let rests = paths::Rests::of(request, rules);
    match rules {
        Rules::Wagi => all.extend(paths::wagi(request, &rests)),
        Rules::Cgi => all.extend(paths::cgi(request, &rests)),
    }
    all
}

fn exactly(value: impl Into<Vec<u8>>) -> Value {
    Value::Exactly(value.into())
}

fn unset_or_empty() -> Value {
    Value::AbsentOr(vec![Vec::new()])
}

fn always(request: &RequestModel, rules: Rules) -> Vec<Rule> {
    let raw = request.query_string();
    let query_string = match rules {
        Rules::Wagi => exactly(raw),
        // Both are the query of the same URI.
        Rules::Cgi => Value::OneOf(distinct(vec![raw.to_vec(), RawPath(raw).normalize()])),
    };
    let query = match request.query_string() {
        b"" => "env.query-string.empty",
        _ => "env.query-string.verbatim",
    };
    let method = match request.method.as_str() {
        "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" => "env.request-method",
        _ => "env.request-method.never-rewritten",
    };
    let mut all = vec![
        Rule::new(
            "GATEWAY_INTERFACE",
            "env.gateway-interface",
            exactly("CGI/1.1"),
        ),
        Rule::new("REQUEST_METHOD", method, exactly(request.method.as_bytes())),
        Rule::new("QUERY_STRING", query, query_string),
        Rule::new(
            "SERVER_PROTOCOL",
            "env.server-protocol",
            exactly(format!("HTTP/1.{}", request.minor_version)),
        ),
        Rule::new(
            "SERVER_PORT",
            "env.server-port.digits",
            Value::Form(Form::Digits),
        ),
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
    let products = Rule::new(
        "SERVER_SOFTWARE",
        "env.server-software",
        Value::Form(Form::Products),
    );
    let name = match request.field("Host").map(host_of) {
        None => Rule::new(
            "SERVER_NAME",
            "env.server-name.default",
            Value::Form(Form::NotEmpty),
        ),
        Some(host) => {
            let requirement = match host.first() {
                Some(b'[') => "env.server-name.ipv6",
                _ => "env.server-name",
            };
            // The letter case of a host is left open.
            let lower = host.to_ascii_lowercase();
            Rule::new(
                "SERVER_NAME",
                requirement,
                Value::OneOf(vec![host.to_vec(), lower]),
            )
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
        Some(b'[') => authority
            .iter()
            .position(|&b| b == b']')
            .map(|bracket| bracket + 1),
        _ => authority.iter().position(|&b| b == b':'),
    };
    &authority[..end.unwrap_or(authority.len())]
}

fn content(request: &RequestModel) -> Vec<Rule> {
    let (requirement, length) = match request.content().len() {
        0 => (
            "env.content-length.no-body",
            Value::AbsentOr(vec![Vec::new(), b"0".to_vec()]),
        ),
        length => ("env.content-length.counted", exactly(length.to_string())),
    };
    let length = Rule::new("CONTENT_LENGTH", requirement, length);
    let (requirement, media_type) = match request.field("Content-Type") {
        None | Some(b"") => ("env.content-type.not-guessed", unset_or_empty()),
        Some(value) => ("env.content-type.unchanged", exactly(value)),
    };
    vec![length, Rule::new("CONTENT_TYPE", requirement, media_type)]
}
