//! The fields of a response: what the module wrote, and what must not be there.

use super::Block;
use crate::model::answer::{FieldRule, Status, Values};
use crate::model::header_block::{Field, Line};
use crate::model::reading::{Read, Reading};
use crate::model::{Rules, is_token, trim};

impl Block<'_> {
    pub(super) fn location_rule(&self, reading: &Reading, statuses: &Status) -> Option<FieldRule> {
        let values: Vec<Vec<u8>> = reading
            .values("Location")
            .map(|f| f.value.clone())
            .collect();
        let redirects = match statuses {
            Status::OneOf(codes) => codes
                .iter()
                .all(|code| (300..400).contains(code) && *code != 304),
            Status::Unspecified => false,
        };
        // What becomes of a Location that is no absolute URI is recommended, not required.
        let definite = !values.is_empty()
            && values.iter().all(|value| is_absolute(value))
            && *statuses != Status::Unspecified
            && (redirects || self.rules == Rules::Wagi);
        let because = reading
            .fields
            .iter()
            .find_map(|r| r.because.filter(|_| r.field.is("Location")));
        let requirement = because.unwrap_or(match redirects {
            true => "location.absolute",
            false => "location.status-not-3xx",
        });
        let name = "Location".to_owned();
        definite.then_some(FieldRule {
            name,
            requirement,
            values: Values::OneOf(values),
        })
    }

    pub(super) fn field_rules(
        &self,
        reading: &Reading,
        located: bool,
        statuses: &Status,
    ) -> Vec<FieldRule> {
        // On redirects the other fields are recommended; some servers leave them out of a 304.
        let not_modified = matches!(statuses, Status::OneOf(codes) if codes.contains(&304));
        if located || *statuses == Status::Unspecified || (not_modified && self.rules == Rules::Cgi)
        {
            return Vec::new();
        }
        let mut names: Vec<String> = Vec::new();
        for read in &reading.fields {
            let name = String::from_utf8_lossy(&read.field.name).into_owned();
            if !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                names.push(name);
            }
        }
        names.retain(|name| !self.is_the_servers(name));
        names
            .into_iter()
            .filter_map(|name| self.field_rule(reading, name))
            .collect()
    }

    /// Whether the server decides about the fields of this name.
    fn is_the_servers(&self, name: &str) -> bool {
        let probe = Field {
            name: name.as_bytes().to_vec(),
            value: Vec::new(),
        };
        let nominated = self
            .fields()
            .filter(|field| field.is("Connection"))
            .flat_map(|field| field.value.split(|&b| b == b','))
            .any(|element| probe.name.eq_ignore_ascii_case(trim(element)));
        let own = ["Content-Length", "Date", "Server"]
            .iter()
            .any(|own| probe.is(own));
        nominated || own || probe.is_cgi() || probe.is_connection_level()
    }

    fn field_rule(&self, reading: &Reading, name: String) -> Option<FieldRule> {
        let reads: Vec<&Read> = reading
            .fields
            .iter()
            .filter(|read| read.field.is(&name))
            .collect();
        let because = reads.iter().find_map(|read| read.because);
        let unclear = |field: &Field| {
            field.has_controls() || (self.rules == Rules::Cgi && !field.value.is_ascii())
        };
        if reads.iter().any(|read| unclear(&read.field)) {
            return None;
        }
        let mut all: Vec<Vec<u8>> = reads.iter().map(|read| read.field.value.clone()).collect();
        let dropped = name
            .get(..6)
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case("X-CGI-"));
        let (usual, values) = match (name.eq_ignore_ascii_case("Set-Cookie"), all.len()) {
            (_, 1) if dropped || all[0].is_empty() => (
                "header-block.others-forwarded",
                Values::Optional(all.remove(0)),
            ),
            (_, _) if dropped => return None,
            (true, _) => ("header-block.set-cookie", Values::Separate(all)),
            (false, 1) => {
                let value = all.remove(0);
                let requirement = match &value {
                    value if !value.is_ascii() => "header-block.value-bytes",
                    value if value.contains(&b':') => "header-block.first-colon",
                    _ => "header-block.others-forwarded",
                };
                (requirement, Values::One(value))
            }
            (false, _) => ("header-block.repeated-kept", Values::List(all)),
        };
        Some(FieldRule {
            name,
            requirement: because.unwrap_or(usual),
            values,
        })
    }

    /// Names that a server would have to take from inside a line that is no field or from behind a
    /// control character.
    pub(super) fn intruders(&self, reading: &Reading) -> Vec<FieldRule> {
        let mut rules = Vec::new();
        for line in &self.output.lines {
            let (requirement, text) = match line {
                Line::Continuation(line) => ("header-block.continuation-line", line),
                Line::Malformed(line) => ("header-block.malformed-line", line),
                Line::Field(f) if f.has_controls() => ("header-block.controls", &f.value),
                Line::Field(_) | Line::BlankBeforeColon(_) => continue,
            };
            for part in text.split(|b| b.is_ascii_control() || *b == b' ') {
                let Some(colon) = part.iter().position(|&b| b == b':') else {
                    continue;
                };
                let name = String::from_utf8_lossy(&part[..colon]).into_owned();
                let expected = reading.fields.iter().any(|read| read.field.is(&name));
                let own = self.is_the_servers(&name) && !name.eq_ignore_ascii_case("Location");
                if is_token(name.as_bytes()) && !expected && !own {
                    rules.push(FieldRule {
                        name,
                        requirement,
                        values: Values::Absent,
                    });
                }
            }
        }
        rules
    }
}

/// Whether a Location is an absolute URI: a scheme and a colon, and only bytes that a URI can hold.
pub(super) fn is_absolute(value: &[u8]) -> bool {
    let Some(colon) = value.iter().position(|&b| b == b':') else {
        return false;
    };
    let scheme = |b: &u8| b.is_ascii_alphanumeric() || b"+-.".contains(b);
    let uri = |b: &u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(b);
    value[0].is_ascii_alphabetic() && value[..colon].iter().all(scheme) && value.iter().all(uri)
}
