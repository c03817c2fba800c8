//! What a module gets for a request, or which refusals conform.

use super::arguments::{self, Arguments};
use super::path::{self, RawPath};
use super::request::RequestModel;
use super::{Rules, Violation, fields, quote, variables};
use crate::probe::{Dump, digest};

/// A refusal that conforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The requirement that allows or demands it.
    pub requirement: &'static str,
    /// With which answers.
    pub statuses: Statuses,
}

/// The requirements of level MUST among those that refusals name.
const BINDING: [&str; 4] = [
    "env.request-method.never-rewritten",
    "field.name.ambiguous",
    "security.nul-in-path",
    "stdin.any-method",
];

/// The statuses of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statuses {
    /// Any 4xx.
    ClientError,
    /// Any 3xx or 4xx.
    RedirectOrClientError,
    /// Any of these.
    Codes(&'static [u16]),
    /// Whatever the server likes.
    Any,
}

impl Statuses {
    /// Whether `status` is one of them.
    pub fn contain(self, status: u16) -> bool {
        match self {
            Statuses::ClientError => (400..500).contains(&status),
            Statuses::RedirectOrClientError => (300..500).contains(&status),
            Statuses::Codes(codes) => codes.contains(&status),
            Statuses::Any => true,
        }
    }

    fn describe(self) -> String {
        match self {
            Statuses::ClientError => "a 4xx status".to_owned(),
            Statuses::RedirectOrClientError => "a 3xx or 4xx status".to_owned(),
            Statuses::Codes(codes) => {
                let codes: Vec<String> = codes.iter().map(u16::to_string).collect();
                format!("status {}", codes.join(" or "))
            }
            Statuses::Any => "any status".to_owned(),
        }
    }
}

/// What conforms as the fate of a request.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The refusal that must come instead of running the module.
    pub required_refusal: Option<Refusal>,
    /// Refusals that may come instead.
    pub refusals: Vec<Refusal>,
    /// What is said about variables.
    pub variables: Vec<variables::Rule>,
    /// The variables that the request's fields would make without the prefix `HTTP_`.
    pub sent: Vec<(String, Vec<u8>)>,
    /// Whether every value must be UTF-8, but for those that may hold the bytes of a path.
    pub utf8: bool,
    /// What is said about arguments; nothing under [`Rules::Cgi`].
    pub arguments: Option<Arguments>,
    /// What standard input carries, and by which requirement.
    pub stdin: (&'static str, Vec<u8>),
    /// Whether the module's dump stays at the server: the answer to HEAD has no body.
    pub unseen: bool,
}

/// What was seen of a request's fate.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'a> {
    /// The module ran, and this is what it was given.
    Ran(&'a Dump),
    /// An answer without the module's dump.
    Answered(u16),
}

/// What conforms for `request`.
pub fn delivery(request: &RequestModel, rules: Rules) -> Delivery {
    let (field_rules, field_refusals) = fields::expected(request, rules);
    let mut variables = variables::expected(request, rules);
    variables.extend(field_rules);
    let mut refusals = refusals(request);
    refusals.extend(field_refusals);
    let decoded_query = RawPath(request.query_string()).decode().unwrap_or_default();
    let is_text = std::str::from_utf8(&decoded_query).is_ok_and(|q| !q.contains(char::is_control));
    if rules == Rules::Cgi && !is_text {
        refusals.push(Refusal {
            requirement: "env.query-string.verbatim",
            statuses: Statuses::ClientError,
        });
    }
    let nul = RawPath(&request.path)
        .decode()
        .is_ok_and(|path| path.contains(&0));
    let nul_refusal = |statuses| Refusal {
        requirement: "security.nul-in-path",
        statuses,
    };
    if nul && rules == Rules::Cgi {
        refusals.push(nul_refusal(Statuses::Any));
    }
    Delivery {
        required_refusal: (nul && rules == Rules::Wagi).then(|| nul_refusal(Statuses::ClientError)),
        refusals,
        variables,
        sent: fields::without_prefix(request),
        utf8: rules == Rules::Wagi,
        arguments: (rules == Rules::Wagi).then(|| arguments::expected(request)),
        stdin: (stdin_requirement(request), request.content().to_vec()),
        unseen: request.method == "HEAD",
    }
}

fn stdin_requirement(request: &RequestModel) -> &'static str {
    match request.method.as_str() {
        _ if request.content().is_empty() => "stdin.end-of-file",
        _ if request.chunked => "stdin.chunked.decoded",
        "POST" | "PUT" | "PATCH" => "stdin.bytes-unchanged",
        _ => "stdin.any-method",
    }
}

