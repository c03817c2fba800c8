//! How logs are written.

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// Events whose data is in fields, for a subscriber that writes JSON.
    Json,
}
