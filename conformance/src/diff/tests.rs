use super::*;
use crate::report::fixture;

fn plain(difference: &Difference) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    print(difference, &mut out).unwrap();
    String::from_utf8(out.into_inner()).unwrap()
}

fn coloured(difference: &Difference) -> String {
    let mut out = Vec::new();
    print(difference, &mut out).unwrap();
    String::from_utf8(out).unwrap().replace('\u{1b}', "␛")
}

/// One change of each kind.
fn changed() -> (Report, Report) {
    let before = fixture::green(12);
    let mut after = before.clone();
    let mut earlier = before.clone();
    let miss = fixture::failing()
        .records
        .iter()
        .find_map(|one| one.mismatch.clone());
    after.records[0].outcome = Outcome::Fail;
    after.records[0].mismatch = miss.clone();
    earlier.records[1].outcome = Outcome::Fail;
    earlier.records[1].mismatch = miss;
    after.records[2].outcome = Outcome::NotApplicable;
    after.records[2].reason = Some("volumes: it has none".to_owned());
    earlier.records[3].outcome = Outcome::NotApplicable;
    for (report, label) in [
        (&mut earlier, "decoded"),
        (&mut after, "refused \u{1b}[31m"),
    ] {
        report.records[4].level = Level::May;
        report.records[4].reason = Some(format!("observed: {label}"));
    }
    earlier.records[5].outcome = Outcome::Warn;
    after.records[5].outcome = Outcome::Fail;
    after.records[6].id = "brand.new".to_owned();
    let mut finding = after.records[0].clone();
    finding.id = "property.outputs.header-block.controls".to_owned();
    earlier.records.push(finding.clone());
    finding.id = "property.outputs.header-block.set-cookie".to_owned();
    after.records.push(finding);
    after.specification = "0.2.0".to_owned();
    (earlier, after)
}

#[test]
fn every_kind_of_change() {
    let (before, after) = changed();
    let difference = Difference::between(&before, &after);
    assert!(difference.worse);
    insta::assert_snapshot!(plain(&difference));
    insta::assert_snapshot!("colours", coloured(&difference));
    insta::assert_snapshot!("json", serde_json::to_string_pretty(&difference).unwrap());
}

#[test]
fn the_other_way_round_nothing_that_passed_fails() {
    let report = fixture::every_outcome();
    let same = Difference::between(&report, &report);
    assert!(same.is_empty() && !same.worse);
    insta::assert_snapshot!("same", plain(&same));
    let mut better = report.clone();
    for record in &mut better.records {
        record.outcome = Outcome::Pass;
    }
    let difference = Difference::between(&report, &better);
    assert!(!difference.worse, "{}", plain(&difference));
    assert!(!difference.newly_passing.is_empty());
    assert!(Difference::between(&better, &report).worse);
}

#[test]
fn a_run_that_did_not_end_is_worse_than_one_that_did() {
    let mut cut = fixture::green(3);
    cut.interrupted = true;
    cut.records.pop();
    let difference = Difference::between(&fixture::green(3), &cut);
    assert!(difference.worse);
    insta::assert_snapshot!("incomplete", plain(&difference));
    assert!(!Difference::between(&cut, &fixture::green(3)).worse);
}
