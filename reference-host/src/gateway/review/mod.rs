//! What is wrong with the output of a module, rule by rule.
//!
//! Servers mend or drop much of what modules write, and say nothing. Here everything is said, for
//! who develops a module.

mod rule;

use super::{BlockLimits, find_block_end};
use std::fmt;

pub(crate) use rule::Rule;

/// One break of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    pub(crate) rule: Rule,
    /// The line of the output, from 1; nothing where it is about the whole.
    pub(crate) line: Option<usize>,
    pub(crate) text: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{} ({})", self.text, self.rule.id())
    }
}

/// What a module wrote: the beginning of it, if it is long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'a> {
    pub(crate) bytes: &'a [u8],
    /// How many bytes there were.
    pub(crate) total: u64,
}

impl<'a> From<&'a [u8]> for Written<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            total: bytes.len() as u64,
        }
    }
}

/// Looks at everything that a module wrote.
pub(crate) fn review(output: Written<'_>, is_head: bool, limits: &BlockLimits) -> Vec<Remark> {
    let mut review = Review::default();
    let Written { bytes, total } = output;
    if total == 0 {
        review.whole(Rule::Incomplete, "nothing was written");
        return review.remarks;
    }
    let Some(end) = find_block_end(bytes, &mut 0) else {
        match total > limits.bytes as u64 {
            true => review.whole(
                Rule::Size,
                "no empty line ends the header block within the limit of the server",
            ),
            // Whether there is one cannot be seen.
            false if total > bytes.len() as u64 => {}
            false => review.whole(Rule::Incomplete, "no empty line ends the header block"),
        }
        return review.remarks;
    };
    let block = &bytes[..end];
    let body = total - end as u64;
    let mut lines: Vec<&[u8]> = block.split(|&byte| byte == b'\n').collect();
    // Behind the last line end there is nothing, and before it the empty line.
    lines.truncate(lines.len().saturating_sub(2));
    if lines.is_empty() {
        review.whole(
            Rule::Incomplete,
            "an empty line stands before the first field",
        );
    }
    if block.len() > limits.bytes || lines.len() > limits.fields {
        review.whole(
            Rule::Size,
            "the header block is beyond the limits of the server",
        );
    }
    for (index, line) in lines.into_iter().enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > limits.line {
            review.say(
                Rule::Size,
                index,
                "the line is beyond the limit of the server",
            );
        }
        review.line(index, line, body);
    }
    if !review.cgi_fields.iter().any(|&count| count > 0) && review.status.is_none() {
        review.whole(
            Rule::NoCgiField,
            "there is none of Content-Type, Location and Status",
        );
    }
    if body > 0 {
        match review.status {
            Some(status @ (204 | 304)) => review.whole(
                Rule::Bodiless,
                format!("{body} bytes of a body are dropped: a response with {status} has none"),
            ),
            _ if is_head => review.whole(
                Rule::HeadBody,
                format!("{body} bytes of a body are dropped: the request is a HEAD"),
            ),
            _ => {}
        }
    }
    review.remarks
}

#[derive(Default)]
struct Review {
    remarks: Vec<Remark>,
    /// How often Content-Type and Location were written.
    cgi_fields: [usize; 2],
    /// How often Status was written, and its last code.
    statuses: usize,
    status: Option<u16>,
}

impl Review {
    fn whole(&mut self, rule: Rule, text: impl Into<String>) {
        let text = text.into();
        self.remarks.push(Remark {
            rule,
            line: None,
            text,
        });
    }

    fn say(&mut self, rule: Rule, index: usize, text: impl Into<String>) {
        let text = text.into();
        self.remarks.push(Remark {
            rule,
            line: Some(index + 1),
            text,
        });
    }

