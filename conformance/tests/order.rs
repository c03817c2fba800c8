//! Order and repetition change no verdict on a server that is always the same.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;

use wagi_conformance::outcome::Outcome;
use wagi_conformance::report::progress::Silent;
use wagi_conformance::run::{Options, Pattern, Selection, Suite, run};
use wagi_conformance::target::Target;

/// Outcome and observation of each case but those that wait for a deadline.
fn verdicts(target: &Target, options: Options) -> BTreeMap<String, (Outcome, Option<String>)> {
    let suite = Suite::compiled_in().unwrap();
    let slow = suite.library.iter().filter(|one| one.case.slow);
    let options = Options {
        skip: slow.map(|one| Pattern(one.case.id.clone())).collect(),
        property_cases: 0,
        ..options
    };
    let selection = Selection::of(suite.library, &[], &options).unwrap();
    let report = run(
        &suite,
        target,
        &selection,
        &options,
        &Silent,
        &Arc::default(),
    );
    assert_eq!(report.unusable, None);
    let records = report.records.into_iter();
    records
        .map(|one| (one.id, (one.outcome, one.reason)))
        .collect()
}

#[test]
fn jobs_order_and_repetition_change_no_verdict() {
    let target = Target::embedded().unwrap();
    let with = |jobs, shuffle, repeat, seed| Options {
        jobs,
        shuffle,
        repeat,
        seed,
        ..Options::default()
    };
    let plain = verdicts(&target, with(1, false, 1, 1));
    assert!(plain.len() > 400, "{} cases", plain.len());
    for (jobs, shuffle, repeat, seed) in [(8, false, 1, 2), (8, true, 1, 3), (3, true, 2, 4)] {
        let other = verdicts(&target, with(jobs, shuffle, repeat, seed));
        let differing: Vec<_> = plain
            .iter()
            .filter(|(id, verdict)| other.get(*id) != Some(verdict))
            .collect();
        assert!(
            differing.is_empty(),
            "-j {jobs} --repeat {repeat} --seed {seed}: {differing:?}"
        );
        assert_eq!(plain.len(), other.len());
    }
}
