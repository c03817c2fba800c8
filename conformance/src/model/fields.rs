//! The variables that are made from request fields: `HTTP_…`.

use std::collections::BTreeMap;

use super::delivery::{Refusal, Statuses};
use super::request::RequestModel;
use super::value::Value;
use super::variables::Rule;
use super::{Rules, distinct, join, trim};

/// The rules on all variables whose names begin with `HTTP_`, and the refusals that fields allow.
pub fn expected(request: &RequestModel, rules: Rules) -> (Vec<Rule>, Vec<Refusal>) {
    let mut groups: BTreeMap<String, Group<'_>> = BTreeMap::new();
    let mut refusals = Vec::new();
    for (name, value) in &request.fields {
        let group = groups.entry(variable_of(name)).or_default();
        if is_plain(name) {
            group.values.push(trim(value));
        } else {
            group.lookalike = true;
            refusals.push(Refusal {
                requirement: "field.name.ambiguous",
                statuses: Statuses::Codes(&[400]),
            });
        }
        if std::str::from_utf8(value).is_err() {
            refusals.push(Refusal {
                requirement: "field.value.not-utf8",
                statuses: Statuses::Codes(&[400]),
            });
        }
    }
    let withheld = withheld_names(request);
    let rules = groups
        .iter()
        .map(|(variable, group)| {
            let may_be_withheld = withheld.contains(variable);
            let (requirement, value) = match rules {
                Rules::Wagi => group.wagi(variable, may_be_withheld),
                Rules::Cgi => group.cgi(variable),
            };
            Rule::new(variable.clone(), requirement, value)
        })
        .collect();
    (rules, refusals)
}

/// The variable that a field name maps to.
pub fn variable_of(name: &[u8]) -> String {
    let letter = |&b: &u8| match b {
        b if b.is_ascii_alphanumeric() => char::from(b.to_ascii_uppercase()),
        _ => '_',
    };
    format!("HTTP_{}", name.iter().map(letter).collect::<String>())
}

/// The variables that a server would make of the fields if it forgot the prefix.
pub fn without_prefix(request: &RequestModel) -> Vec<(String, Vec<u8>)> {
    let real = |name: &[u8]| {
        name.eq_ignore_ascii_case(b"Content-Type") || name.eq_ignore_ascii_case(b"Content-Length")
    };
    let others = request.fields.iter().filter(|(name, _)| !real(name));
    others
        .map(|(name, value)| (variable_of(name)[5..].to_owned(), trim(value).to_vec()))
        .collect()
}

/// Letters, digits and `-`: the names of which no two map to the same variable.
fn is_plain(name: &[u8]) -> bool {
    name.iter().all(|&b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The variables of fields that a server may withhold.
fn withheld_names(request: &RequestModel) -> Vec<String> {
    let fixed: [&[u8]; 9] = [
        b"Authorization",
        b"Proxy-Authorization",
        b"Content-Length",
        b"Content-Type",
        b"Connection",
        b"Keep-Alive",
        b"TE",
        b"Transfer-Encoding",
        b"Upgrade",
    ];
    let connection = request
        .fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(b"Connection"))
        .flat_map(|(_, value)| value.split(|&b| b == b','))
        .map(trim);
    fixed
        .into_iter()
        .chain(connection)
        .map(variable_of)
        .collect()
}

/// The fields that map to one variable.
#[derive(Debug, Default)]
struct Group<'a> {
    /// The values of those whose names are plain.
    values: Vec<&'a [u8]>,
    /// Whether another name maps here too.
    lookalike: bool,
}

impl Group<'_> {
    fn wagi(&self, variable: &str, may_be_withheld: bool) -> (&'static str, Value) {
        let requirement = match variable {
            "HTTP_PROXY" => return ("field.proxy.dropped", Value::Absent),
            _ if self.values.is_empty() => return ("field.name.ambiguous", Value::Absent),
            _ if self
                .values
                .iter()
                .any(|value| std::str::from_utf8(value).is_err()) =>
            {
                return ("field.value.not-utf8", self.transcoded(variable));
            }
            // Which of two rules is broken could not be told.
            _ if self.lookalike && self.values.len() > 1 => {
                return ("field.name.ambiguous", Value::Unspecified);
            }
            _ if self.lookalike => "field.name.ambiguous",
            "HTTP_HOST" => "field.host",
            "HTTP_COOKIE" if self.values.len() > 1 => "field.cookie.joined",
            _ if self.values.len() > 1 => "field.repeated.joined",
            _ if !self.values[0].is_ascii() => "field.value.utf8",
            _ if self.values[0].iter().any(|b| b" \t,\"".contains(b)) => "field.value.inner-bytes",
            _ => "field.name-mapping",
        };
        let mut joined = self.joined(variable, &[b", "]);
        let value = match (
            may_be_withheld || self.values.iter().all(|v| v.is_empty()),
            joined.len(),
        ) {
            (true, _) => Value::AbsentOr(joined),
            (false, 1) => Value::Exactly(joined.remove(0)),
            (false, _) => Value::OneOf(joined),
        };
        (requirement, value)
    }

    /// A plain CGI server owes no variable for any field; but what it passes has to be right.
    fn cgi(&self, variable: &str) -> (&'static str, Value) {
        let unspecified = self.lookalike
            || variable == "HTTP_PROXY"
            || !self.values.iter().all(|value| value.is_ascii());
        let requirement = match variable {
            "HTTP_COOKIE" if self.values.len() > 1 => "field.cookie.joined",
            _ if self.values.len() > 1 => "field.repeated.joined",
            _ => "field.name-mapping",
        };
        let value = match unspecified {
            true => Value::Unspecified,
            false => Value::AbsentOr(self.joined(variable, &[b", ", b","])),
        };
        (requirement, value)
    }

    /// All values as one, with the empty ones kept and left out.
    fn joined(&self, variable: &str, commas: &[&[u8]]) -> Vec<Vec<u8>> {
        let separators = match variable {
            "HTTP_COOKIE" => &[b"; ".as_slice()],
            _ => commas,
        };
        let full: Vec<&[u8]> = self
            .values
            .iter()
            .copied()
            .filter(|v| !v.is_empty())
            .collect();
        let joined = separators
            .iter()
            .flat_map(|separator| [join(&self.values, separator), join(&full, separator)])
            .collect();
        distinct(joined)
    }

    /// Values of which one at least is not UTF-8: read as ISO-8859-1, or left out.
    fn transcoded(&self, variable: &str) -> Value {
        let latin = |value: &[u8]| -> Vec<u8> {
            value
                .iter()
                .map(|&b| char::from(b))
                .collect::<String>()
                .into_bytes()
        };
        let separator: &[u8] = if variable == "HTTP_COOKIE" {
            b"; "
        } else {
            b", "
        };
        let is_text = |value: &&[u8]| std::str::from_utf8(value).is_ok();
        let each: Vec<Vec<u8>> = self
            .values
            .iter()
            .map(|value| {
                if is_text(value) {
                    value.to_vec()
                } else {
                    latin(value)
                }
            })
            .collect();
        let text: Vec<&[u8]> = self.values.iter().copied().filter(is_text).collect();
        let mut allowed = vec![
            join(&each, separator),
            latin(&join(&self.values, separator)),
        ];
        if !text.is_empty() {
            allowed.push(join(&text, separator));
        }
        Value::AbsentOr(distinct(allowed))
    }
}
