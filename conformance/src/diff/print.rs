//! The comparison for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Change, Difference, Run, Side};
use crate::outcome::Level;
use crate::report::label;
use crate::text::visible;

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const PLAIN: Style = AnsiColor::Cyan.on_default().bold();
/// Long values are cut.
const SHOWN: usize = 200;

/// Prints it with ANSI colours: hand in an `anstream` stream, which takes them away where they are
/// not wanted.
pub fn print(difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
    run("before", &difference.before, out)?;
    run("after", &difference.after, out)?;
    versions(difference, out)?;
    let sections = [
        ("Newly failing", BAD, &difference.newly_failing),
        ("No longer tested", BAD, &difference.no_longer_tested),
        ("Newly passing", GOOD, &difference.newly_passing),
        ("Changed outcomes", PLAIN, &difference.changed_outcomes),
        (
            "Changed observations",
            PLAIN,
            &difference.changed_observations,
        ),
        ("New cases", PLAIN, &difference.new),
        ("Removed cases", PLAIN, &difference.removed),
    ];
    for (title, style, changes) in sections {
        if changes.is_empty() {
            continue;
        }
        writeln!(out, "\n{style}{title}{style:#} ({})", changes.len())?;
        for change in changes {
            self::change(change, out)?;
        }
    }
    writeln!(out)?;
    match (difference.worse, difference.is_empty()) {
        (true, _) => writeln!(out, "{BAD}Worse{BAD:#}: {}", counts(difference)),
        (false, true) => writeln!(out, "{GOOD}The same{GOOD:#} in every case"),
        (false, false) => writeln!(
            out,
            "{GOOD}Nothing got worse{GOOD:#}: {}",
            counts(difference)
        ),
    }
}

fn run(word: &str, run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let software = run
        .software
        .as_deref()
        .map(|text| format!(" ({})", visible(text)));
    writeln!(
        out,
        "{DIM}{word:<7}{DIM:#} {BOLD}{}{BOLD:#}{}  {}, {} put to the test",
        visible(&run.target),
        software.unwrap_or_default(),
        run.verdict.to_lowercase(),
        label::count(run.executed, "case", "cases"),
    )?;
    match &run.incomplete {
        Some(reason) => writeln!(out, "        {BAD}incomplete{BAD:#}: {}", visible(reason)),
        None => Ok(()),
    }
}

/// What makes the two runs hard to compare.
fn versions(difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
    let (before, after) = (&difference.before, &difference.after);
    let level = |level: Level| label::run_level(level).to_owned();
    let profiles = |list: &[String]| match list {
        [] => "all".to_owned(),
        list => list.join(", "),
    };
    let pairs = [
        ("suite", before.suite.clone(), after.suite.clone()),
        (
            "specification",
            before.specification.clone(),
            after.specification.clone(),
        ),
        ("target", before.target.clone(), after.target.clone()),
        ("level", level(before.level), level(after.level)),
        (
            "profiles",
            profiles(&before.profiles),
            profiles(&after.profiles),
        ),
    ];
    for (what, before, after) in pairs {
        if before != after {
            let (before, after) = (visible(&before), visible(&after));
            writeln!(
                out,
                "{DIM}note{DIM:#}    another {what}: {before} → {after}"
            )?;
        }
    }
    Ok(())
}

fn change(change: &Change, out: &mut dyn Write) -> io::Result<()> {
    let word = |side: &Option<Side>| match side {
        Some(side) => {
            let style = label::style(side.outcome);
            format!("{style}{}{style:#}", label::words(side.outcome))
        }
        None => format!("{DIM}not there{DIM:#}"),
    };
    let (before, after) = (word(&change.before), word(&change.after));
    let outcomes = match (&change.before, &change.after) {
        (Some(a), Some(b)) if a.outcome == b.outcome => String::new(),
        _ => format!("  {before} → {after}"),
    };
    writeln!(out, "  {BOLD}{}{BOLD:#}{outcomes}", visible(&change.id))?;
    writeln!(out, "    {}", visible(&change.title))?;
    let mismatch = change
        .after
        .as_ref()
        .and_then(|side| side.mismatch.as_ref());
    if let Some(miss) = mismatch {
        writeln!(
            out,
            "    {DIM}{}{DIM:#}: expected {}, actual {}",
            visible(&miss.subject),
            cut(&miss.expected),
            cut(&miss.actual),
        )?;
        return Ok(());
    }
    let reason = |side: &Option<Side>| side.as_ref().and_then(|side| side.reason.clone());
    match (reason(&change.before), reason(&change.after)) {
        (Some(before), Some(after)) if before != after => {
            writeln!(out, "    {DIM}before{DIM:#} {}", cut(&before))?;
            writeln!(out, "    {DIM}after{DIM:#}  {}", cut(&after))
        }
        (_, Some(reason)) => writeln!(out, "    {}", cut(&reason)),
        (Some(reason), None) => writeln!(out, "    {DIM}before{DIM:#} {}", cut(&reason)),
        (None, None) => Ok(()),
    }
}

fn cut(text: &str) -> String {
    let text = visible(text);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None if text.is_empty() => "(empty)".to_owned(),
        None => text.into_owned(),
    }
}

fn counts(difference: &Difference) -> String {
    let counts = [
        (difference.newly_failing.len(), "newly failing"),
        (difference.no_longer_tested.len(), "no longer tested"),
        (difference.newly_passing.len(), "newly passing"),
        (difference.changed_outcomes.len(), "with another outcome"),
        (
            difference.changed_observations.len(),
            "with another observation",
        ),
        (difference.new.len(), "new"),
        (difference.removed.len(), "removed"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|&(count, _)| count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    match counts.is_empty() {
        true => "the later run is incomplete".to_owned(),
        false => counts.join(", "),
    }
}
