//! The schema of a case file, as it stands in `cases/*.toml`.
//!
//! Every string may hold placeholders, replaced before use:
//! `{mount}` the URL path at which the case's mount is reached (`/env`, or `/cgi-bin/env` on a
//! plain CGI server; empty for the mount `root`); `{pattern}` the route pattern text (`/env/...`); `{nonce}` a fresh random
//! word per exchange; `{host}` the target's authority as it stands in `Host`; `{host-name}` and
//! `{port}` its two halves. Other braces stay as they are.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

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
    pub follow_up: bool,
    /// Shorthand for a single exchange, with `expect`.
    #[serde(default)]
    pub request: Option<Request>,
    /// Shorthand for a single exchange, with `request`.
    #[serde(default)]
    pub expect: Option<Answers>,
    /// Several exchanges, instead of `request` and `expect`.
    #[serde(default, rename = "exchange")]
    pub exchanges: Vec<Exchange>,
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

impl Exchange {
    /// Whether the model says what conforms.
    pub fn is_modelled(&self) -> bool {
        let answers = self.expect.alternatives();
        answers.iter().any(|answer| answer.model)
    }
}

/// What is sent: structured, as a module output, or byte for byte.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Request {
    /// `GET` by default, `POST` where there is a `body` or `output`.
    #[serde(default)]
    pub method: Option<String>,
    /// The request target as it goes on the wire; `{mount}` by default.
    #[serde(default)]
    pub target: Option<Bytes>,
    /// `1.1` by default.
    #[serde(default)]
    pub version: Version,
    /// Header fields in order, names as written. `Host: {host}` goes first unless a field here is
    /// named `Host` or `omit-host` is set.
    #[serde(default)]
    pub fields: Vec<(Bytes, Bytes)>,
    /// Send no `Host`.
    #[serde(default)]
    pub omit_host: bool,
    /// The body, framed as `framing` says.
    #[serde(default)]
    pub body: Option<Bytes>,
    /// How `body` is framed: `length` by default.
    #[serde(default)]
    pub framing: Framing,
    /// Send `Expect: 100-continue` and wait for the interim response before the body.
    #[serde(default)]
    pub expect_continue: bool,
    /// What the module is to write to standard output: sent as the body to a `cat` mount, or for
    /// GET and HEAD as hex in the query to a `say` mount.
    #[serde(default)]
    pub output: Option<Bytes>,
    /// The whole request, byte for byte; excludes every other key but `half-close`.
    #[serde(default)]
    pub raw: Option<Bytes>,
    /// Close the sending side after the last byte.
    #[serde(default)]
    pub half_close: bool,
}

/// Bytes: a string, or a list of parts for what a TOML string cannot say.
///
/// `["X-A: caf", 0xE9, "\n", { repeat = "a", times = 8192 }, { every-byte = true }, { filler = 1048576 }]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a string or a list of parts")]
pub enum Bytes {
    /// UTF-8 text with placeholders.
    Text(String),
    /// Parts, one after another.
    Parts(Vec<Part>),
}

/// One part of [`Bytes`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    rename_all_fields = "kebab-case",
    expecting = "a text, a byte 0 to 255, { repeat, times }, { every-byte = true } or { filler }"
)]
pub enum Part {
    /// UTF-8 text with placeholders.
    Text(String),
    /// One byte.
    Byte(u8),
    /// A text many times.
    Repeat {
        /// The text, with placeholders.
        repeat: String,
        /// How often.
        times: usize,
    },
    /// All 256 byte values in order.
    EveryByte {
        /// Always true.
        every_byte: bool,
    },
    /// So many deterministic bytes of every value, without a short period: the highest eight bits
    /// of each state of `state = state * 6364136223846793005 + 1442695040888963407` modulo 2^64,
    /// which starts with the state 0 and takes the step first.
    Filler {
        /// Length in bytes.
        filler: usize,
    },
}

/// HTTP version of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Version {
    /// HTTP/1.0
    #[serde(rename = "1.0")]
    Http10,
    /// HTTP/1.1
    #[default]
    #[serde(rename = "1.1")]
    Http11,
}

/// How a request body is delimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// `Content-Length`
    #[default]
    Length,
    /// `Transfer-Encoding: chunked`
    Chunked,
    /// Neither field is added; the case writes its own.
    Unframed,
}

/// One answer that conforms, or several of which any one does.
#[derive(Debug, Clone)]
pub enum Answers {
    /// The only one.
    One(Box<Answer>),
    /// Any of these.
    AnyOf(Vec<Answer>),
}

impl Answers {
    /// The alternatives.
    pub fn alternatives(&self) -> &[Answer] {
        match self {
            Self::One(answer) => std::slice::from_ref(answer),
            Self::AnyOf(answers) => answers,
        }
    }
}

// By hand, because an untagged enum would hide which key of which answer is wrong.
impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct AnswersVisitor;
        impl<'de> Visitor<'de> for AnswersVisitor {
            type Value = Answers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an answer or a list of answers")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Answers, A::Error> {
                let answer = Answer::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Answers::One(Box::new(answer)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Answers, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(Answers::AnyOf)
            }
        }
        input.deserialize_any(AnswersVisitor)
    }
}

