//! The text of a rule, from the chapters of the specification.

use serde::Serialize;

/// Chapters with rules that output can break.
const CHAPTERS: [(&str, &str); 4] = [
    (
        "header-block",
        include_str!("../../../spec/src/header-block.md"),
    ),
    ("location", include_str!("../../../spec/src/location.md")),
    (
        "response-body",
        include_str!("../../../spec/src/response-body.md"),
    ),
    ("status", include_str!("../../../spec/src/status.md")),
];

/// A requirement of the specification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Requirement {
    pub(crate) id: String,
    /// `MUST`, `SHOULD NOT` and the like.
    pub(crate) level: &'static str,
    /// Its paragraphs, in Markdown.
    pub(crate) text: String,
    /// Where it stands in the repository.
    pub(crate) place: String,
}

/// The requirement with this id.
pub(crate) fn requirement(id: &str) -> Option<Requirement> {
    let heading = format!("> **{id}** · ");
    CHAPTERS.iter().find_map(|(chapter, text)| {
        let mut lines = text.lines().skip_while(|line| !line.starts_with(&heading));
        let level = lines.next()?.strip_prefix(&heading)?;
        let quoted: Vec<&str> = lines.map_while(|line| line.strip_prefix('>')).collect();
        let lines: Vec<&str> = quoted.iter().map(|line| line.trim()).collect();
        Some(Requirement {
            id: id.to_string(),
            level,
            text: lines.join("\n").trim().to_string(),
            place: format!("spec/src/{chapter}.md#{id}"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_as_it_is_written() {
        let found = requirement("header-block.blank-before-colon").unwrap();
        assert_eq!(found.level, "MUST NOT");
        assert!(found.text.starts_with("A field line with blanks between"));
        assert!(found.text.ends_with("\n\nSource: RFC 3875 §6.3."));
        assert_eq!(
            found.place,
            "spec/src/header-block.md#header-block.blank-before-colon"
        );
        assert_eq!(requirement("header-block"), None);
        assert_eq!(requirement(""), None);
    }

    /// Every rule that output can break has a text to link to.
    #[test]
    fn every_rule_has_its_text() {
        for rule in crate::gateway::Rule::ALL {
            assert!(requirement(rule.id()).is_some(), "{}", rule.id());
        }
    }
}
