//! What a module finds in its environment.

use super::{RequestHost, SERVER_SOFTWARE, SplitPath};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use std::borrow::Cow;
use std::net::IpAddr;

/// The meta-variables that are set on every request and that no configuration can replace.
///
/// Requirements: env.always-set, env.always-set.wagi, environment.precedence.
pub const META_VARIABLES: [&str; 19] = [
    "AUTH_TYPE",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "GATEWAY_INTERFACE",
    "PATH_INFO",
    "PATH_TRANSLATED",
    "QUERY_STRING",
    "REMOTE_ADDR",
    "REMOTE_HOST",
    "REMOTE_USER",
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "SERVER_SOFTWARE",
    "X_FULL_URL",
    "X_MATCHED_ROUTE",
    "X_RAW_PATH_INFO",
];

/// Environment entries, in the order in which the module sees them.
pub type Variables<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// What the variables are made of.
#[derive(Clone, Debug)]
pub struct RequestFacts<'a> {
    /// The method, in the letter case in which it was sent.
    pub method: &'a str,
    /// The version of the request.
    pub version: http::Version,
    /// The path, without dot segments, otherwise as sent.
    pub raw_path: &'a str,
    /// The path, cut where the route ended.
    pub split: SplitPath<'a>,
    /// The query without `?`; empty when there is none.
    pub query: &'a str,
    /// The route pattern as configured.
    pub route: &'a str,
    /// The request fields.
    pub headers: &'a HeaderMap,
    /// The host of the request, or the default host.
    pub host: &'a RequestHost,
    /// Whether the client named `host`; otherwise it is the default host.
    pub host_was_sent: bool,
    /// Whether the connection is encrypted.
    pub https: bool,
    /// The TCP port that received the request.
    pub server_port: u16,
    /// The address of the peer.
    pub remote: IpAddr,
    /// How many bytes standard input will have.
    pub content_length: u64,
}

/// Makes the environment of a module: meta-variables, then configured variables, then `HTTP_*`.
///
/// Of two entries whose names differ at most by letter case the earlier one stays, so a configured
/// variable never replaces a meta-variable, and a request field never replaces a configured one.
///
/// Requirements: env.*, field.*, environment.precedence.
pub fn variables<'a>(
    facts: &RequestFacts<'a>,
    configured: &'a [(String, String)],
) -> Variables<'a> {
    let mut variables = meta_variables(facts);
    for (name, value) in configured {
        if !contains(&variables, name) {
            variables.push((Cow::Borrowed(name), Cow::Borrowed(value)));
        }
    }
    let fields = field_variables(facts);
    for (name, value) in fields {
        if !configured
            .iter()
            .any(|(taken, _)| taken.eq_ignore_ascii_case(&name))
        {
            variables.push((Cow::Owned(name), value));
        }
    }
    variables
}

fn contains(variables: &Variables<'_>, name: &str) -> bool {
    variables
        .iter()
        .any(|(taken, _)| taken.eq_ignore_ascii_case(name))
}

fn meta_variables<'a>(facts: &RequestFacts<'a>) -> Variables<'a> {
    let remote = facts.remote.to_canonical().to_string();
    let content_type = facts
        .headers
        .get(header::CONTENT_TYPE)
        .map_or(Cow::Borrowed(""), |v| Cow::Owned(text_of(v).into_owned()));
    let scheme = if facts.https { "https" } else { "http" };
    let question_mark = if facts.query.is_empty() { "" } else { "?" };
    let full_url = [
        scheme,
        "://",
        facts.host.authority(),
        facts.raw_path,
        question_mark,
        facts.query,
    ]
    .concat();
    let protocol = match facts.version {
        http::Version::HTTP_09 => "HTTP/0.9",
        http::Version::HTTP_10 => "HTTP/1.0",
        http::Version::HTTP_2 => "HTTP/2.0",
        http::Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    };

    let mut variables: Variables<'a> = Vec::with_capacity(32 + facts.headers.len());
    let mut set = |name: &'static str, value: Cow<'a, str>| variables.push((name.into(), value));
    // Nothing here verifies credentials: env.auth.only-verified.
    set("AUTH_TYPE", "".into());
    set("CONTENT_LENGTH", facts.content_length.to_string().into());
    set("CONTENT_TYPE", content_type);
    set("GATEWAY_INTERFACE", "CGI/1.1".into());
    set("PATH_INFO", facts.split.path_info.into());
    set("PATH_TRANSLATED", facts.split.path_info.into());
    set("QUERY_STRING", facts.query.into());
    set("REMOTE_ADDR", remote.clone().into());
    set("REMOTE_HOST", remote.into());
    set("REMOTE_USER", "".into());
    set("REQUEST_METHOD", facts.method.into());
    set("SCRIPT_NAME", facts.split.script_name.into());
    set("SERVER_NAME", facts.host.name().to_string().into());
    set("SERVER_PORT", facts.server_port.to_string().into());
    set("SERVER_PROTOCOL", protocol.into());
    set("SERVER_SOFTWARE", SERVER_SOFTWARE.into());
    set("X_FULL_URL", full_url.into());
    set("X_MATCHED_ROUTE", facts.route.into());
    set("X_RAW_PATH_INFO", facts.split.raw_path_info.into());
    if facts.https {
        set("HTTPS", "on".into());
    }
    variables
}

