//! What came of a case, as it goes into every report.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How binding a requirement is (RFC 2119), without its polarity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// MUST and MUST NOT: a failure is red.
    Must,
    /// SHOULD and SHOULD NOT: a failure is a warning, red at `--level should`.
    Should,
    /// MAY and open points: an observation, never a verdict.
    May,
}

/// The verdict on one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Conforms.
    Pass,
    /// Does not conform to a MUST.
    Fail,
    /// Does not conform to a SHOULD.
    Warn,
    /// Does not conform, as the baseline says.
    ExpectedFail,
    /// Conforms although the baseline says otherwise: the entry is stale.
    UnexpectedPass,
    /// The target declares that it lacks the feature, or the profile leaves the case out.
    NotApplicable,
    /// What the case relies on did not work (its twin, a mount), so it proves nothing.
    SetupFailed,
    /// The suite itself failed.
    HarnessError,
}

impl Outcome {
    /// All of them, in the order in which reports count them.
    pub const ALL: [Self; 8] = [
        Self::Pass,
        Self::Fail,
        Self::Warn,
        Self::ExpectedFail,
        Self::UnexpectedPass,
        Self::NotApplicable,
        Self::SetupFailed,
        Self::HarnessError,
    ];

    /// Whether the target was put to the test.
    pub fn executed(self) -> bool {
        !matches!(
            self,
            Self::NotApplicable | Self::SetupFailed | Self::HarnessError
        )
    }
}

/// One case's record: the unit of every report.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CaseRecord {
    /// Permanent id of the case, or of the property test.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// The chapter of the specification (file stem), which is also the row of the summary table.
    pub area: String,
    /// File and line of the case in the suite (`cases/status.toml:12`); a property test has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Ids of the requirements tested.
    pub requirements: Vec<String>,
    /// The level at which a failure counts.
    pub level: Level,
    /// The verdict.
    pub outcome: Outcome,
    /// Why it is not applicable, which twin failed, what the harness could not do; for MAY cases
    /// what was observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What differs, for a case that does not conform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mismatch: Option<Mismatch>,
    /// How to see it without the suite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reproducer: Option<Reproducer>,
    /// The line that runs this case again from the file that it was saved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
    /// The case as it stands in a case file, where it was drawn and stands in none.
    #[serde(skip)]
    pub drawn: Option<String>,
    /// Wall time in milliseconds.
    #[serde(rename = "duration-ms", with = "milliseconds")]
    pub duration: Duration,
    /// The bytes on the wire, of the last or the failing repetition.
    pub exchanges: Vec<ExchangeRecord>,
}

impl CaseRecord {
    /// A record of nothing yet: level MUST, passed, in no time.
    pub(crate) fn new(id: &str, title: &str, area: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            area: area.to_owned(),
            place: None,
            requirements: Vec::new(),
            level: Level::Must,
            outcome: Outcome::Pass,
            reason: None,
            mismatch: None,
            reproducer: None,
            replay: None,
            drawn: None,
            duration: Duration::ZERO,
            exchanges: Vec::new(),
        }
    }
}

/// The first difference between what conforms and what came.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Mismatch {
    /// What was looked at: `status`, `variable PATH_INFO`, `field Location`, `body`, `connection`.
    pub subject: String,
    /// What conforms, for people; bytes that are no text are escaped (`\xE9`, `\r`).
    pub expected: String,
    /// What came, in the same notation.
    pub actual: String,
}

/// How to repeat an exchange by hand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", tag = "with", content = "line")]
pub enum Reproducer {
    /// A complete `curl` command line.
    Curl(String),
    /// A `printf '…' | nc HOST PORT` line, for what curl cannot express.
    Socket(String),
}

/// One request and what came back, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExchangeRecord {
    /// The bytes sent.
    #[serde(with = "wire_bytes")]
    pub request: Vec<u8>,
    /// The bytes received until the response was complete, the peer closed or time was up.
    #[serde(with = "wire_bytes")]
    pub response: Vec<u8>,
    /// How it ended where not by a complete response: `timeout after 5 s`, `connection refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
}

/// A whole run: what every report is made from, and itself the JSON report.
///
/// Documented field by field in `conformance/README.md`; `format` grows by one whenever a reader of
/// the older form could go wrong.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// Version of this format: 1.
    pub format: u32,
    /// Version of the suite.
    pub suite: String,
    /// Version of the specification.
    pub specification: String,
    /// What was tested.
    pub target: TargetRecord,
    /// The seed of nonces, order and property tests.
    pub seed: u64,
    /// The level at which a failure turns the run red.
    pub level: Level,
    /// When the run began, seconds since the Unix epoch.
    pub started: u64,
    /// Wall time in milliseconds.
    #[serde(rename = "duration-ms", with = "milliseconds")]
    pub duration: Duration,
    /// Whether the run was interrupted; the records are those that were finished.
    pub interrupted: bool,
    /// Why nothing or not everything could run: the server did not start, preflight failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
    /// Entries of the baseline that no longer hold, each with the reason; any of them is red.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<String>,
    /// How much of the specification the suite tests.
    pub coverage: Coverage,
    /// Text and place of each requirement that a record names.
    pub requirements: BTreeMap<String, RequirementRecord>,
    /// One record per case, in the order of the specification.
    pub records: Vec<CaseRecord>,
}

/// What was tested.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TargetRecord {
    /// `reference host`, `lighttpd`, or the URL.
    pub name: String,
    /// What the server says of itself (SERVER_SOFTWARE), where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software: Option<String>,
    /// Where it was reached.
    pub url: String,
    /// The profiles selected; empty for all.
    pub profiles: Vec<String>,
}

/// How much of the specification the suite tests, by requirements of level MUST and SHOULD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Coverage {
    /// All of them.
    pub requirements: usize,
    /// With at least one case.
    pub tested: usize,
    /// Without, for a reason that the specification states.
    pub excluded: usize,
}

/// A requirement as a report shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RequirementRecord {
    /// `MUST`, `MUST NOT`, …
    pub keyword: String,
    /// The paragraph, Markdown.
    pub text: String,
    /// The chapter's title.
    pub chapter: String,
    /// The permanent link.
    pub link: String,
}

mod milliseconds {
    use super::*;
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Duration, out: S) -> Result<S::Ok, S::Error> {
        // Microsecond resolution is enough, and keeps the reports short.
        out.serialize_f64((value.as_secs_f64() * 1e6).round() / 1e3)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
        let milliseconds = f64::deserialize(input)?;
        Duration::try_from_secs_f64(milliseconds / 1e3).map_err(serde::de::Error::custom)
    }
}

/// Wire bytes in JSON: a string in which each character is one byte (ISO-8859-1), so that text
/// stays readable and nothing is lost; longer than [`wire_bytes::KEPT`] bytes they are cut in the
/// middle with a note.
mod wire_bytes {
    use super::*;
    use serde::{Deserializer, Serializer};

    /// How many bytes of one message a report keeps.
    pub(super) const KEPT: usize = 16 * 1024;

    pub(super) fn serialize<S: Serializer>(value: &[u8], out: S) -> Result<S::Ok, S::Error> {
        let text = |bytes: &[u8]| bytes.iter().map(|&b| char::from(b)).collect::<String>();
        if value.len() <= KEPT {
            return out.serialize_str(&text(value));
        }
        let (head, tail) = (&value[..KEPT - 1024], &value[value.len() - 1024..]);
        let cut = value.len() - head.len() - tail.len();
        out.serialize_str(&format!(
            "{}[... {cut} bytes left out ...]{}",
            text(head),
            text(tail)
        ))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(input)?;
        Ok(text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
            .collect())
    }
}