    fn line(&mut self, index: usize, line: &[u8], body: u64) {
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            return self.say(
                Rule::ContinuationLine,
                index,
                "a line that begins with a blank is no field",
            );
        }
        if index == 0 && line.starts_with(b"HTTP/") {
            return self.say(
                Rule::NoNph,
                index,
                "a status line is no field: write `Status: 200`",
            );
        }
        let Some(colon) = line.iter().position(|&byte| byte == b':') else {
            return self.say(
                Rule::MalformedLine,
                index,
                "a line without a colon is no field",
            );
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.ends_with(b" ") || name.ends_with(b"\t") {
            return self.say(
                Rule::BlankBeforeColon,
                index,
                "a blank stands before the colon",
            );
        }
        if http::HeaderName::from_bytes(name).is_err() {
            return self.say(
                Rule::MalformedLine,
                index,
                "the name of the field is no token",
            );
        }
        let name = String::from_utf8_lossy(name).into_owned();
        if value
            .iter()
            .any(|&byte| byte != b'\t' && byte.is_ascii_control())
        {
            self.say(
                Rule::Controls,
                index,
                format!("`{name}` has a control character"),
            );
        } else if std::str::from_utf8(value).is_err() {
            self.say(Rule::ValueBytes, index, format!("`{name}` is not UTF-8"));
        }
        self.field(index, &name, value, body);
    }

    fn field(&mut self, index: usize, name: &str, value: &[u8], body: u64) {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "status" => self.status(index, value),
            "location" if value.is_empty() => {
                self.say(
                    Rule::EmptyLocation,
                    index,
                    "a Location without a value counts for nothing",
                );
            }
            "content-type" | "location" if !value.is_empty() => {
                let count = &mut self.cgi_fields[usize::from(lower == "location")];
                *count += 1;
                if *count > 1 {
                    let text = format!("`{name}` is written again: the last one counts");
                    self.say(Rule::CgiFieldOnce, index, text);
                }
            }
            _ if value.is_empty() => {
                let text = format!("`{name}` has no value and counts as not written");
                self.say(Rule::EmptyValue, index, text);
            }
            "connection" | "keep-alive" | "transfer-encoding" | "te" | "trailer" | "upgrade" => {
                let text = format!("`{name}` is the server's and is dropped");
                self.say(Rule::ConnectionLevel, index, text);
            }
            name_of_proxy if name_of_proxy.starts_with("proxy-") => {
                let text = format!("`{name}` is the server's and is dropped");
                self.say(Rule::ConnectionLevel, index, text);
            }
            "content-length" if value != body.to_string().as_bytes() => {
                let value = String::from_utf8_lossy(value);
                let text = format!("`{name}` is {value}, but the body has {body} bytes");
                self.say(Rule::ContentLength, index, text);
            }
            "date" | "server" => {
                let text = format!("`{name}` is made by the server: this one is dropped");
                self.say(Rule::ServerFields, index, text);
            }
            other if other.starts_with("x-cgi-") => {
                self.say(Rule::XCgi, index, format!("`{name}` is dropped"));
            }
            _ => {}
        }
    }

    fn status(&mut self, index: usize, value: &[u8]) {
        self.statuses += 1;
        if self.statuses > 1 {
            let text = "`Status` is written again: the last one counts";
            self.say(Rule::CgiFieldOnce, index, text);
        }
        let code = value
            .get(..3)
            .filter(|code| code.iter().all(u8::is_ascii_digit));
        let is_over = matches!(value.get(3), None | Some(b' ' | b'\t'));
        let Some(code) = code.filter(|_| is_over) else {
            let value = String::from_utf8_lossy(value);
            let text = format!("`Status: {value}` has no code of three digits");
            return self.say(Rule::MalformedStatus, index, text);
        };
        // Three digits.
        let code = code
            .iter()
            .fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
        self.status = Some(code);
        match code {
            0..200 => self.say(
                Rule::StatusBelow200,
                index,
                format!("{code} ends no response"),
            ),
            600.. => self.say(
                Rule::StatusAbove599,
                index,
                format!("not every server sends {code}"),
            ),
            _ => {}
        }
    }
}

/// Text as it is, apart from control characters and bytes that are no UTF-8, which are written as in
/// Rust. A line feed ends a line all the same.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' | '\t' => text.push(character),
                character if character.is_control() => text.extend(character.escape_default()),
                character => text.push(character),
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

#[cfg(test)]
mod tests;
