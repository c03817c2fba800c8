//! What a case file must fulfil beyond its syntax, so that no case can pass for the wrong reason.

mod answer;
mod request;
mod texts;

use std::fmt;

use super::bytes::words;
use super::library::{Library, Place};
use super::schema::{Answer, Answers, Case, Exchange, FollowUp, Profile, Request};
use crate::mount::MountTable;
use crate::requirement::Requirements;
use texts::held;

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
        let at = offset_of(self.text, self.start, token);
        let place = Place::of(self.file, self.text, at);
        self.list.push(format!("{place}: {}: {what}", self.id));
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

/// The first mention of `token` at or after `start`, within the same case if possible.
pub(super) fn offset_of(text: &str, start: usize, token: &str) -> usize {
    text[start..end_of(text, start)]
        .find(token)
        .map_or(start, |offset| start + offset)
}

fn end_of(text: &str, start: usize) -> usize {
    text[start..]
        .find("\n[[case]]")
        .map_or(text.len(), |length| start + length)
}

/// The case whose id stands at `start`, from its `[[case]]` on. Comments behind it belong to the
/// next case.
pub(super) fn source_of(text: &str, start: usize) -> &str {
    let begin = text[..start].rfind("[[case]]").unwrap_or(start);
    let mut end = end_of(text, start);
    while let Some((before, last)) = text[begin..end].rsplit_once('\n') {
        if !last.trim().is_empty() && !last.starts_with('#') {
            break;
        }
        end = begin + before.len();
    }
    &text[begin..end]
}

/// Checks everything about one case but its twin; gives its exchanges.
pub(super) fn case(
    case: &Case,
    requirements: &Requirements,
    mounts: &MountTable,
    problems: &mut Problems<'_>,
) -> Vec<Exchange> {
    form(case, problems);
    for id in &case.requirements {
        if requirements.get(id).is_none() {
            problems.add(
                id,
                format_args!("the specification has no requirement `{id}`"),
            );
        }
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
            let shared = case.same_connection || case.follow_up != FollowUp::No;
            if mount.site.is_some() && shared {
                problems.add(name, "a case on a site has a connection for each exchange");
            }
            request::check(&exchange.request, &mount.probe, problems);
        }
        answers(&exchange.expect, &exchange.request, problems);
    }
    let modelled = exchanges.iter().filter(|one| one.is_modelled()).count();
    if modelled > 0 && modelled < exchanges.len() {
        problems.add("model", "the model judges all exchanges of a case, or none");
    }
    for exchange in exchanges.iter().filter(|one| one.is_modelled()) {
        if exchange.expect.alternatives().len() > 1 {
            problems.add("model", "what the model says has no alternative");
        }
        if exchange.request.output.is_none()
            && let Err(reason) = request::modelled(&exchange.request)
        {
            problems.add(
                "request",
                format_args!("the model says nothing of it: {reason}"),
            );
        }
    }
    exchanges
}

/// What the JSON Schema says too.
fn form(case: &Case, problems: &mut Problems<'_>) {
    let in_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(in_word);
    if !case.id.split('.').all(is_word) || !case.id.contains('.') {
        problems.add(
            &case.id,
            "an id is words of small letters, digits and `-`, joined by `.`",
        );
    }
    if case.title.is_empty() || case.title.contains('\n') {
        problems.add("title", "a title is one line");
    }
    if case.why.as_ref().is_some_and(String::is_empty) {
        problems.add("why", "`why` says nothing; leave it out");
    }
    if case.requirements.is_empty() {
        problems.add("requirements", "names no requirement");
    }
    if case.profiles.is_empty() {
        problems.add(
            "profiles",
            "is in no profile; leave `profiles` out for `core`",
        );
    }
    let unique = [
        ("requirements", all_differ(&case.requirements)),
        ("profiles", all_differ(&case.profiles)),
        ("needs", all_differ(&case.needs)),
    ];
    for (key, unique) in unique {
        if !unique {
            problems.add(key, format_args!("`{key}` names something twice"));
        }
    }
    if case.repeat == 0 || case.parallel == 0 {
        problems.add("= 0", "`repeat` and `parallel` count from 1");
    }
}

fn all_differ<T: PartialEq>(list: &[T]) -> bool {
    (1..list.len()).all(|place| !list[..place].contains(&list[place]))
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
        answer::check(answer, problems);
    }
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
