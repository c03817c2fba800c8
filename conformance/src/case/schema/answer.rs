//! What conforms.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::bytes::Bytes;
use super::matcher::{BodyMatcher, FieldMatcher, StatusMatcher, ValueMatcher};

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
    /// The server does not start with the site on which the mount stands: a load error.
    #[serde(default)]
    pub not_started: bool,
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
    /// Every line of the response's header section ends in CRLF, as HTTP wants it; elsewhere a bare
    /// LF is let pass.
    #[serde(default)]
    pub crlf: bool,
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