fn field_variables<'a>(facts: &RequestFacts<'a>) -> Vec<(String, Cow<'a, str>)> {
    let headers = facts.headers;
    let named_by_connection = connection_options(headers);
    let mut variables = Vec::with_capacity(headers.len());
    for name in headers.keys() {
        if is_withheld(name)
            || named_by_connection
                .iter()
                .any(|n| n.eq_ignore_ascii_case(name.as_str()))
        {
            continue;
        }
        let Some(variable) = variable_name(name) else {
            continue;
        };
        let value = match *name {
            header::HOST if facts.host_was_sent => facts.host.authority().to_string().into(),
            header::COOKIE => joined(headers.get_all(name), "; "),
            _ => joined(headers.get_all(name), ", "),
        };
        variables.push((variable, value));
    }
    // In HTTP/2 the host is not among the fields (RFC 9113, 8.3.1).
    if facts.version >= http::Version::HTTP_2
        && facts.host_was_sent
        && !headers.contains_key(header::HOST)
    {
        variables.push(("HTTP_HOST".to_string(), facts.host.authority().into()));
    }
    variables
}

/// `foo-bar` becomes `HTTP_FOO_BAR`; a name that another field could also map to becomes nothing.
///
/// Requirements: field.name-mapping, field.name.ambiguous, field.never-overrides.
fn variable_name(field: &HeaderName) -> Option<String> {
    let mut name = String::with_capacity("HTTP_".len() + field.as_str().len());
    name.push_str("HTTP_");
    for byte in field.as_str().bytes() {
        match byte {
            b'-' => name.push('_'),
            byte if byte.is_ascii_alphanumeric() => name.push(byte.to_ascii_uppercase().into()),
            _ => return None,
        }
    }
    Some(name)
}

/// Fields that the module does not get.
///
/// Requirements: field.content.not-doubled, field.proxy.dropped, field.authorization.withheld,
/// field.proxy-authorization.withheld, field.connection-level.withheld.
fn is_withheld(field: &HeaderName) -> bool {
    const WITHHELD: [&str; 12] = [
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "keep-alive",
        "proxy",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    WITHHELD.contains(&field.as_str())
}

/// The fields that `Connection` names. Host is never among them: it is not the connection's.
fn connection_options(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(header::CONNECTION).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|option| !option.is_empty() && !option.eq_ignore_ascii_case("host"))
        .collect()
}

fn joined<'a>(values: header::GetAll<'a, HeaderValue>, separator: &str) -> Cow<'a, str> {
    let mut values = values.iter();
    let mut text = values.next().map_or(Cow::Borrowed(""), text_of);
    for value in values {
        let text = text.to_mut();
        text.push_str(separator);
        text.push_str(&text_of(value));
    }
    text
}

/// UTF-8 stays as it is; anything else is read as ISO-8859-1, so that no byte is lost.
///
/// Requirements: field.value.utf8, field.value.not-utf8, env.values.utf8-without-nul.
fn text_of(value: &HeaderValue) -> Cow<'_, str> {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(
            value
                .as_bytes()
                .iter()
                .map(|&byte| char::from(byte))
                .collect(),
        ),
    }
}

#[cfg(test)]
#[path = "variables_tests.rs"]
mod tests;
