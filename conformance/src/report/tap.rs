//! TAP 14, the Test Anything Protocol: a test point per case, in the order of the specification.
//!
//! What is not applicable is skipped, what the baseline lists is a TODO, and a warning that the
//! level does not make red is `ok` with a diagnostic. A run that is not complete bails out. Every
//! text is one line in which `\` and `#` are escaped, and every value of a diagnostic stands in
//! double quotes: nothing that a server sent can begin a line or become a directive.

use std::io::{self, Write};

use crate::outcome::{CaseRecord, Outcome, Report, Reproducer};
use crate::report::verdict::{self, Verdict};
use crate::report::{failure, label, summary};
use crate::text::visible;

/// Writes the report as TAP.
pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "TAP version 14")?;
    heading(report, out)?;
    let verdict = Verdict::of(report);
    let complete = !matches!(
        verdict,
        Verdict::Interrupted | Verdict::Unusable | Verdict::NothingRan
    );
    let points = report.records.len() + report.stale.len();
    if complete {
        writeln!(out, "1..{points}")?;
    }
    for (i, record) in report.records.iter().enumerate() {
        point(report, record, i + 1, out)?;
    }
    for (i, entry) in report.stale.iter().enumerate() {
        let number = report.records.len() + i + 1;
        writeln!(out, "not ok {number} - baseline: {}", escape(entry))?;
    }
    writeln!(out, "# {}", visible(&summary::coverage_line(report)))?;
    let sentence = verdict.sentence(report);
    if complete {
        writeln!(out, "# {}", visible(&sentence))
    } else {
        writeln!(out, "Bail out! {}", escape(&sentence))
    }
}

fn heading(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let target = &report.target;
    writeln!(out, "# target: {}", visible(&target.name))?;
    if let Some(software) = &target.software {
        writeln!(out, "# software: {}", visible(software))?;
    }
    writeln!(out, "# address: {}", visible(&target.url))?;
    writeln!(
        out,
        "# level {}, seed {}, suite {}, specification {}",
        label::run_level(report.level),
        report.seed,
        visible(&report.suite),
        visible(&report.specification),
    )
}

fn point(
    report: &Report,
    record: &CaseRecord,
    number: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let reason = || escape(record.reason.as_deref().unwrap_or("no reason given"));
    let fails = verdict::is_red(record, report.level) || record.outcome == Outcome::ExpectedFail;
    let ok = if fails { "not ok" } else { "ok" };
    write!(out, "{ok} {number} - {}", escape(&record.id))?;
    match record.outcome {
        Outcome::NotApplicable => writeln!(out, " # SKIP {}", reason())?,
        Outcome::ExpectedFail => writeln!(out, " # TODO {}", reason())?,
        _ => writeln!(out)?,
    }
    match record.outcome {
        Outcome::NotApplicable => Ok(()),
        Outcome::Pass if record.reason.is_none() => Ok(()),
        _ => diagnostic(report, record, out),
    }
}

/// The diagnostic block: YAML in which every value is a string in double quotes.
fn diagnostic(report: &Report, record: &CaseRecord, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  ---")?;
    entry("message", &failure::line(record), out)?;
    entry("severity", label::slug(record.outcome), out)?;
    entry("level", label::level(record.level), out)?;
    entry("title", &record.title, out)?;
    if !record.requirements.is_empty() {
        writeln!(out, "  requirements:")?;
    }
    for id in &record.requirements {
        entry("  - id", id, out)?;
        if let Some(requirement) = report.requirements.get(id) {
            entry("    keyword", &requirement.keyword, out)?;
            entry("    text", &requirement.text, out)?;
            entry("    link", &requirement.link, out)?;
        }
    }
    if let Some(reason) = &record.reason {
        entry("reason", reason, out)?;
    }
    if let Some(mismatch) = &record.mismatch {
        entry("subject", &mismatch.subject, out)?;
        entry("expected", &mismatch.expected, out)?;
        entry("actual", &mismatch.actual, out)?;
    }
    if let Some(Reproducer::Curl(line) | Reproducer::Socket(line)) = &record.reproducer {
        entry("reproducer", line, out)?;
    }
    if let Some(replay) = &record.replay {
        entry("replay", replay, out)?;
    }
    if let Some(place) = &record.place {
        entry("at", place, out)?;
    }
    writeln!(out, "  ...")
}

