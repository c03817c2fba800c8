//! `explain`: a requirement or a case, for people.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;

use super::cases::CasesArguments;
use super::list::level_word;
use super::{printed, unknown};
use crate::case::bytes::Context;
use crate::case::library::Loaded;
use crate::case::matcher::expectations;
use crate::case::schema::{Answers, FollowUp};
use crate::mount::MountTable;
use crate::property::{self, About};
use crate::requirement::Requirement;
use crate::run::Suite;
use crate::text::escaped;

#[derive(Debug, Clone, Args)]
#[command(after_help = "Example: wagi-conformance explain env.path-info.decoded-once")]
pub(super) struct ExplainArguments {
    /// A requirement, a case or a property test
    id: String,
    #[command(flatten)]
    cases: CasesArguments,
}

impl ExplainArguments {
    pub(super) fn execute(self, suite: Suite) -> ExitCode {
        let suite = match self.cases.apply(suite) {
            Ok(suite) => suite,
            Err(code) => return code,
        };
        let mut text = String::new();
        if let Some(requirement) = suite.requirements.get(&self.id) {
            explain_requirement(&mut text, requirement, suite);
        }
        if let Some(case) = suite.library.get(&self.id) {
            if !text.is_empty() {
                text.push('\n');
            }
            explain_case(&mut text, case, suite);
        }
        if let Some(about) = property::about(&self.id) {
            explain_property(&mut text, about, &self.id, suite);
        }
        if text.is_empty() {
            unknown(&self.id, suite)
        } else {
            printed(&text)
        }
    }
}

fn heading(out: &mut String, keyword: &str, id: &str, title: &str) {
    let bold = anstyle::Style::new().bold();
    let _ = writeln!(out, "{bold}{id}{bold:#}  {keyword}  ({title})\n");
}

fn indented(out: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "{}", format!("  {line}").trim_end());
    }
}

fn explain_requirement(out: &mut String, requirement: &Requirement, suite: Suite) {
    heading(
        out,
        &requirement.keyword,
        &requirement.id,
        &requirement.chapter_title,
    );
    indented(out, &requirement.text);
    let _ = writeln!(out, "\n  Source: {}", requirement.source);
    let _ = writeln!(out, "  Link: {}", requirement.link());
    if let Some(reason) = &requirement.excluded {
        let _ = writeln!(out, "  Not testable: {reason}");
    }
    let cases: Vec<_> = suite.library.testing(&requirement.id).collect();
    if cases.is_empty() {
        let _ = writeln!(out, "\nNo case tests it.");
    } else {
        let _ = writeln!(out, "\nTested by:");
    }
    for one in cases {
        let _ = writeln!(out, "  {}: {}", one.case.id, one.case.title);
    }
}

fn explain_property(out: &mut String, about: About, id: &str, suite: Suite) {
    let About {
        id: own,
        title,
        draws,
        conforms,
        requirements,
    } = about;
    heading(out, "must", own, "property test");
    indented(out, title);
    let _ = writeln!(out, "\nDraws:");
    indented(out, &wrapped(draws));
    let _ = writeln!(out, "\nConforms:");
    indented(out, &wrapped(conforms));
    let _ = writeln!(
        out,
        "\nA case that does not conform is made as small as it can be. Each requirement that is violated is\n\
         reported once: the first as `{own}`, every further one as `{own}.REQUIREMENT`.\n\n\
         Run it:     wagi-conformance run {own} --property-cases 2000\n\
         One case:   wagi-conformance reproduce {own} --seed SEED --case NUMBER\n\
         A failure:  wagi-conformance replay {}/{id}.toml",
        crate::saved::FOLDER,
    );
    let finding = id.strip_prefix(own).and_then(|rest| rest.strip_prefix('.'));
    if let Some(requirement) = finding.and_then(|id| suite.requirements.get(id)) {
        out.push_str("\nHere:\n\n");
        explain_requirement(out, requirement, suite);
        return;
    }
    let _ = writeln!(out, "\nTests:");
    for requirement in requirements
        .iter()
        .filter_map(|id| suite.requirements.get(id))
    {
        let _ = writeln!(out, "  {}  {}", requirement.id, requirement.keyword);
    }
}

/// In lines of a readable length.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 96;
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is one from the beginning");
        if last.len() + word.len() >= WIDTH {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.join("\n")
}

