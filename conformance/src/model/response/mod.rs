//! What a client gets for a module's output.

mod fields;
#[cfg(test)]
mod tests;

use super::Rules;
use super::answer::{Answer, Expectation, Failure, Status};
use super::header_block::{Field, Line, Output};
use super::reading::{Reading, readings};
use super::status::{self, Chosen};
use fields::is_absolute;

/// What conforms for `output`, written for a request with HEAD or with another method.
pub fn expectation(output: &[u8], head: bool, rules: Rules) -> Expectation {
    let parsed = Output::parse(output);
    let mut expectation = Expectation {
        failure: Failure::Forbidden,
        answers: Vec::new(),
        unspecified: parsed.unclear,
        connection_level: Vec::new(),
        output: output.to_vec(),
        body: parsed.body.clone().unwrap_or_default(),
        shape: parsed.irregular().unwrap_or("header-block.shape"),
        hidden: false,
        cgi_field_once: rules == Rules::Wagi,
        not_fetched: false,
    };
    let is_field = |line: &Line| matches!(line, Line::Field(_) | Line::BlankBeforeColon(_));
    if parsed.body.is_none() || !parsed.lines.iter().any(is_field) {
        expectation.failure = Failure::Required("header-block.incomplete");
        expectation.hidden = true;
        return expectation;
    }
    let block = Block {
        output: &parsed,
        rules,
        head,
    };
    if rules == Rules::Cgi && block.is_beyond_cgi() {
        expectation.unspecified = true;
        return expectation;
    }
    if rules == Rules::Wagi {
        let fields = block.fields();
        expectation.connection_level = fields
            .clone()
            .filter(|f| f.is_connection_level())
            .cloned()
            .collect();
        expectation.not_fetched = fields
            .clone()
            .any(|f| f.is("Location") && f.value.starts_with(b"/"))
            && !block.body().starts_with(b"wagi-probe ");
    }
    let mut failures = Vec::new();
    for reading in readings(&parsed) {
        match block.answer(&reading) {
            Ok(answer) => expectation.answers.push(answer),
            Err(requirement) => failures.push(requirement),
        }
    }
    expectation.failure = match (failures.first(), block.may_fail()) {
        (Some(requirement), _) if expectation.answers.is_empty() => Failure::Required(requirement),
        (Some(requirement), _) => Failure::Allowed(requirement),
        (None, Some(requirement)) => Failure::Allowed(requirement),
        (None, None) => Failure::Forbidden,
    };
    expectation
}

struct Block<'a> {
    output: &'a Output,
    rules: Rules,
    head: bool,
}

