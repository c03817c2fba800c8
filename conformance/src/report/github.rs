//! Workflow commands: what GitHub Actions shows as annotations of a run, at the file and line of
//! the case.
//!
//! GitHub shows ten errors, ten warnings and ten notices of a step and drops the rest without a
//! word, so what matters most stands first, and the last of each kind says what is left out.

use std::io::{self, Write};

use crate::outcome::{CaseRecord, Outcome, Report, Reproducer};
use crate::report::verdict::{self, Verdict};
use crate::report::{failure, label};
use crate::text::visible;

/// How many annotations of one kind GitHub shows for a step.
const SHOWN: usize = 10;

/// Writes the report as workflow commands.
pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let verdict = Verdict::of(report);
    let mut errors = Vec::new();
    let green = matches!(verdict, Verdict::Conformant | Verdict::AsExpected);
    if !green {
        errors.push(Annotation::run(
            verdict.headline(),
            &verdict.sentence(report),
        ));
    }
    let stale = report.stale.iter();
    errors.extend(stale.map(|entry| Annotation::run("stale baseline entry", entry)));
    let (mut red, mut rest): (Vec<_>, Vec<_>) = report
        .records
        .iter()
        .partition(|record| verdict::is_red(record, report.level));
    // The order of the specification stays within each rank.
    red.sort_by_key(|record| rank(record.outcome));
    errors.extend(red.iter().map(|record| Annotation::case(report, record)));
    rest.retain(|record| record.outcome == Outcome::Warn);
    let warnings = rest.iter().map(|record| Annotation::case(report, record));
    print("error", errors, out)?;
    print("warning", warnings.collect(), out)?;
    if green {
        let notice = Annotation::run(verdict.headline(), &verdict.sentence(report));
        print("notice", vec![notice], out)?;
    }
    Ok(())
}

/// What cannot be relied on comes before what is wrong, and that before what follows from it.
fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::HarnessError => 0,
        Outcome::Fail => 1,
        Outcome::UnexpectedPass => 2,
        Outcome::Warn => 3,
        _ => 4,
    }
}

struct Annotation {
    title: String,
    place: Option<(String, String)>,
    text: String,
}

impl Annotation {
    fn run(title: &str, text: &str) -> Self {
        Self {
            title: format!("WAGI conformance: {title}"),
            place: None,
            text: visible(text).into_owned(),
        }
    }

    fn case(report: &Report, record: &CaseRecord) -> Self {
        let place = record.place.as_deref().and_then(|place| {
            let (file, line) = place.rsplit_once(':')?;
            // Cases of one's own stand where their path says.
            let folder = match file.starts_with("cases/") {
                true => "conformance/",
                false => "",
            };
            Some((
                format!("{folder}{}", visible(file)),
                visible(line).into_owned(),
            ))
        });
        let mut lines = vec![format!("{}: {}", record.title, failure::line(record))];
        for id in &record.requirements {
            if let Some(requirement) = report.requirements.get(id) {
                lines.push(format!(
                    "{} {id}: {}",
                    requirement.keyword, requirement.link
                ));
            }
        }
        if let Some(Reproducer::Curl(line) | Reproducer::Socket(line)) = &record.reproducer {
            lines.push(line.clone());
        }
        let lines: Vec<_> = lines.iter().map(|line| visible(line)).collect();
        Self {
            title: format!("{}: {}", label::words(record.outcome), visible(&record.id)),
            place,
            text: lines.join("\n"),
        }
    }
}

fn print(command: &str, mut all: Vec<Annotation>, out: &mut dyn Write) -> io::Result<()> {
    if let Some(more) = all.len().checked_sub(SHOWN).filter(|&more| more > 0) {
        let more = more + 1;
        all.truncate(SHOWN - 1);
        all.push(Annotation::run(
            &format!("{more} more"),
            &format!("{more} more of this kind are in the job's log and in the other reports"),
        ));
    }
    for one in all {
        write!(out, "::{command} title={}", property(&one.title))?;
        if let Some((file, line)) = &one.place {
            write!(out, ",file={},line={}", property(file), property(line))?;
        }
        writeln!(out, "::{}", data(&one.text))?;
    }
    Ok(())
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn commands(report: &Report) -> String {
        let mut out = Vec::new();
        render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_outcome() {
        insta::assert_snapshot!(commands(&fixture::every_outcome()));
    }

    #[test]
    fn runs() {
        let mut stale = fixture::green(3);
        stale.stale = vec!["entry 2 has expired".to_owned()];
        let reports = [
            fixture::green(240),
            stale,
            fixture::empty(),
            fixture::unusable(),
            fixture::interrupted(),
        ];
        insta::assert_snapshot!("runs", reports.map(|one| commands(&one)).concat());
    }

    #[test]
    fn no_more_than_github_shows_and_what_matters_first() {
        let mut report = fixture::green(240);
        for record in &mut report.records[..100] {
            record.outcome = Outcome::SetupFailed;
        }
        for record in &mut report.records[100..130] {
            record.outcome = Outcome::Warn;
        }
        report.records[130].outcome = Outcome::Fail;
        report.records[131].outcome = Outcome::HarnessError;
        let commands = commands(&report);
        let lines: Vec<_> = commands.lines().collect();
        assert_eq!(lines.len(), 2 * SHOWN);
        assert!(lines[0].contains("The suite failed"));
        assert!(lines[1].contains("harness error"));
        assert!(lines[2].starts_with("::error title=fail%3A "));
        assert!(lines[9].contains("94 more of this kind"), "{}", lines[9]);
        assert!(lines[19].contains("21 more of this kind"), "{}", lines[19]);
    }

    #[test]
    fn no_command_is_forged() {
        let mut report = fixture::every_outcome();
        let evil = "a,file=/etc/passwd::x%0A\r\n::error::forged\n##[error]forged";
        for record in &mut report.records {
            record.id = evil.to_owned();
            record.title = evil.to_owned();
            record.reason = Some(evil.to_owned());
            record.reproducer = Some(Reproducer::Curl(evil.to_owned()));
        }
        let commands = commands(&report);
        // As the runner takes a command apart.
        for line in commands.lines() {
            let (head, _) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (command, properties) = head.split_once(' ').unwrap();
            assert!(["error", "warning", "notice"].contains(&command), "{line}");
            let names: Vec<_> = properties
                .split(',')
                .map(|one| one.split('=').next())
                .collect();
            assert!(
                [&["title"][..], &["title", "file", "line"]]
                    .iter()
                    .any(|known| names.iter().flatten().eq(known.iter())),
                "{line}"
            );
        }
        assert_eq!(
            commands.lines().count(),
            super::tests::commands(&fixture::every_outcome())
                .lines()
                .count()
        );
    }
}