fn refusals(request: &RequestModel) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut allow = |requirement, statuses| {
        refusals.push(Refusal {
            requirement,
            statuses,
        })
    };
    if !is_usual(&request.method) {
        allow(
            "env.request-method.never-rewritten",
            Statuses::Codes(&[405, 501]),
        );
    }
    let path = RawPath(&request.path);
    match path.decode() {
        Err(_) => allow("security.percent-escapes", Statuses::ClientError),
        Ok(decoded) => {
            if std::str::from_utf8(&decoded).is_err() {
                allow("security.path-not-utf8", Statuses::ClientError);
            }
            // Left open by the chapter on security.
            if decoded.iter().any(u8::is_ascii_control) {
                allow("env.path-info", Statuses::ClientError);
            }
        }
    }
    if path.has_encoded_slash() {
        allow("env.path-info.encoded-slash", Statuses::ClientError);
    }
    if path.hides_dot_segments() || request.leaves_mount() {
        // Resolved, it is a request for something else.
        allow("route.dot-segments", Statuses::Any);
    } else if path.has_dot_segments() {
        allow("route.dot-segments", Statuses::RedirectOrClientError);
    }
    if path.has_bytes_outside_uris() || path::query_has_bytes_outside_uris(request.query_string()) {
        allow("security.percent-escapes", Statuses::ClientError);
    }
    if RawPath(request.query_string()).decode().is_err() {
        allow("security.percent-escapes", Statuses::ClientError);
    }
    if request.body.is_some() && !matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
        allow("stdin.any-method", Statuses::ClientError);
    }
    if request.body.is_none() && matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
        // These usually have a body, and a server may ask for its length (RFC 9110 §15.5.12).
        allow("stdin.end-of-file", Statuses::Codes(&[411]));
    }
    if request.chunked {
        allow("stdin.chunked.accepted", Statuses::Codes(&[400, 411, 413]));
    }
    refusals
}

/// Methods that a WAGI server knows; every other one may be refused.
fn is_usual(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH")
}

impl Delivery {
    /// How `seen` departs from what conforms; nothing if it does not.
    pub fn judge(&self, seen: Seen<'_>) -> Vec<Violation> {
        match (seen, self.required_refusal) {
            (Seen::Answered(status), required) => self.judge_status(status, required),
            (Seen::Ran(_), Some(refusal)) => vec![Violation::new(
                refusal.requirement,
                "status",
                refusal.statuses.describe(),
                "the module ran",
            )],
            (Seen::Ran(dump), None) => self.judge_dump(dump),
        }
    }

    fn judge_status(&self, status: u16, required: Option<Refusal>) -> Vec<Violation> {
        let allowed = required
            .as_ref()
            .map_or(self.refusals.as_slice(), std::slice::from_ref);
        let ran_unseen = self.unseen && required.is_none() && status == 200;
        if ran_unseen
            || allowed
                .iter()
                .any(|refusal| refusal.statuses.contain(status))
        {
            return Vec::new();
        }
        let mut expected: Vec<String> = allowed.iter().map(|r| r.statuses.describe()).collect();
        expected.dedup();
        if required.is_none() {
            expected.insert(0, "the module's dump".to_owned());
        }
        // Where a refusal that a recommendation is about goes wrong, a rule that binds is violated.
        let requirement = allowed
            .iter()
            .map(|refusal| refusal.requirement)
            .find(|requirement| BINDING.contains(requirement))
            .unwrap_or("env.delivered-as-environment");
        let actual = format!("status {status} without the module's dump");
        vec![Violation::new(
            requirement,
            "status",
            expected.join(" or "),
            actual,
        )]
    }

    fn judge_dump(&self, dump: &Dump) -> Vec<Violation> {
        let mut violations = variables::judge(&self.variables, &self.sent, self.utf8, dump);
        if let Some(arguments) = &self.arguments {
            violations.extend(arguments.judge(&dump.arguments));
        }
        let (requirement, stdin) = &self.stdin;
        let (length, sum) = (stdin.len() as u64, digest(stdin));
        if (length, sum, None) != (dump.stdin_length, dump.stdin_digest, dump.stdin_error) {
            let mut actual = format!(
                "{} bytes, digest {:016x}",
                dump.stdin_length, dump.stdin_digest
            );
            if let Some(errno) = dump.stdin_error {
                actual = format!("{actual}, then errno {errno}");
            }
            let expected = format!("{length} bytes, digest {sum:016x}: {}", quote(stdin));
            violations.push(Violation::new(
                requirement,
                "standard input",
                expected,
                actual,
            ));
        }
        violations
    }
}