impl Block<'_> {
    fn fields(&self) -> impl Iterator<Item = &Field> + Clone {
        self.output.lines.iter().filter_map(|line| match line {
            Line::Field(field) | Line::BlankBeforeColon(field) => Some(field),
            Line::Continuation(_) | Line::Malformed(_) => None,
        })
    }

    fn body(&self) -> &[u8] {
        self.output.body.as_deref().unwrap_or_default()
    }

    /// Whether RFC 3875 does not say what a server does with this.
    fn is_beyond_cgi(&self) -> bool {
        let no_status = !self.fields().any(|field| field.is("Status"));
        let nph = matches!(self.output.lines.first(), Some(Line::Malformed(l)) if l.starts_with(b"HTTP/"));
        let local = |field: &Field| field.is("Location") && !is_absolute(&field.value);
        let count = |name| self.fields().filter(|field| field.is(name)).count();
        let repeats = ["Content-Type", "Location", "Status"]
            .into_iter()
            .any(|name| count(name) > 1);
        nph || repeats
            || self.fields().any(|field| {
                field.is_connection_level()
                    || field.is("Content-Length")
                    || (no_status && local(field))
            })
    }

    /// Why a 5xx answer conforms beside others, whatever the reading.
    fn may_fail(&self) -> Option<&'static str> {
        for line in &self.output.lines {
            match line {
                Line::Malformed(_) => return Some("header-block.malformed-line"),
                Line::Continuation(_) => return Some("header-block.continuation-line"),
                Line::BlankBeforeColon(_) => return Some("header-block.blank-before-colon"),
                Line::Field(field) if field.has_controls() => return Some("header-block.controls"),
                Line::Field(field) if std::str::from_utf8(&field.value).is_err() => {
                    return Some("header-block.value-bytes");
                }
                Line::Field(field) if field.is_connection_level() => {
                    return Some("header-block.connection-level");
                }
                Line::Field(_) => {}
            }
        }
        let count = |name| self.fields().filter(|field| field.is(name)).count();
        if ["Content-Type", "Location", "Status"]
            .into_iter()
            .any(|name| count(name) > 1)
        {
            return Some("header-block.cgi-field-once");
        }
        if self.has_wrong_length() {
            return Some("header-block.content-length");
        }
        let above = |field: &Field| field.is("Status") && status::is_above_599(&field.value);
        self.fields().any(above).then_some("status.above-599")
    }

    fn has_wrong_length(&self) -> bool {
        let mut lengths = self.fields().filter(|field| field.is("Content-Length"));
        let right = self.body().len().to_string();
        match (lengths.next(), lengths.next()) {
            (None, _) => false,
            (Some(length), None) => length.value != right.as_bytes(),
            (Some(_), Some(_)) => true,
        }
    }

    /// The answer for one reading, or why it must be a 5xx status.
    fn answer(&self, reading: &Reading) -> Result<Answer, &'static str> {
        let location = reading.values("Location").next();
        let (requirement, statuses) = match (reading.has_cgi_field(), self.rules) {
            (false, Rules::Wagi) => return Err("header-block.no-cgi-field"),
            (false, Rules::Cgi) => ("header-block.shape", Status::Unspecified),
            (true, _) => self.status(reading, location.is_some())?,
        };
        let mut fields = self.field_rules(reading, location.is_some(), &statuses);
        fields.extend(self.location_rule(reading, &statuses));
        fields.extend(self.intruders(reading));
        let body = self.body_rule(&statuses, location.is_some());
        Ok(Answer {
            status: (requirement, statuses),
            fields,
            body,
        })
    }

    fn status(
        &self,
        reading: &Reading,
        located: bool,
    ) -> Result<(&'static str, Status), &'static str> {
        let first_line = self.output.lines.first();
        let nph = matches!(first_line, Some(Line::Malformed(line)) if line.starts_with(b"HTTP/"));
        let unspecified = Ok(("status.sets-code", Status::Unspecified));
        let chosen = status::chosen(reading)?;
        let typed = reading.values("Content-Type").next().is_some();
        Ok(match chosen {
            Chosen::Unclear => return unspecified,
            // A document needs a Content-Type in CGI, and a redirect with a status is one.
            Chosen::Codes(_) if self.rules == Rules::Cgi && !typed => return unspecified,
            Chosen::Codes(codes) => {
                let requirement = match (located, nph) {
                    (true, _) => "location.status-wins",
                    (false, true) => "header-block.no-nph",
                    (false, false) => "status.sets-code",
                };
                (requirement, Status::OneOf(codes))
            }
            Chosen::None if located => {
                let absolute = |field: &Field| is_absolute(&field.value) && !field.has_controls();
                match reading.values("Location").all(absolute) {
                    true => ("location.absolute", Status::OneOf(vec![302])),
                    false => ("location.path-only.to-client", Status::Unspecified),
                }
            }
            Chosen::None if nph => ("header-block.no-nph", Status::OneOf(vec![200])),
            Chosen::None => ("status.default-200", Status::OneOf(vec![200])),
        })
    }

    fn body_rule(&self, statuses: &Status, located: bool) -> Option<(&'static str, Vec<u8>)> {
        if self.head {
            return Some(("body.head.discarded", Vec::new()));
        }
        let Status::OneOf(codes) = statuses else {
            return None;
        };
        let bodiless = |code: &u16| matches!(code, 204 | 304);
        if codes.iter().all(bodiless) {
            return Some(("status.bodiless", Vec::new()));
        }
        let redirect = located && self.fields().all(|field| !field.is("Status"));
        let open = codes.iter().any(|code| bodiless(code) || *code == 205)
            // A server may add a short text to a redirect without one; CGI lets it replace the text.
            || (located && self.body().is_empty())
            || (redirect && self.rules == Rules::Cgi);
        if open {
            return None;
        }
        let requirement = if located {
            "location.with-document"
        } else if self.fields().any(|field| field.is("Content-Length")) {
            "header-block.content-length"
        } else if codes.iter().all(|code| *code >= 400) {
            "status.error-body-kept"
        } else if self.body().starts_with(b"\n") || self.body().starts_with(b"\r") {
            "header-block.first-empty-line"
        } else {
            "body.unchanged"
        };
        Some((requirement, self.body().to_vec()))
    }
}
