//! Readings of a header block: which of its lines count as fields.
//!
//! The specification leaves a server a choice for some lines. A reading is one consistent choice;
//! an answer that fits any reading conforms.

use super::header_block::{Field, Line, Output};

/// The fields of a header block under one choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The fields that count.
    pub fields: Vec<Read>,
}

/// A field that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Name and value as the module wrote them.
    pub field: Field,
    /// The requirement about the line behind it, or about its own form, if there is one.
    pub because: Option<&'static str>,
}

/// What a server does with blanks in front of a colon, and with fields whose values hold controls.
#[derive(Debug, Clone, Copy)]
struct Choice {
    trim: bool,
    keep_controls: bool,
    keep_empty: bool,
}

/// All readings that differ, the strictest first.
pub fn readings(output: &Output) -> Vec<Reading> {
    let flags = [false, true];
    let mut readings: Vec<Reading> = Vec::new();
    for trim in flags {
        for keep_controls in flags {
            for keep_empty in flags {
                let reading = read(
                    output,
                    Choice {
                        trim,
                        keep_controls,
                        keep_empty,
                    },
                );
                if !readings.contains(&reading) {
                    readings.push(reading);
                }
            }
        }
    }
    readings
}

fn read(output: &Output, choice: Choice) -> Reading {
    let mut fields: Vec<Read> = Vec::new();
    for line in &output.lines {
        match line {
            Line::Field(field) => fields.push(Read {
                field: field.clone(),
                because: None,
            }),
            Line::BlankBeforeColon(field) if choice.trim => fields.push(Read {
                field: field.clone(),
                because: Some("header-block.blank-before-colon"),
            }),
            Line::Continuation(_) => {
                if let Some(last) = fields.last_mut() {
                    last.because = Some("header-block.continuation-line");
                }
            }
            Line::BlankBeforeColon(_) | Line::Malformed(_) => {}
        }
    }
    fields.retain(|read| {
        let field = &read.field;
        // An empty value counts as not written, but an empty Status is a malformed one.
        let empty = field.value.is_empty() && !field.is("Status");
        (choice.keep_controls || !field.has_controls()) && (choice.keep_empty || !empty)
    });
    Reading { fields }
}

impl Reading {
    /// The values of the fields of this name, in order.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Field> {
        self.fields
            .iter()
            .map(|read| &read.field)
            .filter(move |field| field.is(name))
    }

    /// Whether Content-Type, Location or Status is among the fields.
    pub fn has_cgi_field(&self) -> bool {
        self.fields.iter().any(|read| read.field.is_cgi())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(output: &str) -> Vec<Vec<String>> {
        let name = |read: &Read| String::from_utf8_lossy(&read.field.name).into_owned();
        readings(&Output::parse(output.as_bytes()))
            .iter()
            .map(|reading| reading.fields.iter().map(name).collect())
            .collect()
    }

    #[test]
    fn one_reading_for_each_choice_that_matters() {
        let table: &[(&str, &[&[&str]])] = &[
            ("A: 1\nB: 2\n\n", &[&["A", "B"]]),
            ("A: 1\nB : 2\n\n", &[&["A"], &["A", "B"]]),
            ("A:\nStatus:\n\n", &[&["Status"], &["A", "Status"]]),
            ("A: 1\rB: 2\n\n", &[&[], &["A"]]),
            ("A: 1\n B: 2\noops\n\n", &[&["A"]]),
        ];
        for (output, expected) in table {
            assert_eq!(&names(output), expected, "{output:?}");
        }
    }
}
