//! The variables that are made from the path.

use super::{Rule, exactly, unset_or_empty};
use crate::model::path::{self, RawPath};
use crate::model::request::RequestModel;
use crate::model::value::{Form, Url, Value};
use crate::model::{Rules, distinct};

/// What may stand for the path behind the mount: as it was sent, or with dot segments resolved.
pub(super) struct Rests {
    /// Undecoded; the one that was sent first. Empty if nothing can be said.
    raw: Vec<Vec<u8>>,
    /// Decoded; `None` if nothing can be said.
    decoded: Option<Vec<Vec<u8>>>,
}

impl Rests {
    pub(super) fn of(request: &RequestModel, rules: Rules) -> Rests {
        let path = RawPath(&request.path);
        let mut paths = vec![request.path.clone()];
        if path.has_dot_segments() {
            paths.extend(
                [true, false]
                    .iter()
                    .filter_map(|&encoded| path.resolve(encoded)),
            );
        }
        if rules == Rules::Cgi {
            let merged = RawPath(&request.path).merge_slashes();
            paths.extend(RawPath(&merged).resolve(true));
            paths.push(merged);
        }
        // A path that leaves the mount, or whose segments appear only when it is decoded, may reach
        // the module as something else altogether.
        if request.leaves_mount() || path.hides_dot_segments() {
            return Rests {
                raw: Vec::new(),
                decoded: None,
            };
        }
        let below = |path: &Vec<u8>| request.below_mount(path).map(<[u8]>::to_vec);
        let raw: Vec<Vec<u8>> = paths.iter().filter_map(below).collect();
        let decoded: Option<Vec<Vec<u8>>> =
            raw.iter().map(|rest| RawPath(rest).decode().ok()).collect();
        // A plain CGI server may merge slashes, encoded ones included.
        let merged = |path: &Vec<u8>| RawPath(path).merge_slashes();
        let decoded = match rules {
            Rules::Wagi => decoded,
            Rules::Cgi => {
                decoded.map(|all| all.iter().cloned().chain(all.iter().map(merged)).collect())
            }
        };
        Rests { raw, decoded }
    }

    fn one_of(values: Option<Vec<Vec<u8>>>) -> Value {
        match values {
            None => Value::Unspecified,
            Some(values) => match distinct(values) {
                mut one if one.len() == 1 => Value::Exactly(one.remove(0)),
                several => Value::OneOf(several),
            },
        }
    }

    fn known_raw(&self) -> Option<Vec<Vec<u8>>> {
        (!self.raw.is_empty()).then(|| self.raw.clone())
    }
}

pub(super) fn wagi(request: &RequestModel, rests: &Rests) -> Vec<Rule> {
    let set = |name: &str| Rule::new(name, "env.always-set.wagi", Value::Form(Form::Set));
    let mut all: Vec<Rule> = [
        "PATH_INFO",
        "X_RAW_PATH_INFO",
        "X_MATCHED_ROUTE",
        "X_FULL_URL",
    ]
    .map(set)
    .into();
    let known = !rests.raw.is_empty();
    let if_known = |value: Value| if known { value } else { Value::Unspecified };
    let translated = match &rests.decoded {
        Some(decoded) if decoded.iter().all(Vec::is_empty) => unset_or_empty(),
        decoded => Rests::one_of(decoded.clone()),
    };
    all.extend([
        Rule::new(
            "SCRIPT_NAME",
            "env.script-name",
            if_known(exactly(request.mount.path.as_str())),
        ),
        Rule::new(
            "PATH_INFO",
            path_info_requirement(request.rest()),
            Rests::one_of(rests.decoded.clone()),
        ),
        Rule::new("PATH_TRANSLATED", "env.path-translated", translated),
        Rule::new(
            "X_RAW_PATH_INFO",
            "env.raw-path-info",
            Rests::one_of(rests.known_raw()),
        ),
        Rule::new(
            "X_MATCHED_ROUTE",
            "env.matched-route",
            if_known(exactly(request.mount.pattern.as_str())),
        ),
        full_url(request, rests),
    ]);
    all
}

fn full_url(request: &RequestModel, rests: &Rests) -> Rule {
    let tails = |raw: Vec<Vec<u8>>| {
        let mut tails = Vec::new();
        for rest in raw {
            let path = [request.mount.path.as_bytes(), &rest].concat();
            match request.query.as_deref() {
                None => tails.push(path),
                Some(query) => {
                    tails.push([&path, b"?".as_slice(), query].concat());
                    // A lone `?` is no query.
                    tails.extend(query.is_empty().then_some(path));
                }
            }
        }
        tails
    };
    let authority = request.field("Host").map(<[u8]>::to_vec);
    let requirement = match &authority {
        Some(host) if host.contains(&b':') => "env.full-url.authority",
        _ => "env.full-url",
    };
    let outside = path::query_has_bytes_outside_uris(request.query_string())
        || RawPath(&request.path).has_bytes_outside_uris();
    let tails = rests.known_raw().filter(|_| !outside).map(tails);
    Rule::new(
        "X_FULL_URL",
        requirement,
        Value::Url(Url {
            scheme: request.scheme,
            authority,
            tails,
        }),
    )
}

pub(super) fn cgi(request: &RequestModel, rests: &Rests) -> Vec<Rule> {
    let info = match &rests.decoded {
        // A variable without a value may be absent.
        Some(decoded) if decoded.iter().any(Vec::is_empty) => {
            Value::AbsentOr(distinct(decoded.clone()))
        }
        decoded => Rests::one_of(decoded.clone()),
    };
    let name = match rests.raw.is_empty() {
        true => Value::Unspecified,
        false => exactly(request.mount.path.as_str()),
    };
    vec![
        Rule::new("SCRIPT_NAME", "env.script-name", name),
        Rule::new("PATH_INFO", path_info_requirement(request.rest()), info),
    ]
}

/// The requirement that tells most about this path info.
fn path_info_requirement(rest: &[u8]) -> &'static str {
    let path = RawPath(rest);
    let decoded = path.decode().unwrap_or_default();
    if matches!(rest, b"" | b"/") {
        "env.path-info.empty-or-slash"
    } else if decoded.contains(&b'%') {
        "env.path-info.decoded-once"
    } else if path.has_encoded_slash() {
        "env.path-info.encoded-slash"
    } else if std::str::from_utf8(&decoded).is_err() {
        "security.path-not-utf8"
    } else if rest.iter().any(|b| matches!(b, b'%' | b'+')) {
        "env.path-info.decoded-once"
    } else if rest.windows(2).any(|w| w == b"//") || rest.iter().any(u8::is_ascii_uppercase) {
        "env.path-info.case-and-empty-segments"
    } else {
        "env.path-info"
    }
}
