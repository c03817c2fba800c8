//! A run: the chosen cases against a target, from preflight to report.

mod attempt;
mod case;
mod options;
pub mod random;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

pub use options::{MatchesNothing, Options, Pattern, Selection};

use crate::case::library::{Library, Loaded};
use crate::coverage;
use crate::outcome::{CaseRecord, Report, TargetRecord};
use crate::preflight::{Preflight, preflight};
use crate::property::{self, PropertyOptions};
use crate::report::progress::Progress;
use crate::report::verdict::is_red;
use crate::requirement::Requirements;
use crate::target::Target;
use crate::wire::client::Client;
use case::{Finished, Runner};

/// Ids of the property tests.
pub const PROPERTIES: [&str; 2] = property::IDS;

/// The specification and the cases, which every run needs.
#[derive(Debug, Clone, Copy)]
pub struct Suite {
    /// The requirements.
    pub requirements: &'static Requirements,
    /// The cases.
    pub library: &'static Library,
}

impl Suite {
    /// What is compiled in. The error names what is wrong with it.
    pub fn compiled_in() -> Result<Suite, String> {
        Ok(Suite {
            requirements: crate::requirement::all().map_err(|error| error.to_string())?,
            library: crate::case::library::all().map_err(|error| error.to_string())?,
        })
    }

    /// A report without records.
    pub fn report(&self, target: TargetRecord, options: &Options) -> Report {
        Report {
            format: 1,
            suite: env!("CARGO_PKG_VERSION").to_owned(),
            specification: self.requirements.version.clone(),
            target,
            seed: options.seed,
            level: options.level,
            started: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |now| now.as_secs()),
            duration: std::time::Duration::ZERO,
            interrupted: false,
            unusable: None,
            coverage: coverage::counts(self.requirements, self.library),
            requirements: BTreeMap::new(),
            records: Vec::new(),
        }
    }
}

/// What a report says of the target.
pub fn describe(target: &Target, options: &Options) -> TargetRecord {
    TargetRecord {
        name: target.name.clone(),
        software: target.software.clone(),
        url: target.url.clone(),
        profiles: options
            .profiles
            .iter()
            .map(|profile| profile.name().to_owned())
            .collect(),
    }
}

/// Runs what is selected, after a preflight. The report is complete in any case: it says so if the
/// server is unusable or `interrupted` was set.
pub fn run(
    suite: &Suite,
    target: &Target,
    selection: &Selection<'_>,
    options: &Options,
    progress: &dyn Progress,
    interrupted: &Arc<AtomicBool>,
) -> Report {
    let client = client(target, options, interrupted);
    match preflight(target, &client, options.seed) {
        Ok(preflight) => {
            let conditions = Conditions {
                target,
                preflight: &preflight,
                options,
            };
            run_prepared(suite, conditions, selection, progress, interrupted)
        }
        Err(unusable) => {
            let mut report = suite.report(describe(target, options), options);
            report.interrupted = interrupted.load(Ordering::Relaxed);
            report.unusable = (!report.interrupted).then(|| unusable.to_string());
            progress.end();
            report
        }
    }
}

/// Where and how cases run.
#[derive(Debug, Clone, Copy)]
pub struct Conditions<'a> {
    /// The server.
    pub target: &'a Target,
    /// What the preflight found; cases on mounts that did not answer are not tried.
    pub preflight: &'a Preflight,
    /// The settings.
    pub options: &'a Options,
}

/// Runs what is selected, without a preflight.
pub fn run_prepared(
    suite: &Suite,
    conditions: Conditions<'_>,
    selection: &Selection<'_>,
    progress: &dyn Progress,
    interrupted: &Arc<AtomicBool>,
) -> Report {
    let began = Instant::now();
    let Conditions {
        target,
        preflight,
        options,
    } = conditions;
    let mut report = suite.report(describe(target, options), options);
    report.target.software = preflight.software.clone().or(report.target.software);
    let client = client(target, options, interrupted);
    let records = Mutex::default();
    let schedule = Schedule {
        suite,
        runner: Runner {
            target,
            client: &client,
            options,
            preflight,
        },
        progress,
        records: &records,
        stopped: AtomicBool::new(false),
    };
    schedule.run(selection);
    let mut records = records.into_inner().unwrap_or_else(PoisonError::into_inner);
    // In the order of the specification, whatever the order of execution was.
    records.sort_by_key(|&(place, _)| place);
    report.records = records.into_iter().map(|(_, record)| record).collect();
    report.interrupted = interrupted.load(Ordering::Relaxed);
    for record in &report.records {
        for id in &record.requirements {
            if let Some(requirement) = suite.requirements.get(id) {
                report.requirements.insert(id.clone(), requirement.record());
            }
        }
    }
    report.duration = began.elapsed();
    report
}

fn client(target: &Target, options: &Options, interrupted: &Arc<AtomicBool>) -> Client {
    Client {
        address: target.address,
        timeout: options.timeout,
        interrupted: Arc::clone(interrupted),
    }
}

/// One thing to run.
#[derive(Clone, Copy)]
enum Work<'a> {
    Case(&'a Loaded),
    Property(&'static str),
}

/// Distributes the work over threads.
struct Schedule<'a> {
    suite: &'a Suite,
    runner: Runner<'a>,
    progress: &'a dyn Progress,
    /// With the place in the order of the report.
    records: &'a Mutex<Vec<(usize, CaseRecord)>>,
    stopped: AtomicBool,
}

impl Schedule<'_> {
    fn run(&self, selection: &Selection<'_>) {
        let options = self.runner.options;
        let cases = selection.cases.iter().map(|case| Work::Case(case));
        let properties = selection.properties.iter().map(|id| Work::Property(id));
        let mut work: Vec<(usize, Work<'_>)> = cases.chain(properties).enumerate().collect();
        if options.shuffle {
            random::shuffle(&mut work, options.seed);
        }
        self.progress.begin(work.len());
        let memory = Memory {
            runner: &self.runner,
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
        for record in records {
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
