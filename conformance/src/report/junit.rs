//! JUnit XML for CI: a suite per area, a test case per case.
//!
//! What breaks the run is a failure, what says nothing of the target an error, and a warning a
//! test that passed with its difference in `system-out`, unless the level makes it red.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::outcome::{CaseRecord, Outcome, Report};
use crate::report::verdict::{self, Verdict};
use crate::report::{failure, label, tally};
use crate::text::visible;

/// Columns of the texts: CI pages show them in a fixed pitch and do not wrap.
const WIDTH: usize = 100;

/// Writes the report as JUnit XML.
pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    document(report)?.serialize(out).map_err(io::Error::other)
}

fn document(report: &Report) -> io::Result<quick_junit::Report> {
    let mut document = quick_junit::Report::new("wagi-conformance");
    document.set_time(report.duration);
    let started = i64::try_from(report.started).ok();
    let started = started.and_then(|seconds| DateTime::<Utc>::from_timestamp(seconds, 0));
    if let Some(started) = started {
        document.set_timestamp(started);
    }
    for area in tally::areas(report) {
        let mut suite = suite(report, area.name);
        suite.set_time(area.records.iter().map(|record| record.duration).sum());
        for record in area.records {
            suite.add_test_case(case(report, record)?);
        }
        document.add_test_suite(suite);
    }
    let run: Vec<_> = stale(report).chain(run(report)).collect();
    if !run.is_empty() {
        let mut suite = suite(report, "run");
        suite.add_test_cases(run);
        document.add_test_suite(suite);
    }
    Ok(document)
}

fn suite(report: &Report, name: &str) -> TestSuite {
    let mut suite = TestSuite::new(visible(name));
    let target = &report.target;
    let mut property = |name: &str, value: &str| {
        suite.add_property((name, &*visible(value)));
    };
    property("target", &target.name);
    property("url", &target.url);
    if let Some(software) = &target.software {
        property("software", software);
    }
    property("level", label::run_level(report.level));
    property("specification", &report.specification);
    property("suite", &report.suite);
    property("seed", &report.seed.to_string());
    suite
}

/// An error of its own for a run that is not complete: it must not look green.
fn run(report: &Report) -> Option<TestCase> {
    let verdict = Verdict::of(report);
    if !matches!(
        verdict,
        Verdict::Interrupted | Verdict::Unusable | Verdict::NothingRan
    ) {
        return None;
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(verdict.headline());
    status.set_message(visible(&verdict.sentence(report)));
    let mut case = TestCase::new("run.complete", status);
    case.set_classname("run");
    Some(case)
}

/// A failure for each entry of the baseline that no longer holds: they turn the run red.
fn stale(report: &Report) -> impl Iterator<Item = TestCase> {
    report.stale.iter().map(|entry| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status
            .set_type("stale-baseline")
            .set_message(visible(entry));
        let mut case = TestCase::new("run.baseline", status);
        case.set_classname("run");
        case
    })
}

fn case(report: &Report, record: &CaseRecord) -> io::Result<TestCase> {
    let reason = || visible(record.reason.as_deref().unwrap_or("no reason given"));
    let difference = failure::line(record);
    let status = match record.outcome {
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Warn if !verdict::is_red(record, report.level) => TestCaseStatus::success(),
        Outcome::Fail | Outcome::Warn | Outcome::UnexpectedPass => {
            non_success(NonSuccessKind::Failure, report, record, &difference)?
        }
        Outcome::SetupFailed | Outcome::HarnessError => {
            non_success(NonSuccessKind::Error, report, record, &difference)?
        }
        Outcome::NotApplicable => skipped(record, &reason()),
        Outcome::ExpectedFail => skipped(record, &format!("expected to fail: {}", reason())),
    };
    let mut case = TestCase::new(visible(&record.id), status);
    case.set_classname(visible(&record.area));
    case.set_time(record.duration);
    let observed = record.outcome == Outcome::Pass && record.reason.is_some();
    if record.outcome == Outcome::Warn || observed {
        case.set_system_out(text(report, record)?);
    }
    Ok(case)
}

fn skipped(record: &CaseRecord, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status
        .set_type(label::slug(record.outcome))
        .set_message(message);
    status
}

fn non_success(
    kind: NonSuccessKind,
    report: &Report,
    record: &CaseRecord,
    message: &str,
) -> io::Result<TestCaseStatus> {
    let mut status = TestCaseStatus::non_success(kind);
    status
        .set_type(label::slug(record.outcome))
        .set_message(message);
    status.set_description(text(report, record)?);
    Ok(status)
}

