//! Texts and bytes.

use serde::Deserialize;

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
