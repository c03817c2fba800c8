//! The schema of a case file, as it stands in `cases/*.toml`.
//!
//! Every string may hold placeholders, replaced before use:
//! `{mount}` the URL path at which the case's mount is reached (`/env`, or `/cgi-bin/env` on a
//! plain CGI server; empty for the mount `root`); `{pattern}` the route pattern text (`/env/...`); `{nonce}` a fresh random
//! word per exchange; `{host}` the target's authority as it stands in `Host`; `{host-name}` and
//! `{port}` its two halves. Other braces stay as they are.

mod answer;
mod bytes;
mod matcher;
mod request;
mod scope;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

pub use answer::{Answer, Answers};
pub use bytes::{Bytes, Part};
pub use matcher::{BodyMatcher, FieldMatcher, StatusMatcher, ValueMatcher};
pub use request::{Framing, Request, Version};
pub use scope::{Feature, Profile};

use crate::outcome::Level;

/// One file of cases; the file's name is not part of any id.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CaseFile {
    /// The chapter of the specification, by the name of its file without `.md`.
    pub area: String,
    /// The cases, in the order in which they are reported.
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
}

/// One golden case: what is sent, and which answers conform.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// Permanent and semantic: `env.path-info.decoded-once.percent`, never positional.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// Why the case exists: the attack, the divergence, the history. Shown by `explain`.
    #[serde(default)]
    pub why: Option<String>,
    /// Ids of the requirements that the case tests; at least one.
    pub requirements: Vec<String>,
    /// Overrides the level, which is otherwise that of the first requirement: for the SHOULD that
    /// stands inside a MUST.
    #[serde(default)]
    pub level: Option<Level>,
    /// The profiles in which the case runs.
    #[serde(default = "core_profile")]
    pub profiles: Vec<Profile>,
    /// Optional features without which the case is not applicable.
    #[serde(default)]
    pub needs: Vec<Feature>,
    /// The mount that the exchanges use where they name none.
    #[serde(default = "env_mount")]
    pub mount: String,
    /// For a case that must be refused: the case one byte away that must be accepted. A refusal
    /// counts only where the twin passed.
    #[serde(default)]
    pub twin: Option<String>,
    /// Run so many times one after another; every run must conform, and alike in status.
    #[serde(default = "one")]
    pub repeat: u32,
    /// Run so many copies at once, each with its own nonces.
    #[serde(default = "one")]
    pub parallel: u32,
    /// Requests that are under way, unanswered, while the case runs.
    #[serde(default)]
    pub background: Option<Background>,
    /// The case waits for a deadline of the server on purpose.
    #[serde(default)]
    pub slow: bool,
    /// Send all exchanges on one connection (the default is a connection each).
    #[serde(default)]
    pub same_connection: bool,
    /// After the last answer, a plain request on the same connection must get its own answer,
    /// unless the server announced `Connection: close`.
    #[serde(default)]
    pub follow_up: FollowUp,
    /// Shorthand for a single exchange, with `expect`.
    #[serde(default)]
    pub request: Option<Request>,
    /// Shorthand for a single exchange, with `request`.
    #[serde(default)]
    pub expect: Option<Answers>,
    /// Several exchanges, instead of `request` and `expect`.
    #[serde(default, rename = "exchange", deserialize_with = "at_least_one")]
    pub exchanges: Vec<Exchange>,
}

/// Whether a plain request goes after the last answer, on the same connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FollowUp {
    /// `false`
    #[default]
    No,
    /// `true`: it must get its own answer.
    Answered,
    /// `"if-open"`: it must get its own answer, or find the connection closed.
    IfOpen,
}

impl<'de> Deserialize<'de> for FollowUp {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "true, false or \"if-open\"")]
        enum Form {
            Boolean(bool),
            Word(Word),
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Word {
            IfOpen,
        }
        Ok(match Form::deserialize(input)? {
            Form::Boolean(false) => Self::No,
            Form::Boolean(true) => Self::Answered,
            Form::Word(Word::IfOpen) => Self::IfOpen,
        })
    }
}

/// A request and the answers that conform.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Exchange {
    /// The mount that `{mount}` names here, if not the case's.
    #[serde(default)]
    pub mount: Option<String>,
    /// What is sent.
    #[serde(default)]
    pub request: Request,
    /// What conforms.
    pub expect: Answers,
}

/// Requests that are under way while a case runs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Background {
    /// The mount they go to.
    pub mount: String,
    /// How many beyond the number of cores.
    pub beyond_cores: u32,
}

fn core_profile() -> Vec<Profile> {
    vec![Profile::Core]
}

fn env_mount() -> String {
    "env".to_owned()
}

fn one() -> u32 {
    1
}

impl Exchange {
    /// Whether the model says what conforms.
    pub fn is_modelled(&self) -> bool {
        let answers = self.expect.alternatives();
        answers.iter().any(|answer| answer.model)
    }
}

// An empty list could not be told from none.
fn at_least_one<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Exchange>, D::Error> {
    let exchanges = Vec::deserialize(input)?;
    match exchanges.is_empty() {
        true => Err(D::Error::custom("`exchange` is empty; leave it out")),
        false => Ok(exchanges),
    }
}