fn explain_case(out: &mut String, loaded: &Loaded, suite: Suite) {
    let case = &loaded.case;
    heading(
        out,
        level_word(loaded.level),
        &case.id,
        &format!("case in {}:{}", loaded.place.file, loaded.place.line),
    );
    indented(out, &case.title);
    if let Some(why) = &case.why {
        let _ = writeln!(out);
        indented(out, why);
    }
    let _ = writeln!(out, "\nTests:");
    for requirement in case
        .requirements
        .iter()
        .filter_map(|id| suite.requirements.get(id))
    {
        let _ = writeln!(out, "  {}  {}", requirement.id, requirement.keyword);
        for line in requirement.text.lines() {
            let _ = writeln!(out, "{}", format!("    {line}").trim_end());
        }
    }
    let _ = writeln!(out, "\nRuns:");
    let profiles: Vec<_> = case.profiles.iter().map(|profile| profile.name()).collect();
    let _ = writeln!(out, "  in the profiles: {}", profiles.join(", "));
    for feature in &case.needs {
        let _ = writeln!(out, "  only on servers with: {}", feature.name());
    }
    if let Some(twin) = &case.twin {
        let _ = writeln!(
            out,
            "  counts only beside its twin, which must be accepted: {twin}"
        );
    }
    if case.repeat > 1 {
        let _ = writeln!(
            out,
            "  {} times in a row, with the same status every time",
            case.repeat
        );
    }
    if case.parallel > 1 {
        let _ = writeln!(out, "  {} times at once", case.parallel);
    }
    if let Some(background) = &case.background {
        let (mount, beyond) = (&background.mount, background.beyond_cores);
        let _ = writeln!(
            out,
            "  while the number of cores plus {beyond} requests to `{mount}` are under way"
        );
    }
    if case.same_connection {
        let _ = writeln!(out, "  with all exchanges on one connection");
    }
    if case.follow_up != FollowUp::No {
        let closed = match case.follow_up {
            FollowUp::IfOpen => ", or find it closed,",
            _ => "",
        };
        let _ = writeln!(
            out,
            "  and a plain request on the same connection must get its own answer{closed} afterwards"
        );
    }
    for exchange in &loaded.exchanges {
        let name = exchange.mount.as_ref().unwrap_or(&case.mount);
        let _ = writeln!(out, "\nSends (mount `{name}`):");
        let request = exchange.request.build(&context(name));
        sent(out, &request.bytes());
        answers(out, &exchange.expect);
    }
}

/// The bytes of a request, a line each; equal lines and long ones are shortened.
fn sent(out: &mut String, bytes: &[u8]) {
    const LINES: usize = 40;
    const WIDTH: usize = 160;
    let mut lines = bytes.split_inclusive(|&byte| byte == b'\n').peekable();
    let mut shown = 0;
    while let Some(line) = lines.next() {
        if shown == LINES {
            let left: usize = 1 + lines.count();
            let _ = writeln!(out, "  … and {left} lines more");
            return;
        }
        let mut equal = 1;
        while lines.next_if_eq(&line).is_some() {
            equal += 1;
        }
        let cut = if line.len() > WIDTH {
            format!("… ({} bytes)", line.len())
        } else {
            String::new()
        };
        let text = escaped(&line[..line.len().min(WIDTH)]);
        let times = if equal > 1 {
            format!("   ({equal} times)")
        } else {
            String::new()
        };
        let _ = writeln!(out, "  {text}{cut}{times}");
        shown += 1;
    }
}

/// The placeholders stay, but for the mount.
fn context(name: &str) -> Context {
    let mount = MountTable::builtin().get(name);
    Context {
        mount: mount.map_or_else(String::new, |mount| mount.path().to_owned()),
        pattern: mount.map_or_else(String::new, |mount| mount.route.clone()),
        nonce: "{nonce}".to_owned(),
        host: "{host}".to_owned(),
    }
}

fn answers(out: &mut String, answers: &Answers) {
    for (index, answer) in answers.alternatives().iter().enumerate() {
        let label = answer
            .label
            .as_ref()
            .map(|label| format!(" ({})", escaped(label.as_bytes())));
        let word = if index == 0 { "Conforms" } else { "Or" };
        let _ = writeln!(out, "\n{word}{}:", label.unwrap_or_default());
        for line in expectations(answer) {
            let _ = writeln!(out, "  {line}");
        }
    }
}
