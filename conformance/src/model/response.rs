//! What a client gets for a module's output.

use super::answer::{Answer, Expectation, Failure, FieldRule, Status, Values};
use super::header_block::{Field, Line, Output};
use super::reading::{Read, Reading, readings};
use super::status::{self, Chosen};
use super::{Rules, trim};

/// What conforms for `output`, written for a request with HEAD or with another method.
pub fn expectation(output: &[u8], head: bool, rules: Rules) -> Expectation {
    let parsed = Output::parse(output);
    let mut expectation = Expectation {
        failure: Failure::Forbidden,
        answers: Vec::new(),
        unspecified: parsed.unclear,
        connection_level: Vec::new(),
        hidden: None,
        not_fetched: false,
    };
    let is_field = |line: &Line| matches!(line, Line::Field(_) | Line::BlankBeforeColon(_));
    if parsed.body.is_none() || !parsed.lines.iter().any(is_field) {
        expectation.failure = Failure::Required("header-block.incomplete");
        expectation.hidden = Some(output.to_vec());
        return expectation;
    }
    let block = Block { output: &parsed, rules, head };
    if rules == Rules::Cgi && block.is_beyond_cgi() {
        expectation.unspecified = true;
        return expectation;
    }
    if rules == Rules::Wagi {
        let fields = block.fields();
        expectation.connection_level =
            fields.clone().filter(|f| f.is_connection_level()).cloned().collect();
        expectation.not_fetched = fields.clone().any(|f| f.is("Location") && f.value.starts_with(b"/"))
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
        nph || self.fields().any(|field| {
            field.is_connection_level() || field.is("Content-Length") || (no_status && local(field))
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
        if ["Content-Type", "Location", "Status"].into_iter().any(|name| count(name) > 1) {
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
        Ok(Answer { status: (requirement, statuses), fields, body })
    }

    fn status(&self, reading: &Reading, located: bool) -> Result<(&'static str, Status), &'static str> {
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

    fn location_rule(&self, reading: &Reading, statuses: &Status) -> Option<FieldRule> {
        let values: Vec<Vec<u8>> = reading.values("Location").map(|f| f.value.clone()).collect();
        let redirects = match statuses {
            Status::OneOf(codes) => codes.iter().all(|code| (300..400).contains(code) && *code != 304),
            Status::Unspecified => false,
        };
        // What becomes of a Location that is no absolute URI is recommended, not required.
        let definite = !values.is_empty()
            && values.iter().all(|value| is_absolute(value))
            && *statuses != Status::Unspecified
            && (redirects || self.rules == Rules::Wagi);
        let requirement = match redirects {
            true => "location.absolute",
            false => "location.status-not-3xx",
        };
        let name = "Location".to_owned();
        definite.then_some(FieldRule { name, requirement, values: Values::OneOf(values) })
    }

    fn field_rules(&self, reading: &Reading, located: bool, statuses: &Status) -> Vec<FieldRule> {
        // On redirects the other fields are recommended; some servers leave them out of a 304.
        let not_modified = matches!(statuses, Status::OneOf(codes) if codes.contains(&304));
        if located || *statuses == Status::Unspecified || (not_modified && self.rules == Rules::Cgi) {
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
        names.into_iter().filter_map(|name| self.field_rule(reading, name)).collect()
    }

    /// Whether the server decides about the fields of this name.
    fn is_the_servers(&self, name: &str) -> bool {
        let probe = Field { name: name.as_bytes().to_vec(), value: Vec::new() };
        let nominated = self
            .fields()
            .filter(|field| field.is("Connection"))
            .flat_map(|field| field.value.split(|&b| b == b','))
            .any(|element| probe.name.eq_ignore_ascii_case(trim(element)));
        let own = ["Content-Length", "Date", "Server"].iter().any(|own| probe.is(own));
        nominated || own || probe.is_cgi() || probe.is_connection_level()
    }

    fn field_rule(&self, reading: &Reading, name: String) -> Option<FieldRule> {
        let reads: Vec<&Read> = reading.fields.iter().filter(|read| read.field.is(&name)).collect();
        let because = reads.iter().find_map(|read| read.because);
        let unclear = |field: &Field| {
            field.has_controls() || (self.rules == Rules::Cgi && !field.value.is_ascii())
        };
        if reads.iter().any(|read| unclear(&read.field)) {
            return None;
        }
        let mut all: Vec<Vec<u8>> = reads.iter().map(|read| read.field.value.clone()).collect();
        let dropped = name.get(..6).is_some_and(|prefix| prefix.eq_ignore_ascii_case("X-CGI-"));
        let (usual, values) = match (name.eq_ignore_ascii_case("Set-Cookie"), all.len()) {
            (_, 1) if dropped || all[0].is_empty() => {
                ("header-block.others-forwarded", Values::Optional(all.remove(0)))
            }
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
        Some(FieldRule { name, requirement: because.unwrap_or(usual), values })
    }

    /// Names that a server would have to take from inside a line that is no field or from behind a
    /// control character.
    fn intruders(&self, reading: &Reading) -> Vec<FieldRule> {
        let mut rules = Vec::new();
        for line in &self.output.lines {
            let (requirement, text) = match line {
                Line::Continuation(line) => ("header-block.continuation-line", line),
                Line::Malformed(line) => ("header-block.malformed-line", line),
                Line::Field(f) if f.has_controls() => ("header-block.controls", &f.value),
                Line::Field(_) | Line::BlankBeforeColon(_) => continue,
            };
            for part in text.split(|b| b.is_ascii_control() || *b == b' ') {
                let Some(colon) = part.iter().position(|&b| b == b':') else { continue };
                let name = String::from_utf8_lossy(&part[..colon]).into_owned();
                let expected = reading.fields.iter().any(|read| read.field.is(&name));
                if super::is_token(name.as_bytes()) && !expected && !self.is_the_servers(&name) {
                    rules.push(FieldRule { name, requirement, values: Values::Absent });
                }
            }
        }
        rules
    }

    fn body_rule(&self, statuses: &Status, located: bool) -> Option<(&'static str, Vec<u8>)> {
        if self.head {
            return Some(("body.head.discarded", Vec::new()));
        }
        let Status::OneOf(codes) = statuses else { return None };
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

/// Whether a Location is an absolute URI: a scheme and a colon, and only bytes that a URI can hold.
fn is_absolute(value: &[u8]) -> bool {
    let Some(colon) = value.iter().position(|&b| b == b':') else { return false };
    let scheme = |b: &u8| b.is_ascii_alphanumeric() || b"+-.".contains(b);
    let uri = |b: &u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(b);
    value[0].is_ascii_alphabetic() && value[..colon].iter().all(scheme) && value.iter().all(uri)
}
