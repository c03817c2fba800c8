//! What a case file must fulfil beyond its syntax, so that no case can pass for the wrong reason.

use std::fmt;

use regex::Regex;

use super::bytes::{PLACEHOLDERS, words};
use super::library::Library;
use super::schema::{
    Answer, Answers, BodyMatcher, Bytes, Case, Exchange, FieldMatcher, Part, Profile, Request,
    StatusMatcher, ValueMatcher,
};
use crate::mount::MountTable;
use crate::requirement::Requirements;

/// Collects problems with their place.
pub(super) struct Problems<'a> {
    file: &'a str,
    text: &'a str,
    start: usize,
    id: &'a str,
    pub(super) list: Vec<String>,
}

impl<'a> Problems<'a> {
    pub(super) fn new(file: &'a str, text: &'a str, start: usize, id: &'a str) -> Self {
        Self {
            file,
            text,
            start,
            id,
            list: Vec::new(),
        }
    }

    /// A problem at the first mention of `token` in the case.
    fn add(&mut self, token: &str, what: impl fmt::Display) {
        let line = line_of(self.text, self.start, token);
        self.list
            .push(format!("{}:{line}: {}: {what}", self.file, self.id));
    }
}

/// Where the case of this id begins, by its line `id = "…"`, from byte `from` on.
pub(super) fn start_of(text: &str, from: usize, id: &str) -> usize {
    [format!("\"{id}\""), format!("'{id}'")]
        .iter()
        .flat_map(|quoted| {
            text[from..]
                .match_indices(quoted.as_str())
                .map(|(at, _)| from + at)
                .collect::<Vec<_>>()
        })
        .filter(|&at| {
            let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            text[line..at].trim_end().trim_end_matches('=').trim() == "id"
        })
        .min()
        .unwrap_or(from)
}

/// The line of the first mention of `token` at or after `start`, within the same case if possible.
pub(super) fn line_of(text: &str, start: usize, token: &str) -> usize {
    let end = text[start..]
        .find("\n[[case]]")
        .map_or(text.len(), |length| start + length);
    let at = text[start..end]
        .find(token)
        .map_or(start, |offset| start + offset);
    1 + text[..at].matches('\n').count()
}

/// Checks everything about one case but its twin; gives its exchanges.
pub(super) fn case(
    case: &Case,
    requirements: &Requirements,
    mounts: &MountTable,
    problems: &mut Problems<'_>,
) -> Vec<Exchange> {
    let id_characters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
    if !case.id.bytes().all(id_characters) || !case.id.contains('.') {
        problems.add(
            &case.id,
            "an id is words of small letters, digits and `-`, joined by `.`",
        );
    }
    if case.requirements.is_empty() {
        problems.add("requirements", "names no requirement");
    }
    for id in &case.requirements {
        if requirements.get(id).is_none() {
            problems.add(
                id,
                format_args!("the specification has no requirement `{id}`"),
            );
        }
    }
    if case.repeat == 0 || case.parallel == 0 {
        problems.add("= 0", "`repeat` and `parallel` count from 1");
    }
    if let Some(background) = &case.background {
        mount(&background.mount, case, mounts, problems);
    }
    let exchanges = match (&case.request, &case.expect, case.exchanges.is_empty()) {
        (request, Some(expect), true) => vec![Exchange {
            mount: None,
            request: request.clone().unwrap_or_default(),
            expect: expect.clone(),
        }],
        (None, None, false) => case.exchanges.clone(),
        (_, _, false) => {
            problems.add(
                "exchange",
                "either `request` and `expect` or `exchange`, not both",
            );
            Vec::new()
        }
        (_, None, true) => {
            problems.add(&case.id, "expects nothing");
            Vec::new()
        }
    };
    for exchange in &exchanges {
        let name = exchange.mount.as_ref().unwrap_or(&case.mount);
        mount(name, case, mounts, problems);
        if let Some(mount) = mounts.get(name) {
            request(&exchange.request, &mount.probe, problems);
        }
        answers(&exchange.expect, &exchange.request, problems);
    }
    exchanges
}

fn mount(name: &str, case: &Case, mounts: &MountTable, problems: &mut Problems<'_>) {
    match mounts.get(name) {
        None => problems.add(name, format_args!("mounts.toml has no mount `{name}`")),
        Some(mount) => {
            if case.profiles.contains(&Profile::Cgi) && !mount.cgi {
                problems.add(
                    name,
                    format_args!("the mount `{name}` does not exist in the profile cgi"),
                );
            }
        }
    }
}

fn request(request: &Request, probe: &str, problems: &mut Problems<'_>) {
    if request.raw.is_some() {
        let other = Request {
            raw: None,
            half_close: false,
            ..request.clone()
        };
        if format!("{other:?}") != format!("{:?}", Request::default()) {
            problems.add(
                "raw",
                "`raw` is the whole request; only `half-close` goes with it",
            );
        }
    }
    if request.output.is_some() {
        if request.body.is_some() {
            problems.add(
                "output",
                "`output` is sent as the body; there cannot be another",
            );
        }
        let fits = match request.output_in_query() {
            true => probe == "say",
            false => matches!(probe, "cat" | "trap" | "spin"),
        };
        if !fits {
            let method = request.method_name();
            problems.add(
                "output",
                format_args!("the probe `{probe}` writes no `output` for {method}"),
            );
        }
        if request.output_in_query()
            && request
                .target
                .as_ref()
                .is_some_and(|target| held(target, &|t| t.contains('?')))
        {
            problems.add(
                "target",
                "`output` travels in the query, so the target can have none",
            );
        }
    }
    let texts = [
        &request.target,
        &request.body,
        &request.output,
        &request.raw,
    ];
    for bytes in texts.into_iter().flatten() {
        placeholders(bytes, problems);
    }
    for (name, value) in &request.fields {
        placeholders(name, problems);
        placeholders(value, problems);
    }
}

