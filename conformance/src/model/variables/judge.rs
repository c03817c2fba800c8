//! Comparing the variables that a module was given.

use super::Rule;
use crate::model::value::actual;
use crate::model::{Violation, quote};
use crate::probe::Dump;

/// How a dump departs from `rules`; at most one violation for a variable. `sent` are the variables
/// that the request's fields would make without the prefix `HTTP_`.
pub fn judge(
    rules: &[Rule],
    sent: &[(String, Vec<u8>)],
    utf8: bool,
    dump: &Dump,
) -> Vec<Violation> {
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
    let names: Vec<&str> = dump
        .variables
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let (first, second) = names.iter().enumerate().find_map(|(index, name)| {
        let earlier = names[..index]
            .iter()
            .find(|earlier| earlier.eq_ignore_ascii_case(name))?;
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
    let protocol = |name: &str| {
        name.get(..5)
            .is_some_and(|p| p.eq_ignore_ascii_case("HTTP_"))
    };
    let lower = |name: &str| name.bytes().any(|b| b.is_ascii_lowercase());
    let (name, _) = dump
        .variables
        .iter()
        .find(|(name, _)| protocol(name) && lower(name))?;
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
    let (name, value) = dump
        .variables
        .iter()
        .find(|(name, value)| !exempt(name) && bad(value))?;
    Some(Violation::new(
        "env.values.utf8-without-nul",
        format!("variable {name}"),
        "valid UTF-8 without NUL",
        quote(value),
    ))
}

impl Rule {
    /// How the value that came departs from the rule.
    fn judge(&self, value: Option<&[u8]>) -> Option<Violation> {
        (!self.value.allows(value)).then(|| {
            let subject = format!("variable {}", self.name);
            Violation::new(
                self.requirement,
                subject,
                self.value.describe(),
                actual(value),
            )
        })
    }
}