fn entry(key: &str, value: &str, out: &mut dyn Write) -> io::Result<()> {
    // A string of JSON is one of YAML, too.
    let quoted = serde_json::to_string(visible(value).as_ref())?;
    writeln!(out, "  {key}: {quoted}")
}

/// One line of a description or of a directive.
fn escape(text: &str) -> String {
    visible(text).replace('\\', r"\\").replace('#', r"\#")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Level;
    use crate::report::fixture;

    fn tap(report: &Report) -> String {
        let mut out = Vec::new();
        render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Number, whether it is ok, and the rest of each line that a parser takes for a test point.
    fn points(tap: &str) -> Vec<(usize, bool, &str)> {
        let point = |line: &'_ str| line.starts_with("ok") || line.starts_with("not ok");
        tap.lines()
            .filter(|line| point(line))
            .map(|line| {
                let (ok, rest) = line.split_once("ok ").unwrap();
                let (number, rest) = rest.split_once(" - ").unwrap();
                (number.parse().unwrap(), ok.is_empty(), rest)
            })
            .collect()
    }

    #[test]
    fn every_outcome() {
        insta::assert_snapshot!(tap(&fixture::every_outcome()));
    }

    #[test]
    fn runs_that_are_not_complete_bail_out() {
        for report in [
            fixture::empty(),
            fixture::unusable(),
            fixture::interrupted(),
        ] {
            let tap = tap(&report);
            let last = tap.lines().last().unwrap();
            assert!(last.starts_with("Bail out! "), "{tap}");
            assert!(!tap.contains("\n1.."), "{tap}");
        }
        insta::assert_snapshot!("interrupted", tap(&fixture::interrupted()));
    }

    #[test]
    fn the_level_decides_whether_a_warning_is_ok() {
        let mut report = fixture::every_outcome();
        report.records.retain(|one| one.outcome == Outcome::Warn);
        assert!(points(&tap(&report))[0].1);
        assert!(tap(&report).contains("\n  expected: \"3000\"\n"));
        report.level = Level::Should;
        assert!(!points(&tap(&report))[0].1);
    }

    #[test]
    fn a_stale_baseline_is_not_ok() {
        let mut report = fixture::green(1);
        report.stale = vec!["entry 1 has expired\nok 3 - forged".to_owned()];
        let tap = tap(&report);
        assert!(tap.contains("\n1..2\n"), "{tap}");
        assert_eq!(points(&tap).len(), 2);
        assert!(!points(&tap)[1].1);
    }

    #[test]
    fn no_point_and_no_directive_is_forged() {
        let mut report = fixture::every_outcome();
        let evil = "x # SKIP\r\nok 99 - forged\n1..1\nBail out!\n  ...\n\u{2028}ok 98 - \\# TODO";
        for record in &mut report.records {
            record.id.push_str(evil);
            record.title = evil.to_owned();
            record.reason = Some(evil.to_owned());
            if let Some(mismatch) = &mut record.mismatch {
                mismatch.actual = evil.to_owned();
            }
            record.reproducer = Some(Reproducer::Curl(evil.to_owned()));
        }
        report.target.software = Some(evil.to_owned());
        let tap = tap(&report);
        let points = points(&tap);
        assert_eq!(points.len(), report.records.len());
        let own = |line: &str| {
            ["TAP ", "# ", "1..11", "  ", "ok ", "not ok "]
                .iter()
                .any(|start| line.starts_with(start))
        };
        for line in tap.lines() {
            assert!(own(line), "{line}");
        }
        assert_eq!(
            tap.matches("\n  ...\n").count(),
            tap.matches("\n  ---\n").count()
        );
        let directives = |word: &str| points.iter().filter(|one| one.2.contains(word)).count();
        assert_eq!((directives(" # SKIP"), directives(" # TODO")), (1, 1));
    }
}
