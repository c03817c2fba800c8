//! What conforms.

use regex::Regex;

use super::Problems;
use super::texts::{placeholders, texts};
use crate::case::bytes::PLACEHOLDERS;
use crate::case::schema::{Answer, BodyMatcher, Bytes, FieldMatcher, StatusMatcher, ValueMatcher};

/// Checks one alternative.
pub(super) fn check(answer: &Answer, problems: &mut Problems<'_>) {
    let anything = answer.status.is_some()
        || answer.ran == Some(true)
        || answer.body.is_some()
        || answer.reads_dump();
    if answer.model {
        let other = Answer {
            model: false,
            ..answer.clone()
        };
        if format!("{other:?}") != format!("{:?}", Answer::default()) {
            problems.add(
                "model",
                "`model` goes with nothing else: it says everything",
            );
        }
        return;
    }
    if answer.closed && (anything || answer.broken_off || !answer.fields.is_empty()) {
        problems.add(
            "closed",
            "`closed` goes with nothing else: there is no response",
        );
    }
    let other = answer.closed || answer.broken_off || !answer.fields.is_empty();
    if answer.not_started && (anything || other) {
        problems.add(
            "not-started",
            "`not-started` goes with nothing else: there is no server",
        );
    }
    if !(anything || other || answer.not_started) {
        problems.add("expect", "an answer that every response matches");
    }
    if answer.label.as_ref().is_some_and(String::is_empty) {
        problems.add("label", "an alternative without a name needs no `label`");
    }
    if let Some(matcher) = &answer.status {
        status(matcher, problems);
    }
    for matcher in answer.fields.values() {
        match matcher {
            FieldMatcher::Value(bytes) => placeholders(bytes, problems),
            FieldMatcher::Values(list)
            | FieldMatcher::List { list }
            | FieldMatcher::AtMostOnce { at_most_once: list } => texts(list, problems),
            FieldMatcher::Absent { absent } => always_true("absent", *absent, problems),
            FieldMatcher::Matches { matches } => pattern(matches, problems),
        }
    }
    match &answer.body {
        Some(BodyMatcher::Exactly(bytes) | BodyMatcher::Contains { contains: bytes }) => {
            placeholders(bytes, problems);
        }
        None => {}
    }
    for bytes in &answer.nowhere {
        placeholders(bytes, problems);
        if matches!(bytes, Bytes::Text(text) if text.is_empty()) {
            problems.add("nowhere", "the empty string is everywhere");
        }
    }
    for matcher in answer
        .variables
        .values()
        .chain(answer.arguments.iter().flatten())
    {
        match matcher {
            ValueMatcher::Value(bytes) => placeholders(bytes, problems),
            ValueMatcher::Absent { absent, or } => {
                always_true("absent", *absent, problems);
                texts(or, problems);
            }
            ValueMatcher::OneOf { one_of } => {
                if one_of.is_empty() {
                    problems.add("one-of", "no value conforms");
                }
                texts(one_of, problems);
            }
            ValueMatcher::Matches { matches } => pattern(matches, problems),
            ValueMatcher::Url { url } => texts(std::slice::from_ref(url), problems),
            ValueMatcher::Set { set } => always_true("set", *set, problems),
        }
    }
    if let Some(regex) = &answer.no_variable {
        pattern(regex, problems);
    }
    if let Some(bytes) = &answer.stdin {
        placeholders(bytes, problems);
    }
}

fn status(matcher: &StatusMatcher, problems: &mut Problems<'_>) {
    match matcher {
        StatusMatcher::Code(code) if (100..=999).contains(code) => {}
        StatusMatcher::Code(code) => {
            problems.add("status", format_args!("{code} is no status code"));
        }
        StatusMatcher::Class(class) => {
            let digit = class
                .strip_suffix("xx")
                .and_then(|digit| digit.parse::<u8>().ok());
            if !digit.is_some_and(|digit| (1..=9).contains(&digit)) {
                problems.add(
                    class,
                    format_args!("`{class}` is no class of status codes like `4xx`"),
                );
            }
        }
        StatusMatcher::AnyOf(list) => {
            if list.is_empty() {
                problems.add("status", "no status code conforms");
            }
            for one in list {
                status(one, problems);
            }
        }
    }
}

fn always_true(key: &str, value: bool, problems: &mut Problems<'_>) {
    if !value {
        problems.add(
            key,
            format_args!("`{key}` is always true; leave the key out otherwise"),
        );
    }
}

fn pattern(regex: &str, problems: &mut Problems<'_>) {
    texts(std::slice::from_ref(&regex.to_owned()), problems);
    // Placeholders stand for text that is quoted, so any letter will do in their place.
    let mut tried = regex.to_owned();
    for word in PLACEHOLDERS {
        tried = tried.replace(&format!("{{{word}}}"), "x");
    }
    if let Err(error) = Regex::new(&tried) {
        let reason = error.to_string();
        let reason = reason
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        problems.add(
            regex,
            format_args!("`{regex}` is no regular expression: {reason}"),
        );
    }
}