/// The case as on the terminal, with its bytes.
fn text(report: &Report, record: &CaseRecord) -> io::Result<String> {
    let mut out = anstream::StripStream::new(Vec::new());
    failure::print(report, record, true, WIDTH, &mut out)?;
    let text = String::from_utf8_lossy(&out.into_inner()).into_owned();
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Level;
    use crate::report::fixture;

    fn xml(report: &Report) -> String {
        let mut out = Vec::new();
        render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn parsed(report: &Report) -> quick_junit::Report {
        let xml = xml(report);
        // Everything that XML 1.0 allows, and nothing else.
        let allowed = |c: char| !matches!(c, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}');
        assert_eq!(xml.chars().find(|&c| !allowed(c)), None);
        quick_junit::Report::deserialize_from_str(&xml).unwrap()
    }

    #[test]
    fn every_outcome() {
        insta::assert_snapshot!(xml(&fixture::every_outcome()));
        let report = parsed(&fixture::every_outcome());
        assert_eq!(
            (report.tests, report.failures, report.errors, report.skipped),
            (11, 4, 2, 2)
        );
        assert_eq!(report.test_suites.len(), 7);
    }

    /// The gate has a validator; this finds what it would find first.
    #[test]
    fn the_schema_knows_every_element_and_attribute() {
        let schema = include_str!("junit.xsd");
        let xml = xml(&fixture::every_outcome());
        let known = |kind: &str, name: &str| {
            schema.contains(&format!("<xs:{kind} name=\"{name}\"")) || name.starts_with(['?', '/'])
        };
        let mut seen = 0;
        // No text and no value holds a bare `<`.
        for tag in xml
            .split('<')
            .skip(2)
            .filter_map(|rest| rest.split('>').next())
        {
            let outside: Vec<_> = tag.split('"').step_by(2).collect();
            let mut words = outside.iter().flat_map(|text| text.split([' ', '=']));
            let element = words.next().unwrap();
            assert!(known("element", element), "{element}");
            for attribute in words.filter(|word| !matches!(*word, "" | "/")) {
                assert!(known("attribute", attribute), "{attribute}");
                seen += 1;
            }
        }
        assert!(seen > 50);
    }

    #[test]
    fn a_warning_is_red_at_level_should() {
        let mut warned = fixture::every_outcome();
        warned
            .records
            .retain(|record| record.outcome == Outcome::Warn);
        let report = parsed(&warned);
        assert_eq!(report.failures, 0);
        let case = &report.test_suites[0].test_cases[0];
        assert!(
            case.system_out
                .as_ref()
                .unwrap()
                .contains("expected    3000")
        );

        warned.level = Level::Should;
        assert_eq!(parsed(&warned).failures, 1);
    }

    #[test]
    fn what_is_not_complete_is_not_green() {
        for report in [
            fixture::empty(),
            fixture::unusable(),
            fixture::interrupted(),
        ] {
            let document = parsed(&report);
            assert_eq!(document.errors, 1, "{}", xml(&report));
            assert_eq!(document.tests, report.records.len() + 1);
        }
        assert_eq!(parsed(&fixture::green(400)).errors, 0);
    }

    #[test]
    fn a_stale_baseline_is_a_failure() {
        let mut report = fixture::green(3);
        report.stale = vec!["entry 1 has expired\0".to_owned()];
        let document = parsed(&report);
        assert_eq!((document.tests, document.failures), (4, 1));
    }

    #[test]
    fn any_byte_and_any_character_is_valid_xml() {
        let mut report = fixture::every_outcome();
        let every_byte: Vec<u8> = (0..=255).collect();
        let characters: String = (0..0x300)
            .chain(0x2000..0x2070)
            .chain(0xFDD0..0x10010)
            .filter_map(char::from_u32)
            .collect();
        let record = &mut report.records[1];
        record.id.push_str(&characters);
        record.title.clone_from(&characters);
        record.exchanges[0].response = every_byte;
        let mismatch = record.mismatch.as_mut().unwrap();
        mismatch.subject.clone_from(&characters);
        mismatch.actual.clone_from(&characters);
        report.records[7].reason = Some(characters.clone());
        report.target.name.clone_from(&characters);
        let document = parsed(&report);
        let case = &document.test_suites[0].test_cases[1];
        // Nothing was lost either: controls are shown, not dropped.
        assert!(case.name.as_str().contains(r"\0\x01\x02"));
        let TestCaseStatus::NonSuccess {
            description: Some(text),
            ..
        } = &case.status
        else {
            panic!("no failure")
        };
        assert!(text.contains(r"\xFE\xFF"));
    }
}