/// What an answer must look like; keys that are absent are not looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Answer {
    /// Name of this alternative, reported as an observation (`decoded`, `refused`).
    #[serde(default)]
    pub label: Option<String>,
    /// What the suite's model computes for the request; goes with no other key. Failures of
    /// property tests are saved like this.
    #[serde(default)]
    pub model: bool,
    /// The connection is closed without a response.
    #[serde(default)]
    pub closed: bool,
    /// The response is visibly broken off before its end.
    #[serde(default)]
    pub broken_off: bool,
    /// `200`, `"5xx"`, or a list of these.
    #[serde(default)]
    pub status: Option<StatusMatcher>,
    /// The module ran for this very request: the nonce stands in the body (where there is none by
    /// definition, in a field value), or (false) nowhere in what was received.
    #[serde(default)]
    pub ran: Option<bool>,
    /// Response header fields by name, without regard to case.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldMatcher>,
    /// The response body.
    #[serde(default)]
    pub body: Option<BodyMatcher>,
    /// Nowhere in the received bytes, header section included.
    #[serde(default)]
    pub nowhere: Vec<Bytes>,
    /// Variables in the answer of an `env` probe.
    #[serde(default)]
    pub variables: BTreeMap<String, ValueMatcher>,
    /// A regular expression that may match no part of any variable's name, beyond those listed in
    /// `variables`.
    #[serde(default)]
    pub no_variable: Option<String>,
    /// No two variables have the same name, or names that differ by letter case only.
    #[serde(default)]
    pub unique_variables: bool,
    /// Arguments in the answer of an `env` probe, `argv[0]` included.
    #[serde(default)]
    pub arguments: Option<Vec<ValueMatcher>>,
    /// Standard input as the `env` probe saw it, by length and digest.
    #[serde(default)]
    pub stdin: Option<Bytes>,
}

/// A status code or a class of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "a status code, a class like \"4xx\", or a list of these"
)]
pub enum StatusMatcher {
    /// This one.
    Code(u16),
    /// `"4xx"`.
    Class(String),
    /// Any of these.
    AnyOf(Vec<StatusMatcher>),
}

/// What is expected of the response fields of one name.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    rename_all_fields = "kebab-case",
    expecting = "a value, a list of values, { list }, { absent = true }, { at-most-once } or { matches }"
)]
pub enum FieldMatcher {
    /// A list of strings: exactly these field lines, in this order.
    Values(Vec<String>),
    /// Exactly one field with this value.
    Value(Bytes),
    /// These values in this order, on lines of their own or joined by commas.
    List {
        /// The values.
        list: Vec<String>,
    },
    /// No such field.
    Absent {
        /// Always true.
        absent: bool,
    },
    /// At most one field line, and if there is one its value is among these.
    AtMostOnce {
        /// Empty: any value.
        at_most_once: Vec<String>,
    },
    /// Exactly one field whose value matches the regular expression as a whole.
    Matches {
        /// Implicitly anchored.
        matches: String,
    },
}

/// What is expected of the response body.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    rename_all_fields = "kebab-case",
    expecting = "bytes or { contains }"
)]
pub enum BodyMatcher {
    /// These bytes and no others.
    Exactly(Bytes),
    /// These bytes somewhere.
    Contains {
        /// Searched for.
        contains: Bytes,
    },
}

/// What is expected of a variable or an argument.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    rename_all_fields = "kebab-case",
    expecting = "a value, { absent = true, or }, { one-of }, { matches }, { url } or { set = true }"
)]
pub enum ValueMatcher {
    /// Exactly this.
    Value(Bytes),
    /// Unset, or one of `or` (often the empty string).
    Absent {
        /// Always true.
        absent: bool,
        /// Values that conform as well.
        #[serde(default)]
        or: Vec<String>,
    },
    /// One of these.
    OneOf {
        /// The values.
        one_of: Vec<String>,
    },
    /// Matches the regular expression as a whole.
    Matches {
        /// Implicitly anchored.
        matches: String,
    },
    /// Equal to this URL when both are parsed; the scheme's default port may be shown or omitted.
    Url {
        /// An absolute URL.
        url: String,
    },
    /// Set, to anything.
    Set {
        /// Always true.
        set: bool,
    },
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

/// A named selection of cases; defined in the specification's chapter on conformance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// What every WAGI server does.
    Core,
    /// Route patterns and their precedence.
    Routing,
    /// Entrypoints and `_routes`.
    DeclaredRoutes,
    /// Mounted directories.
    Volumes,
    /// Time, memory, sizes.
    Limits,
    /// Rules that come from CGI/1.1 and hold for a plain CGI server as well.
    Cgi,
}

/// An optional feature that a server may lack; declared once per server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// Routes of the suite's own choosing, several per module, `/...` at the root.
    Routes,
    /// A configured entrypoint other than `_start`.
    Entrypoint,
    /// `_routes`.
    DeclaredRoutes,
    /// The `argv` template.
    ArgvTemplate,
    /// Mounted directories.
    Volumes,
    /// Configured environment variables.
    Environment,
    /// HTTP/1.1 requests with chunked bodies.
    ChunkedRequests,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Core,
        Self::Routing,
        Self::DeclaredRoutes,
        Self::Volumes,
        Self::Limits,
        Self::Cgi,
    ];

    /// As it stands in case files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Routing => "routing",
            Self::DeclaredRoutes => "declared-routes",
            Self::Volumes => "volumes",
            Self::Limits => "limits",
            Self::Cgi => "cgi",
        }
    }
}

impl Feature {
    /// As it stands in case files and server files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Routes => "routes",
            Self::Entrypoint => "entrypoint",
            Self::DeclaredRoutes => "declared-routes",
            Self::ArgvTemplate => "argv-template",
            Self::Volumes => "volumes",
            Self::Environment => "environment",
            Self::ChunkedRequests => "chunked-requests",
        }
    }
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
