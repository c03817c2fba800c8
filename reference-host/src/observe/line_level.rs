//! The level that a module gives to a line.

use tracing::Level;

const LEVELS: [(&str, Level); 5] = [
    ("ERROR ", Level::ERROR),
    ("WARN ", Level::WARN),
    ("INFO ", Level::INFO),
    ("DEBUG ", Level::DEBUG),
    ("TRACE ", Level::TRACE),
];

/// The level of a line, and the rest of it, if it begins as those of wagi-sdk do:
/// `WARN shop::stock: tea is low`. A target has to stand behind the level, so that no sentence such
/// as `DEBUG is set` loses its first word.
pub(super) fn split(line: &str) -> Option<(Level, &str)> {
    let (level, rest) = LEVELS
        .iter()
        .find_map(|(word, level)| Some((*level, line.strip_prefix(word)?)))?;
    let (target, _) = rest.split_once(' ')?;
    target.ends_with(':').then_some((level, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_stands_in_front_of_a_target() {
        for (line, level) in [
            ("ERROR a: b", Level::ERROR),
            ("WARN a::b: c d: e", Level::WARN),
            ("INFO a: ", Level::INFO),
            ("DEBUG : b", Level::DEBUG),
            ("TRACE a:1: b", Level::TRACE),
        ] {
            let rest = line.split_once(' ').unwrap().1;
            assert_eq!(split(line), Some((level, rest)), "{line}");
        }
        for line in [
            "",
            "ERROR",
            "ERROR ",
            "ERROR a",
            "ERROR a:",
            "ERROR: a b",
            "ERROR a b: c",
            " ERROR a: b",
            "ERRORS a: b",
            "error a: b",
            "FATAL a: b",
        ] {
            assert_eq!(split(line), None, "{line}");
        }
    }
}
