//! The end of a run on the terminal: the table by area, coverage, the verdict.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use crate::outcome::{Level, Outcome, Report};
use crate::report::verdict::Verdict;
use crate::report::{prose, table};
use crate::text::visible;

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// Prints the heading, the table and what is left to say about the run.
pub(super) fn print(report: &Report, width: usize, out: &mut dyn Write) -> io::Result<()> {
    heading(report, out)?;
    if !report.records.is_empty() {
        writeln!(out)?;
        table::print(report, width, out)?;
        writeln!(out)?;
        reasons(report, width, out)?;
        write_observations(report, width, out)?;
    }
    coverage(report, width, out)?;
    stale(report, width, out)?;
    verdict(report, width, out)
}

fn heading(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let target = &report.target;
    write!(out, "{BOLD}{}{BOLD:#}", visible(&target.name))?;
    if let Some(software) = &target.software {
        write!(out, " {DIM}({}){DIM:#}", shorten(&visible(software), 40))?;
    }
    // A server that did not start has none.
    if target.url != target.name && !target.url.is_empty() {
        write!(out, " {DIM}at{DIM:#} {}", visible(&target.url))?;
    }
    if !target.profiles.is_empty() {
        let profiles: Vec<_> = target.profiles.iter().map(|p| visible(p)).collect();
        write!(out, "\n{DIM}profiles{DIM:#} {}", profiles.join(", "))?;
    }
    writeln!(out)
}

/// `text`, cut to `width` columns.
pub(super) fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        if format!("{short}{c}…").width() > width {
            break;
        }
        short.push(c);
    }
    short.trim_end().to_owned() + "…"
}

/// Why cases did not apply, most frequent first.
fn reasons(report: &Report, width: usize, out: &mut dyn Write) -> io::Result<()> {
    const SHOWN: usize = 6;
    let mut reasons = BTreeMap::<&str, usize>::new();
    let not_applicable = |outcome| outcome == Outcome::NotApplicable;
    for record in report
        .records
        .iter()
        .filter(|record| not_applicable(record.outcome))
    {
        *reasons
            .entry(record.reason.as_deref().unwrap_or("no reason given"))
            .or_default() += 1;
    }
    if reasons.is_empty() {
        return Ok(());
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|&(reason, count)| (std::cmp::Reverse(count), reason));
    for (reason, count) in reasons.iter().take(SHOWN) {
        let line = format!("{count:>4} not applicable: {}", visible(reason));
        writeln!(out, "{DIM}{}{DIM:#}", shorten(&line, width))?;
    }
    if let Some(rest) = reasons.get(SHOWN..).filter(|rest| !rest.is_empty()) {
        let cases: usize = rest.iter().map(|(_, count)| count).sum();
        writeln!(
            out,
            "{DIM}{cases:>4} not applicable for other reasons{DIM:#}"
        )?;
    }
    writeln!(out)
}

/// What the target does where the specification leaves it open: the case, and what was seen.
pub(super) fn observations(report: &Report) -> impl Iterator<Item = (&String, &String)> {
    report
        .records
        .iter()
        .filter(|record| record.level == Level::May && record.outcome == Outcome::Pass)
        .filter_map(|record| Some((&record.id, record.reason.as_ref()?)))
}

/// At level `all`: what the target does where the specification leaves it open.
fn write_observations(report: &Report, width: usize, out: &mut dyn Write) -> io::Result<()> {
    if report.level != Level::May {
        return Ok(());
    }
    let mut seen = observations(report).peekable();
    if seen.peek().is_none() {
        return Ok(());
    }
    for (id, reason) in seen {
        let line = format!("{}  {}", visible(id), visible(reason));
        writeln!(out, "{}", shorten(&line, width))?;
    }
    writeln!(out)
}

/// What is wrong with the baseline itself.
fn stale(report: &Report, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let style = AnsiColor::Magenta.on_default().bold();
    for entry in &report.stale {
        let text = format!("stale baseline entry: {}", visible(entry));
        for line in prose::wrap_plain(&text, width) {
            writeln!(out, "{style}{line}{style:#}")?;
        }
    }
    Ok(())
}

fn coverage(report: &Report, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let line = coverage_line(report);
    match line.rsplit_once(", ") {
        Some((tested, excluded)) if line.width() > width && tested.width() < width => {
            writeln!(out, "{tested},\n{excluded}")
        }
        _ => {
            for line in prose::wrap_plain(&line, width) {
                writeln!(out, "{line}")?;
            }
            Ok(())
        }
    }
}

/// `specification 0.1.0: 9 of 10 requirements tested (90.0 %), 1 excluded with reason`
pub(super) fn coverage_line(report: &Report) -> String {
    let coverage = report.coverage;
    #[expect(
        clippy::cast_precision_loss,
        reason = "there are some hundred requirements"
    )]
    let percent = match coverage.requirements {
        0 => 0.0,
        all => coverage.tested as f64 / all as f64 * 100.0,
    };
    // Not quite all is never shown as all.
    let percent = if coverage.tested < coverage.requirements {
        percent.min(99.9)
    } else {
        percent
    };
    let mut line = format!(
        "specification {}: {} of {} requirements tested ({percent:.1} %)",
        visible(&report.specification),
        coverage.tested,
        coverage.requirements,
    );
    if coverage.excluded > 0 {
        line.push_str(&format!(", {} excluded with reason", coverage.excluded));
    }
    line
}

fn verdict(report: &Report, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let verdict = Verdict::of(report);
    let style = match verdict {
        Verdict::Conformant | Verdict::AsExpected => AnsiColor::Green.on_default().bold(),
        Verdict::Interrupted => AnsiColor::Yellow.on_default().bold(),
        _ => AnsiColor::Red.on_default().bold(),
    };
    let exit = format!("(exit {})", verdict.exit_code());
    let lines = prose::wrap_plain(&verdict.sentence(report), width);
    for (i, line) in lines.iter().enumerate() {
        write!(out, "{style}{line}{style:#}")?;
        if i + 1 < lines.len() {
            writeln!(out)?;
        } else {
            // In one piece, on a line of its own where there is no room.
            let fits = line.width() + 1 + exit.width() <= width;
            let gap = if fits { " " } else { "\n" };
            writeln!(out, "{gap}{DIM}{exit}{DIM:#}")?;
        }
    }
    let suite = visible(&report.suite);
    let time = duration(report.duration);
    writeln!(
        out,
        "{DIM}{time}, seed {}, suite {suite}{DIM:#}",
        report.seed
    )
}

/// A duration for people: `850 ms`, `4.2 s`, `1 min 12 s`.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.9995 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 59.95 {
        format!("{seconds:.1} s")
    } else {
        let seconds = seconds.round();
        format!(
            "{:.0} min {:.0} s",
            (seconds / 60.0).floor(),
            seconds % 60.0
        )
    }
}
