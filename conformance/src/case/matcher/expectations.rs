//! An answer in words, for `explain`.

use super::describe::expected_value;
use crate::case::schema::{Answer, BodyMatcher, Bytes, FieldMatcher, Part, ValueMatcher};
use crate::text::escaped;

/// Everything that an answer asks for, a line each; placeholders stay as they are.
pub fn expectations(answer: &Answer) -> Vec<String> {
    let mut lines = Vec::new();
    if answer.not_started {
        lines.push("the server does not start: a load error".to_owned());
    }
    if answer.model {
        lines.push("what the model of the specification computes for the request".to_owned());
    }
    if answer.closed {
        lines.push("the connection is closed without a response".to_owned());
    }
    if answer.broken_off {
        lines.push("the response is visibly broken off before its end".to_owned());
    }
    if let Some(status) = &answer.status {
        lines.push(format!("status {status}"));
    }
    if answer.crlf {
        lines.push("every line of the header section ends in CRLF".to_owned());
    }
    match answer.ran {
        Some(true) => lines.push("the module ran: {nonce} comes back".to_owned()),
        Some(false) => lines.push("the module did not run: {nonce} comes back nowhere".to_owned()),
        None => {}
    }
    for (name, matcher) in &answer.fields {
        lines.push(format!("field {name}: {}", field(matcher)));
    }
    match &answer.body {
        Some(BodyMatcher::Exactly(bytes)) => lines.push(format!("body: {}", shown(bytes))),
        Some(BodyMatcher::Contains { contains }) => {
            lines.push(format!("body: {} somewhere", shown(contains)));
        }
        None => {}
    }
    for bytes in &answer.nowhere {
        lines.push(format!("nowhere in what is received: {}", shown(bytes)));
    }
    for (name, matcher) in &answer.variables {
        lines.push(format!("variable {name}: {}", value(matcher)));
    }
    if let Some(pattern) = &answer.no_variable {
        lines.push(format!(
            "no further variable whose name matches `{pattern}`"
        ));
    }
    if answer.unique_variables {
        lines.push("no two variables of the same name, whatever the letter case".to_owned());
    }
    if let Some(arguments) = &answer.arguments {
        let all: Vec<_> = arguments.iter().map(value).collect();
        lines.push(format!("{} arguments: {}", arguments.len(), all.join(" ")));
    }
    if let Some(bytes) = &answer.stdin {
        lines.push(format!("standard input: {}", shown(bytes)));
    }
    lines
}

fn field(matcher: &FieldMatcher) -> String {
    let quoted = |list: &[String]| {
        let list: Vec<_> = list
            .iter()
            .map(|one| format!("`{}`", escaped(one.as_bytes())))
            .collect();
        list.join(", ")
    };
    match matcher {
        FieldMatcher::Values(list) => format!("exactly the lines {}", quoted(list)),
        FieldMatcher::Value(bytes) => shown(bytes),
        FieldMatcher::List { list } => format!("{}, on one line or several", quoted(list)),
        FieldMatcher::Absent { .. } => "absent".to_owned(),
        FieldMatcher::AtMostOnce { at_most_once } if at_most_once.is_empty() => {
            "at most once".to_owned()
        }
        FieldMatcher::AtMostOnce { at_most_once } => {
            format!("at most once, one of {}", quoted(at_most_once))
        }
        FieldMatcher::Matches { matches } => format!("of the form `{matches}`"),
    }
}

fn value(matcher: &ValueMatcher) -> String {
    match matcher {
        ValueMatcher::Value(bytes) => shown(bytes),
        other => expected_value(other, str::to_owned),
    }
}

fn shown(bytes: &Bytes) -> String {
    let text = |text: &str| format!("`{}`", escaped(text.as_bytes()));
    match bytes {
        Bytes::Text(one) => text(one),
        Bytes::Parts(parts) => {
            let parts: Vec<_> = parts
                .iter()
                .map(|part| match part {
                    Part::Text(one) => text(one),
                    Part::Byte(byte) => format!("byte {byte:02X}"),
                    Part::Repeat { repeat, times } => format!("{times} times {}", text(repeat)),
                    Part::EveryByte { .. } => "every byte from 00 to FF".to_owned(),
                    Part::Filler { filler } => format!("{filler} bytes of all values"),
                })
                .collect();
            parts.join(", ")
        }
    }
}