fn answers(answers: &Answers, request: &Request, problems: &mut Problems<'_>) {
    if answers.alternatives().is_empty() {
        problems.add("expect", "no answer conforms");
    }
    let nonce = &|text: &str| words(text).contains(&"nonce");
    let sent = [
        &request.target,
        &request.body,
        &request.output,
        &request.raw,
    ];
    let sends_nonce = sent.into_iter().flatten().any(|bytes| held(bytes, nonce))
        || request
            .fields
            .iter()
            .any(|(name, value)| held(name, nonce) || held(value, nonce));
    for answer in answers.alternatives() {
        if answer.ran.is_some() && !sends_nonce {
            problems.add(
                "ran",
                "`ran` looks for `{nonce}`, which the request does not send",
            );
        } else if !sends_nonce && format!("{answer:?}").contains("{nonce}") {
            problems.add(
                "{nonce}",
                "expects `{nonce}`, which the request does not send",
            );
        }
        let in_target = request
            .target
            .as_ref()
            .is_some_and(|target| held(target, nonce));
        if answer.ran == Some(false) && in_target {
            problems.add("target", "`{nonce}` in the target: an error page may quote it although no module ran; send it in a field or the body");
        }
        self::answer(answer, problems);
    }
}

fn answer(answer: &Answer, problems: &mut Problems<'_>) {
    let anything = answer.status.is_some()
        || answer.ran == Some(true)
        || answer.body.is_some()
        || answer.reads_dump();
    if answer.closed && (anything || answer.broken_off || !answer.fields.is_empty()) {
        problems.add(
            "closed",
            "`closed` goes with nothing else: there is no response",
        );
    }
    if !anything && !answer.closed && !answer.broken_off && answer.fields.is_empty() {
        problems.add("expect", "an answer that every response matches");
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
            ValueMatcher::OneOf { one_of } => texts(one_of, problems),
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

fn texts(list: &[String], problems: &mut Problems<'_>) {
    for text in list {
        placeholders(&Bytes::Text(text.clone()), problems);
    }
}

/// Words in braces that are no placeholder, and parts that say `false`.
fn placeholders(bytes: &Bytes, problems: &mut Problems<'_>) {
    if let Bytes::Parts(parts) = bytes
        && parts.contains(&Part::EveryByte { every_byte: false })
    {
        problems.add("every-byte", "`every-byte` is always true");
    }
    for text in texts_of(bytes) {
        for word in words(text) {
            if !PLACEHOLDERS.contains(&word) {
                let known = PLACEHOLDERS.join("}, {");
                problems.add(
                    &format!("{{{word}}}"),
                    format_args!("`{{{word}}}` is no placeholder; there are {{{known}}}"),
                );
            }
        }
    }
}

fn texts_of(bytes: &Bytes) -> Vec<&str> {
    match bytes {
        Bytes::Text(text) => vec![text],
        Bytes::Parts(parts) => parts
            .iter()
            .filter_map(|part| match part {
                Part::Text(text) | Part::Repeat { repeat: text, .. } => Some(text.as_str()),
                Part::Byte(_) | Part::EveryByte { .. } | Part::Filler { .. } => None,
            })
            .collect(),
    }
}

fn held(bytes: &Bytes, holds: &dyn Fn(&str) -> bool) -> bool {
    texts_of(bytes).into_iter().any(holds)
}

/// Twins exist, lead to a case that proves something by itself, and stand wherever they are needed.
pub(super) fn twins(library: &Library, problems: &mut Vec<String>) {
    for loaded in library.iter() {
        let (id, place) = (&loaded.case.id, &loaded.place);
        let Some(twin) = &loaded.case.twin else {
            let proven = loaded
                .exchanges
                .iter()
                .any(|exchange| exchange.expect.alternatives().iter().all(Answer::proves));
            if !proven && !loaded.exchanges.is_empty() {
                problems.push(format!(
                    "{place}: {id}: an answer conforms that does not show that the module ran (`ran`, `{{nonce}}` in a field, \
                     a body, variables); name a `twin` that does"
                ));
            }
            continue;
        };
        let mut seen = vec![id];
        let mut next = Some(twin);
        while let Some(twin) = next {
            if seen.contains(&twin) {
                problems.push(format!("{place}: {id}: its twins lead in a circle: {twin}"));
                break;
            }
            seen.push(twin);
            match library.get(twin) {
                Some(found) => next = found.case.twin.as_ref(),
                None => {
                    problems.push(format!("{place}: {id}: there is no case `{twin}`"));
                    break;
                }
            }
        }
    }
}
