//! One case on the terminal: what was asked, what came, how to repeat it, where it is written.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use crate::outcome::{CaseRecord, Mismatch, Report, Reproducer};
use crate::report::{difference, label, prose, trace};
use crate::text::visible;

/// Columns before the texts: the labels `expected`, `reproduce`, `SHOULD NOT` stand there.
pub(super) const INDENT: usize = 14;
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// Prints the case, followed by an empty line.
pub(super) fn print(
    report: &Report,
    record: &CaseRecord,
    wire: bool,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let style = label::style(record.outcome);
    let word = label::words(record.outcome).to_uppercase();
    writeln!(
        out,
        "{style}{word}{style:#}  {BOLD}{}{BOLD:#}",
        visible(&record.id)
    )?;
    for line in prose::wrap_plain(&record.title, width.saturating_sub(2)) {
        writeln!(out, "  {line}")?;
    }
    writeln!(out)?;
    requirements(report, record, width, out)?;
    if let Some(reason) = &record.reason {
        paragraph("reason", reason, width, out)?;
    }
    if let Some(mismatch) = &record.mismatch {
        self::mismatch(mismatch, width, out)?;
    }
    if let Some(Reproducer::Curl(line) | Reproducer::Socket(line)) = &record.reproducer {
        // Never wrapped: it is there to be copied.
        entry("reproduce", &visible(line), out)?;
    }
    if let Some(line) = &record.replay {
        entry("replay", &visible(line), out)?;
    }
    let links = record
        .requirements
        .iter()
        .filter_map(|id| report.requirements.get(id));
    for (i, requirement) in links.enumerate() {
        entry(
            if i == 0 { "see" } else { "" },
            &visible(&requirement.link),
            out,
        )?;
    }
    if wire {
        trace::print(&record.exchanges, width, out)?;
    }
    writeln!(out)
}

/// The difference, or the reason, in one line.
pub(super) fn line(record: &CaseRecord) -> String {
    let line = match (&record.mismatch, &record.reason) {
        (
            Some(Mismatch {
                subject,
                expected,
                actual,
            }),
            _,
        ) => {
            // Long values part somewhere in the middle: show that place.
            let shown = difference::excerpt(expected, actual, 60);
            let (expected, actual) = (or_empty(&shown.expected), or_empty(&shown.actual));
            format!("{subject}: expected {expected}, actual {actual}")
        }
        (None, Some(reason)) => reason.clone(),
        (None, None) => record.title.clone(),
    };
    visible(&line).into_owned()
}

/// A label with one line of text.
pub(super) fn entry(label: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    styled(DIM, label, text, out)
}

fn styled(style: Style, label: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let gap = (INDENT - 2).saturating_sub(label.width()).max(1);
    writeln!(out, "  {style}{label}{style:#}{:gap$}{text}", "")
}

fn requirements(
    report: &Report,
    record: &CaseRecord,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for id in &record.requirements {
        let Some(requirement) = report.requirements.get(id) else {
            let level = label::level(record.level).to_uppercase();
            styled(BOLD, &level, &visible(id), out)?;
            continue;
        };
        styled(BOLD, &visible(&requirement.keyword), &visible(id), out)?;
        for line in prose::wrap(&requirement.text, width.saturating_sub(INDENT).max(20)) {
            entry("", &line, out)?;
        }
    }
    Ok(())
}

fn mismatch(mismatch: &Mismatch, width: usize, out: &mut dyn Write) -> io::Result<()> {
    const GOOD: Style = AnsiColor::Green.on_default();
    const BAD: Style = AnsiColor::Red.on_default();
    let expected = visible(&mismatch.expected);
    let actual = visible(&mismatch.actual);
    let shown = difference::excerpt(&expected, &actual, width.saturating_sub(INDENT).max(20));
    entry("looked at", &visible(&mismatch.subject), out)?;
    entry(
        "expected",
        &format!("{GOOD}{}{GOOD:#}", or_empty(&shown.expected)),
        out,
    )?;
    entry(
        "actual",
        &format!("{BAD}{}{BAD:#}", or_empty(&shown.actual)),
        out,
    )?;
    if expected != actual {
        let hint = if shown.column + INDENT + 18 <= width {
            " first difference"
        } else {
            ""
        };
        let caret = format!(
            "{:column$}{BAD}^{BAD:#}{DIM}{hint}{DIM:#}",
            "",
            column = shown.column
        );
        entry("", &caret, out)?;
    }
    Ok(())
}

fn or_empty(value: &str) -> &str {
    if value.is_empty() { "(empty)" } else { value }
}

fn paragraph(label: &str, text: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let lines = prose::wrap_plain(text, width.saturating_sub(INDENT).max(20));
    for (i, line) in lines.iter().enumerate() {
        entry(if i == 0 { label } else { "" }, line, out)?;
    }
    Ok(())
}
