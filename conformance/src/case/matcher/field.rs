//! Response fields.

use regex::bytes::Regex;

use super::mismatch;
use crate::case::bytes::Context;
use crate::case::schema::FieldMatcher;
use crate::outcome::Mismatch;
use crate::text::{compared, escaped};
use crate::wire::message::Response;
use crate::wire::parse::trim;

pub(super) fn check(
    name: &str,
    matcher: &FieldMatcher,
    response: &Response,
    context: &Context,
) -> Result<(), Mismatch> {
    let lines: Vec<&[u8]> = response.head.values(name).collect();
    let miss = |expected: String| Err(mismatch(format!("field {name}"), expected, shown(&lines)));
    match matcher {
        FieldMatcher::Value(bytes) => {
            let expected = context.bytes(bytes);
            match lines.as_slice() {
                [only] if *only == expected => Ok(()),
                [only] => {
                    let (expected, actual) = compared(&expected, only);
                    Err(mismatch(format!("field {name}"), expected, actual))
                }
                _ => miss(format!("one field `{}`", escaped(&expected))),
            }
        }
        FieldMatcher::Values(values) => {
            let expected: Vec<_> = values
                .iter()
                .map(|value| context.text(value).into_bytes())
                .collect();
            if lines == expected {
                return Ok(());
            }
            miss(shown(&expected))
        }
        FieldMatcher::List { list } => {
            let expected: Vec<_> = list
                .iter()
                .map(|value| context.text(value).into_bytes())
                .collect();
            if elements(&lines) == elements(&expected) {
                return Ok(());
            }
            miss(format!("{}, on one line or several", shown(&expected)))
        }
        FieldMatcher::Absent { .. } if lines.is_empty() => Ok(()),
        FieldMatcher::Absent { .. } => miss("no such field".to_owned()),
        FieldMatcher::AtMostOnce { at_most_once } => {
            let allowed: Vec<_> = at_most_once
                .iter()
                .map(|value| context.text(value).into_bytes())
                .collect();
            match lines.as_slice() {
                [] => Ok(()),
                [only] if allowed.is_empty() || allowed.iter().any(|value| value == only) => Ok(()),
                [_] => miss(format!("if at all, one of {}", shown(&allowed))),
                _ => miss("at most one field".to_owned()),
            }
        }
        FieldMatcher::Matches { matches } => match lines.as_slice() {
            [only] if whole(matches, only, context) => Ok(()),
            _ => miss(format!("one field of the form `{matches}`")),
        },
    }
}

/// Whether the expression matches the value as a whole; it was compiled when the case was loaded.
pub(super) fn whole(pattern: &str, value: &[u8], context: &Context) -> bool {
    Regex::new(&format!(r"\A(?:{})\z", context.pattern(pattern)))
        .is_ok_and(|regex| regex.is_match(value))
}

fn elements(lines: &[impl AsRef<[u8]>]) -> Vec<Vec<u8>> {
    lines
        .iter()
        .flat_map(|line| line.as_ref().split(|&byte| byte == b','))
        .map(|element| trim(element).to_vec())
        .collect()
}

fn shown(lines: &[impl AsRef<[u8]>]) -> String {
    match lines {
        [] => "no such field".to_owned(),
        lines => lines
            .iter()
            .map(|line| format!("`{}`", escaped(line.as_ref())))
            .collect::<Vec<_>>()
            .join(", "),
    }
}
