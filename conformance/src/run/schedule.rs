//! Distributes the cases over threads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use chrono::NaiveDate;

use super::case::Runner;
use super::finished::Finished;
use super::{Selection, Suite, random};
use crate::baseline;
use crate::case::library::Loaded;
use crate::outcome::CaseRecord;
use crate::property::{self, PropertyOptions};
use crate::report::progress::Progress;
use crate::report::verdict::is_red;

/// One thing to run.
#[derive(Clone, Copy)]
enum Work<'a> {
    Case(&'a Loaded),
    Property(&'static str),
}

/// Distributes the work over threads.
pub(super) struct Schedule<'a> {
    suite: &'a Suite,
    runner: &'a Runner<'a>,
    progress: &'a dyn Progress,
    /// With the place in the order of the report.
    records: Mutex<Vec<(usize, CaseRecord)>>,
    stopped: AtomicBool,
    /// The same for all records of a run.
    today: NaiveDate,
}

impl<'a> Schedule<'a> {
    pub(super) fn new(
        suite: &'a Suite,
        runner: &'a Runner<'a>,
        progress: &'a dyn Progress,
    ) -> Self {
        Self {
            suite,
            runner,
            progress,
            records: Mutex::default(),
            stopped: AtomicBool::new(false),
            today: baseline::today(),
        }
    }

    /// The records, in the order of the specification whatever the order of execution was.
    pub(super) fn run(self, selection: &Selection<'_>) -> Vec<CaseRecord> {
        let options = self.runner.options;
        let cases = selection.cases.iter().map(|case| Work::Case(case));
        let properties = selection.properties.iter().map(|id| Work::Property(id));
        let mut work: Vec<(usize, Work<'_>)> = cases.chain(properties).enumerate().collect();
        if options.shuffle {
            random::shuffle(&mut work, options.seed);
        }
        self.progress.begin(work.len());
        let memory = Memory {
            runner: self.runner,
            suite: self.suite,
            finished: self
                .suite
                .library
                .iter()
                .map(|one| (one.case.id.as_str(), OnceLock::new()))
                .collect(),
        };
        // What takes the server's capacity away comes last, and alone.
        let phase = |work: &Work<'_>| match work {
            Work::Case(case) if case.case.background.is_some() => 2,
            Work::Case(case) if case.case.slow => 1,
            _ => 0,
        };
        for (number, jobs) in [(0, options.jobs), (1, options.jobs), (2, 1)] {
            let batch: Vec<_> = work
                .iter()
                .filter(|(_, work)| phase(work) == number)
                .collect();
            let next = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for _ in 0..jobs.clamp(1, batch.len().max(1)) {
                    scope.spawn(|| {
                        while let Some(&&(place, work)) =
                            batch.get(next.fetch_add(1, Ordering::Relaxed))
                        {
                            if self.over() {
                                return;
                            }
                            self.one(place, work, &memory);
                        }
                    });
                }
            });
        }
        self.progress.end();
        let records = self.records.into_inner();
        let mut records = records.unwrap_or_else(PoisonError::into_inner);
        records.sort_by_key(|&(place, _)| place);
        records.into_iter().map(|(_, record)| record).collect()
    }

    fn over(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
            || self.runner.client.interrupted.load(Ordering::Relaxed)
    }

    fn one(&self, place: usize, work: Work<'_>, memory: &Memory<'_>) {
        let options = self.runner.options;
        let records = match work {
            Work::Case(case) => memory
                .of(&case.case.id)
                .map(|finished| finished.record)
                .into_iter()
                .collect(),
            Work::Property(id) => {
                let Runner { target, client, .. } = self.runner;
                let (cases, seed) = (options.property_cases, options.seed);
                property::run_one(id, target, client, PropertyOptions { cases, seed })
            }
        };
        for mut record in records {
            options.baseline.judge(&mut record, self.today);
            if options.fail_fast && is_red(&record, options.level) {
                self.stopped.store(true, Ordering::Relaxed);
            }
            self.progress.finished(&record);
            self.records
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((place, record));
        }
    }
}

/// Runs each case once, whether for itself or as the twin of others.
struct Memory<'a> {
    runner: &'a Runner<'a>,
    suite: &'a Suite,
    finished: HashMap<&'a str, OnceLock<Option<Finished>>>,
}

impl Memory<'_> {
    /// Nothing if the user gave up.
    fn of(&self, id: &str) -> Option<Finished> {
        let case = self.suite.library.get(id)?;
        // No deadlock: twins lead in no circle, which was checked when the cases were loaded.
        let run = || self.runner.run(case, |twin| self.of(twin));
        self.finished.get(id)?.get_or_init(run).clone()
    }
}
