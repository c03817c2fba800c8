//! `coverage`: which requirements have cases.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;

use super::{HARNESS, failed, printed};
use crate::coverage::{self, Covered, Summary};
use crate::run::Suite;

#[derive(Debug, Clone, Args)]
pub(super) struct CoverageArguments {
    /// As JSON: {"requirements": n, "tested": n, "excluded": n, "untested": [ids], "cases": n}
    #[arg(long)]
    json: bool,
}

impl CoverageArguments {
    pub(super) fn execute(self, suite: Suite) -> ExitCode {
        let summary = Summary::of(suite.requirements, suite.library);
        if self.json {
            return match serde_json::to_string(&summary) {
                Ok(json) => printed(&(json + "\n")),
                Err(error) => failed(HARNESS, error),
            };
        }
        printed(&table(suite, &summary))
    }
}

/// MUST and SHOULD by chapter, then what has no case.
fn table(suite: Suite, summary: &Summary) -> String {
    let mut text = String::new();
    let width = suite
        .requirements
        .chapters
        .iter()
        .map(|(_, title)| title.chars().count())
        .max()
        .unwrap_or(0);
    let bold = anstyle::Style::new().bold();
    let _ = writeln!(
        text,
        "{bold}{:width$}  tested  excluded  untested{bold:#}",
        "Chapter"
    );
    for (chapter, title) in &suite.requirements.chapters {
        let all = suite
            .requirements
            .iter()
            .filter(|one| one.chapter == *chapter && one.is_binding());
        let (mut tested, mut excluded, mut untested) = (0, 0, 0);
        for requirement in all {
            match coverage::of(requirement, suite.library) {
                Covered::Tested => tested += 1,
                Covered::Excluded => excluded += 1,
                Covered::Untested => untested += 1,
            }
        }
        if tested + excluded + untested > 0 {
            let _ = writeln!(
                text,
                "{title:width$}  {tested:>6}  {excluded:>8}  {untested:>8}"
            );
        }
    }
    let (tested, excluded, untested) = (summary.tested, summary.excluded, summary.untested.len());
    let _ = writeln!(
        text,
        "{bold}{:width$}  {tested:>6}  {excluded:>8}  {untested:>8}{bold:#}",
        "Total"
    );
    let testable = summary.requirements - excluded;
    let _ = writeln!(
        text,
        "\n{} cases test {tested} of {testable} testable requirements of level MUST and SHOULD.",
        summary.cases
    );
    if untested > 0 {
        let _ = writeln!(text, "\nWithout a case:");
        for id in &summary.untested {
            let _ = writeln!(text, "  {id}");
        }
    }
    let mut excluded = suite
        .requirements
        .iter()
        .filter(|one| one.is_binding() && coverage::of(one, suite.library) == Covered::Excluded)
        .peekable();
    if excluded.peek().is_some() {
        let _ = writeln!(text, "\nNot testable over HTTP:");
    }
    for requirement in excluded {
        let reason = requirement.excluded.as_deref().unwrap_or_default();
        let _ = writeln!(text, "  {}: {reason}", requirement.id);
    }
    text
}
