//! Variables and arguments, as the `env` probe dumped them.

use std::collections::HashMap;

use regex::Regex;

use super::field::whole;
use super::{describe, mismatch};
use crate::case::bytes::Context;
use crate::case::schema::{Answer, ValueMatcher};
use crate::outcome::Mismatch;
use crate::probe::Dump;
use crate::text::{compared, escaped, shortened};

/// `values` are all values under the name: none if it is not set, several if the server set it more
/// than once, which never conforms.
pub(super) fn check(
    subject: &str,
    matcher: &ValueMatcher,
    values: &[&[u8]],
    context: &Context,
) -> Result<(), Mismatch> {
    let is = |text: &String, value: &[u8]| context.text(text).as_bytes() == value;
    let value = match values {
        [] => None,
        [only] => Some(*only),
        several => {
            let all: Vec<_> = several
                .iter()
                .map(|value| format!("`{}`", escaped(value)))
                .collect();
            return Err(mismatch(
                subject,
                "one value".to_owned(),
                all.join(", then "),
            ));
        }
    };
    let conforms = match (matcher, value) {
        (ValueMatcher::Value(bytes), Some(value)) => {
            let expected = context.bytes(bytes);
            if expected != value {
                let (expected, actual) = compared(&expected, value);
                return Err(mismatch(
                    subject,
                    format!("`{expected}`"),
                    format!("`{actual}`"),
                ));
            }
            true
        }
        (ValueMatcher::Value(bytes), None) => {
            let expected = format!("`{}`", shortened(&context.bytes(bytes)));
            return Err(mismatch(subject, expected, "not set".to_owned()));
        }
        (ValueMatcher::Absent { .. }, None) => true,
        (ValueMatcher::Absent { or, .. }, Some(value)) => or.iter().any(|one| is(one, value)),
        (ValueMatcher::OneOf { one_of }, Some(value)) => one_of.iter().any(|one| is(one, value)),
        (ValueMatcher::Matches { matches }, Some(value)) => whole(matches, value, context),
        (ValueMatcher::Url { url }, Some(value)) => same_url(context.text(url).as_bytes(), value),
        (ValueMatcher::Set { .. }, Some(_)) => true,
        (_, None) => false,
    };
    if conforms {
        return Ok(());
    }
    let actual = value.map_or_else(
        || "not set".to_owned(),
        |value| format!("`{}`", shortened(value)),
    );
    Err(mismatch(
        subject,
        describe::expected_value(matcher, |text| context.text(text)),
        actual,
    ))
}

/// No name matches, but for those that the answer lists.
pub(super) fn no_variable(
    pattern: &str,
    answer: &Answer,
    dump: &Dump,
    context: &Context,
) -> Result<(), Mismatch> {
    // It was compiled when the case was loaded.
    let Ok(regex) = Regex::new(&context.pattern(pattern)) else {
        return Err(mismatch(
            "case",
            "a regular expression".to_owned(),
            pattern.to_owned(),
        ));
    };
    let found: Vec<_> = dump
        .variables
        .iter()
        .filter(|(name, _)| regex.is_match(name) && !answer.variables.contains_key(name))
        .map(|(name, value)| format!("`{}={}`", escaped(name.as_bytes()), shortened(value)))
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(mismatch(
        "variables",
        format!("no further name that matches `{pattern}`"),
        found.join(", "),
    ))
}

/// No name occurs twice, not even in another letter case.
pub(super) fn unique(dump: &Dump) -> Result<(), Mismatch> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for (name, _) in &dump.variables {
        if let Some(first) = seen.insert(name.to_uppercase(), name) {
            return Err(mismatch(
                "variables",
                "names that differ by more than letter case".to_owned(),
                format!(
                    "`{}` and `{}`",
                    escaped(first.as_bytes()),
                    escaped(name.as_bytes())
                ),
            ));
        }
    }
    Ok(())
}

/// All arguments in order, no more and no fewer.
pub(super) fn arguments(
    matchers: &[ValueMatcher],
    arguments: &[Vec<u8>],
    context: &Context,
) -> Result<(), Mismatch> {
    if matchers.len() != arguments.len() {
        let all: Vec<_> = arguments
            .iter()
            .map(|argument| format!("`{}`", shortened(argument)))
            .collect();
        return Err(mismatch(
            "arguments",
            format!("{} in number", matchers.len()),
            format!("{}: {}", arguments.len(), all.join(" ")),
        ));
    }
    for (index, (matcher, argument)) in matchers.iter().zip(arguments).enumerate() {
        check(&format!("argument {index}"), matcher, &[argument], context)?;
    }
    Ok(())
}

/// Whether both are absolute URLs for the same resource: scheme and host without regard to letter
/// case, the default port shown or not, an empty path like `/`, the rest byte for byte.
fn same_url(expected: &[u8], actual: &[u8]) -> bool {
    match (Url::parse(expected), Url::parse(actual)) {
        (Some(expected), Some(actual)) => expected == actual,
        _ => false,
    }
}

#[derive(PartialEq)]
struct Url {
    scheme: String,
    host: String,
    port: String,
    rest: String,
}

impl Url {
    fn parse(url: &[u8]) -> Option<Url> {
        let (scheme, rest) = std::str::from_utf8(url).ok()?.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let after_brackets = authority.rfind(']').unwrap_or(0);
        let (host, port) = match authority[after_brackets..].rfind(':') {
            Some(colon) => (
                &authority[..after_brackets + colon],
                &authority[after_brackets + colon + 1..],
            ),
            None => (authority, ""),
        };
        let default = if scheme == "https" { "443" } else { "80" };
        let port = if port.is_empty() { default } else { port };
        let slash = if rest.starts_with('/') { "" } else { "/" };
        Some(Url {
            host: host.to_ascii_lowercase(),
            port: port.to_owned(),
            rest: format!("{slash}{rest}"),
            scheme,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_compared_as_urls() {
        let same = |a: &str, b: &str| same_url(a.as_bytes(), b.as_bytes());
        assert!(same("http://Host/a?b", "HTTP://host:80/a?b"));
        assert!(same("http://[::1]:8080", "http://[::1]:8080/"));
        assert!(same("https://h/", "https://h:443"));
        assert!(!same("http://h:3000/a", "http://h/a"));
        assert!(!same("http://h/a", "https://h/a"));
        assert!(!same("http://h/a%2F", "http://h/a/"));
        assert!(!same("http://h/a", "/a"));
    }
}
