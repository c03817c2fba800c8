//! `list`: the cases.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::cases::CasesArguments;
use super::{HARNESS, failed, printed};
use crate::outcome::Level;
use crate::property;
use crate::run::Suite;

#[derive(Debug, Clone, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    cases: CasesArguments,
    /// As a JSON array of objects with id, title, area, level, requirements, profiles and needs
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    title: &'a str,
    area: &'a str,
    level: Level,
    requirements: &'a [String],
    profiles: Vec<&'static str>,
    needs: Vec<&'static str>,
}

impl ListArguments {
    pub(super) fn execute(self, suite: Suite) -> ExitCode {
        let suite = match self.cases.apply(suite) {
            Ok(suite) => suite,
            Err(code) => return code,
        };
        if self.json {
            let rows: Vec<_> = suite
                .library
                .iter()
                .map(|one| Row {
                    id: &one.case.id,
                    title: &one.case.title,
                    area: &one.area,
                    level: one.level,
                    requirements: &one.case.requirements,
                    profiles: one
                        .case
                        .profiles
                        .iter()
                        .map(|profile| profile.name())
                        .collect(),
                    needs: one
                        .case
                        .needs
                        .iter()
                        .map(|feature| feature.name())
                        .collect(),
                })
                .collect();
            return match serde_json::to_string_pretty(&rows) {
                Ok(json) => printed(&(json + "\n")),
                Err(error) => failed(HARNESS, error),
            };
        }
        let mut text = String::new();
        let bold = anstyle::Style::new().bold();
        let width = suite
            .library
            .iter()
            .map(|one| one.case.id.len())
            .max()
            .unwrap_or(0);
        for (chapter, title) in &suite.requirements.chapters {
            let mut cases = suite
                .library
                .iter()
                .filter(|one| one.area == *chapter)
                .peekable();
            if cases.peek().is_some() {
                let _ = writeln!(text, "{bold}{title}{bold:#}");
            }
            for one in cases {
                let level = level_word(one.level);
                let _ = writeln!(
                    text,
                    "  {level:<6} {:<width$}  {}",
                    one.case.id, one.case.title
                );
            }
        }
        let _ = writeln!(text, "{bold}Property tests{bold:#}");
        for (id, title) in property::titles() {
            let _ = writeln!(text, "  must   {id:<width$}  {title}");
        }
        printed(&text)
    }
}

pub(super) fn level_word(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May => "may",
    }
}
