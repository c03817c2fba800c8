//! Which requirements have cases.

use serde::Serialize;

use crate::case::library::Library;
use crate::outcome::Coverage;
use crate::requirement::{Requirement, Requirements};

/// How a requirement is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    /// By at least one case.
    Tested,
    /// By none, for a reason that the specification states.
    Excluded,
    /// By none.
    Untested,
}

/// How one requirement is covered.
pub fn of(requirement: &Requirement, library: &Library) -> Covered {
    if library.testing(&requirement.id).next().is_some() {
        Covered::Tested
    } else if requirement.excluded.is_some() {
        Covered::Excluded
    } else {
        Covered::Untested
    }
}

/// The counts for reports: requirements of level MUST and SHOULD.
pub fn counts(requirements: &Requirements, library: &Library) -> Coverage {
    let summary = Summary::of(requirements, library);
    Coverage {
        requirements: summary.requirements,
        tested: summary.tested,
        excluded: summary.excluded,
    }
}

/// `coverage --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Requirements of level MUST and SHOULD.
    pub requirements: usize,
    /// With at least one case.
    pub tested: usize,
    /// Without, for a reason that the specification states.
    pub excluded: usize,
    /// Ids of the others.
    pub untested: Vec<String>,
    /// All cases.
    pub cases: usize,
}

impl Summary {
    /// Counts.
    pub fn of(requirements: &Requirements, library: &Library) -> Self {
        let mut summary = Self {
            requirements: 0,
            tested: 0,
            excluded: 0,
            untested: Vec::new(),
            cases: library.iter().count(),
        };
        for requirement in requirements.iter().filter(|one| one.is_binding()) {
            summary.requirements += 1;
            match of(requirement, library) {
                Covered::Tested => summary.tested += 1,
                Covered::Excluded => summary.excluded += 1,
                Covered::Untested => summary.untested.push(requirement.id.clone()),
            }
        }
        summary
    }
}
