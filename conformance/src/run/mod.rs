//! A run: the chosen cases against a target, from preflight to report.

mod attempt;
mod case;
mod finished;
mod options;
mod panics;
pub mod random;
mod schedule;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

pub use options::{MatchesNothing, Options, Pattern, Selection};

use crate::baseline;
use crate::case::library::Library;
use crate::coverage;
use crate::outcome::{Report, TargetRecord};
use crate::preflight::{Preflight, preflight};
use crate::property;
use crate::report::progress::Progress;
use crate::requirement::Requirements;
use crate::target::Target;
use crate::wire::client::Client;
use case::Runner;
use schedule::Schedule;

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

    /// The ids of everything that can stand in a report: cases, property tests, and what these find.
    pub fn ids(&self) -> Vec<String> {
        let cases = self.library.iter().map(|one| one.case.id.clone());
        let findings = PROPERTIES.iter().flat_map(|property| {
            let requirements = self.requirements.iter();
            requirements.map(move |one| format!("{property}.{}", one.id))
        });
        let properties = PROPERTIES.iter().map(|&id| id.to_owned());
        cases.chain(properties).chain(findings).collect()
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
            stale: options
                .baseline
                .stale(baseline::today(), &self.ids())
                .iter()
                .map(ToString::to_string)
                .collect(),
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
    let runner = Runner {
        target,
        client: &client,
        options,
        preflight,
    };
    report.records = Schedule::new(suite, &runner, progress).run(selection);
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
