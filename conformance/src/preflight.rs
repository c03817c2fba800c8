//! Before anything is tested: does the server answer, are the probes mounted, does a nonce come
//! back?

use std::collections::BTreeMap;

use crate::case::bytes::Context;
use crate::case::schema::{Bytes, Feature, Framing, Request};
use crate::mount::{Mount, MountTable};
use crate::probe::Dump;
use crate::run::random::nonce;
use crate::target::Target;
use crate::text::shortened;
use crate::wire::client::{Client, Exchanged};

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Preflight {
    /// What the server says of itself (SERVER_SOFTWARE).
    pub software: Option<String>,
    /// The mounts that the server should have, by name; with the reason where one does not answer.
    pub mounts: BTreeMap<String, Result<(), String>>,
    /// Features that the server turned out to lack, with the reason.
    pub lacks: BTreeMap<Feature, String>,
}

/// The server cannot be tested at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Nothing answers.
    #[error("{url} does not answer: {reason}")]
    Silent {
        /// Where.
        url: String,
        /// Why not.
        reason: String,
    },
    /// Something answers, but the `env` probe is not there.
    #[error(
        "{url} answers, but not with the probe `env`: {reason}\n\
         Deploy the probes first: `wagi-conformance setup DIR --format modules-toml|cgi-bin|spin` \
         writes them with a configuration that mounts them."
    )]
    NotMounted {
        /// Where the probe should be.
        url: String,
        /// What came instead.
        reason: String,
    },
}

/// Asks the server for every mount that it should have.
pub fn preflight(target: &Target, client: &Client, seed: u64) -> Result<Preflight, Unusable> {
    let mut found = Preflight::default();
    for mount in MountTable::builtin().of_site(None) {
        let Some(point) = target.mount(&mount.name) else {
            continue;
        };
        if mount
            .needs
            .iter()
            .any(|feature| target.lacks.contains_key(feature))
        {
            continue;
        }
        let Some(question) = Question::of(mount) else {
            continue;
        };
        let context = Context {
            nonce: nonce(seed, &mount.name, u64::MAX, 0),
            host: target.authority.clone(),
            mount: point.path,
            pattern: point.pattern,
        };
        let exchanged = client.once(&question.request.build(&context));
        let answered = question.answered(&exchanged, &context);
        if mount.name == "env" {
            let url = format!("http://{}{}", target.authority, context.mount);
            match (&answered, &exchanged.result) {
                (Ok(()), Ok(response)) => {
                    found.software = software(&response.body);
                    if let Some(reason) = refuses_chunked(client, &context) {
                        found.lacks.insert(Feature::ChunkedRequests, reason);
                    }
                }
                (Err(reason), Ok(_)) => {
                    return Err(Unusable::NotMounted {
                        url,
                        reason: reason.clone(),
                    });
                }
                (_, Err(ended)) => {
                    return Err(Unusable::Silent {
                        url,
                        reason: ended.to_string(),
                    });
                }
            }
        }
        found.mounts.insert(mount.name.clone(), answered);
    }
    Ok(found)
}

/// Why chunked requests cannot be tested, where the server refuses them before it runs anything: it
/// SHOULD not, which a case says, but then it treats none of them wrongly.
fn refuses_chunked(client: &Client, context: &Context) -> Option<String> {
    let request = Request {
        body: Some(Bytes::Text("{nonce}".to_owned())),
        framing: Framing::Chunked,
        ..Request::default()
    };
    let response = client.once(&request.build(context)).result.ok()?;
    let status = response.head.status;
    let refused = matches!(status, 400 | 411 | 413 | 501) && Dump::parse(&response.body).is_err();
    refused.then(|| format!("the server refuses them with {status}"))
}

/// What is asked, and what shows that the probe answered.
struct Question {
    request: Request,
    /// The nonce has to come back; else anything but 404 will do, because what the probe does is
    /// itself a matter of conformance.
    nonce: bool,
}

impl Question {
    fn of(mount: &Mount) -> Option<Question> {
        let get = |query: &str| Request {
            target: Some(Bytes::Text(format!("{{mount}}?{query}"))),
            ..Request::default()
        };
        let output = |method: Option<&str>| Request {
            method: method.map(str::to_owned),
            output: Some(Bytes::Text(
                "Content-Type: text/plain\n\n{nonce}".to_owned(),
            )),
            ..Request::default()
        };
        let (request, nonce) = match mount.probe.as_str() {
            // The root mount has the empty path.
            "env" if mount.path().is_empty() || mount.path() == "/" => (
                Request {
                    target: Some(Bytes::Text("{mount}/?{nonce}".to_owned())),
                    ..Request::default()
                },
                true,
            ),
            "env" | "multi" | "mute" | "reactor" => (get("{nonce}"), true),
            "cat" => (output(None), true),
            "say" => (output(Some("GET")), true),
            "fs" => (get("preopens"), false),
            "exit" => (get("0"), false),
            // They never answer, or use up what the server has.
            "spin" | "hog" => return None,
            _ => (get(""), false),
        };
        Some(Question { request, nonce })
    }

    fn answered(&self, exchanged: &Exchanged, context: &Context) -> Result<(), String> {
        let response = exchanged.result.as_ref().map_err(ToString::to_string)?;
        let status = response.head.status;
        let came_back = response
            .body
            .windows(context.nonce.len())
            .any(|word| word == context.nonce.as_bytes());
        if status == 404 || (self.nonce && !came_back) {
            let body = shortened(&response.body[..response.body.len().min(200)]);
            return Err(format!(
                "{} was answered with {status}: {body}",
                context.mount
            ));
        }
        Ok(())
    }
}

fn software(body: &[u8]) -> Option<String> {
    let dump = Dump::parse(body).ok()?;
    let value = dump.values("SERVER_SOFTWARE").next()?;
    Some(shortened(value)).filter(|text| !text.is_empty())
}
