//! Servers side by side: what each of them makes of every requirement and case.
//!
//! Made from JSON reports. Servers are columns; rows are the cases, by chapter and below the
//! requirement that gives them their level.

mod html;
mod markdown;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::outcome::{CaseRecord, Level, Mismatch, Outcome, Report, RequirementRecord};
use crate::report::file;
use crate::report::tally;

/// The table.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// The columns.
    pub servers: Vec<Server>,
    /// The rows, by chapter.
    pub chapters: Vec<Chapter>,
    /// Text and place of each requirement.
    pub requirements: BTreeMap<String, RequirementRecord>,
}

/// One column: a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// What it says of itself.
    pub software: Option<String>,
    /// Version of the suite and of the specification that it was tested with.
    pub versions: (String, String),
    /// The profiles in which it was tested; empty for all.
    pub profiles: Vec<String>,
    /// Cases of level MUST and SHOULD that conform.
    pub passed: usize,
    /// Cases of level MUST and SHOULD in which it was put to the test.
    pub tested: usize,
    /// Why not everything ran, if it did not.
    pub incomplete: Option<String>,
}

impl Server {
    /// How many of a hundred cases conform; nothing where none was tested. Not quite all is never
    /// shown as all.
    pub fn percent(&self) -> Option<usize> {
        match (self.passed, self.tested) {
            (_, 0) => None,
            (passed, tested) if passed == tested => Some(100),
            (passed, tested) => Some((passed * 100 / tested).min(99)),
        }
    }
}

/// A chapter of the specification.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// The chapter's file stem.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its requirements that have cases, in the order of the specification.
    pub requirements: Vec<Group>,
}

/// A requirement and the cases that take their level from it.
#[derive(Debug, Clone)]
pub struct Group {
    /// The requirement.
    pub id: String,
    /// Its cases.
    pub rows: Vec<Row>,
}

/// One case.
#[derive(Debug, Clone)]
pub struct Row {
    /// The case.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// Its level.
    pub level: Level,
    /// What each server made of it; nothing where its report does not have the case.
    pub cells: Vec<Option<Cell>>,
}

/// What one server made of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The outcome.
    pub outcome: Outcome,
    /// What was observed, or why it is not applicable.
    pub reason: Option<String>,
    /// What did not conform.
    pub mismatch: Option<Mismatch>,
}

impl Cell {
    /// What was observed where the specification leaves a choice.
    pub fn observation(&self) -> Option<&str> {
        let reason = self.reason.as_deref()?;
        let other = reason.strip_prefix("observed something else: ");
        other.or(reason.strip_prefix("observed: "))
    }

    /// What makes two cells of a row different: outcome and observation.
    fn essence(&self) -> (Outcome, Option<&str>) {
        (self.outcome, self.observation())
    }
}

impl Row {
    /// Whether two servers that were put to the test came out differently.
    pub fn differs(&self) -> bool {
        let mut tested = self
            .cells
            .iter()
            .flatten()
            .filter(|cell| cell.outcome.executed())
            .map(Cell::essence);
        let first = tested.next();
        tested.any(|other| Some(other) != first)
    }
}

impl Group {
    /// The outcome of one server over all cases: the worst of those in which it was put to the
    /// test, and how many there are and conform.
    pub fn sum(&self, server: usize) -> Sum {
        let cells = self
            .rows
            .iter()
            .filter_map(|row| row.cells.get(server)?.as_ref());
        let mut sum = Sum::default();
        for cell in cells {
            if cell.outcome.executed() {
                sum.tested += 1;
                sum.passed += usize::from(cell.outcome == Outcome::Pass);
            }
            let worse = sum
                .worst
                .is_none_or(|worst| rank(cell.outcome) > rank(worst));
            if worse {
                sum.worst = Some(cell.outcome);
            }
        }
        sum
    }
}

/// A server's outcomes over several cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// The worst outcome; nothing without cases.
    pub worst: Option<Outcome>,
    /// How many conform.
    pub passed: usize,
    /// In how many the server was put to the test.
    pub tested: usize,
}

/// What stands for several outcomes: the highest.
fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::NotApplicable => 0,
        Outcome::Pass => 1,
        Outcome::UnexpectedPass => 2,
        Outcome::Warn => 3,
        Outcome::SetupFailed => 4,
        Outcome::HarnessError => 5,
        Outcome::ExpectedFail => 6,
        Outcome::Fail => 7,
    }
}

impl Matrix {
    /// The table of these reports, in their order.
    pub fn of(reports: &[Report]) -> Self {
        let mut matrix = Self {
            servers: reports.iter().map(server).collect(),
            chapters: Vec::new(),
            requirements: BTreeMap::new(),
        };
        for report in reports {
            let known = report.requirements.iter();
            matrix
                .requirements
                .extend(known.map(|(id, one)| (id.clone(), one.clone())));
        }
        for (column, report) in reports.iter().enumerate() {
            for area in tally::areas(report) {
                let records = area.records.iter().filter(|record| !is_drawn(record));
                for record in records {
                    let chapter = matrix.chapter(area.name, &area.title);
                    chapter.row(record, reports.len()).cells[column] = Some(Cell {
                        outcome: record.outcome,
                        reason: record.reason.clone(),
                        mismatch: record.mismatch.clone(),
                    });
                }
            }
        }
        matrix
    }

    fn chapter(&mut self, name: &str, title: &str) -> &mut Chapter {
        let found = self
            .chapters
            .iter()
            .position(|chapter| chapter.name == name);
        let place = found.unwrap_or_else(|| {
            self.chapters.push(Chapter {
                name: name.to_owned(),
                title: title.to_owned(),
                requirements: Vec::new(),
            });
            self.chapters.len() - 1
        });
        &mut self.chapters[place]
    }

    /// Writes `index.html` and `matrix.md` into the folder, each whole or not at all.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        file::replace(&folder.join("index.html"), |out| html::render(self, out))?;
        file::replace(&folder.join("matrix.md"), |out| markdown::render(self, out))
    }
}

impl Chapter {
    fn row(&mut self, record: &CaseRecord, columns: usize) -> &mut Row {
        let id = record.requirements.first().unwrap_or(&record.id);
        let found = self.requirements.iter().position(|group| group.id == *id);
        let place = found.unwrap_or_else(|| {
            self.requirements.push(Group {
                id: id.clone(),
                rows: Vec::new(),
            });
            self.requirements.len() - 1
        });
        let rows = &mut self.requirements[place].rows;
        let found = rows.iter().position(|row| row.id == record.id);
        let place = found.unwrap_or_else(|| {
            rows.push(Row {
                id: record.id.clone(),
                title: record.title.clone(),
                level: record.level,
                cells: vec![None; columns],
            });
            rows.len() - 1
        });
        &mut rows[place]
    }
}

/// What property tests find depends on what they drew: it cannot be compared.
fn is_drawn(record: &CaseRecord) -> bool {
    crate::run::PROPERTIES
        .iter()
        .any(|id| record.id.starts_with(id))
}

fn server(report: &Report) -> Server {
    let verdicts = report
        .records
        .iter()
        .filter(|record| record.level != Level::May && !is_drawn(record))
        .filter(|record| record.outcome.executed());
    let passed = |record: &&CaseRecord| record.outcome == Outcome::Pass;
    let incomplete = match (&report.unusable, report.interrupted) {
        (Some(reason), _) => Some(reason.clone()),
        (None, true) => Some("the run was interrupted".to_owned()),
        (None, false) => None,
    };
    Server {
        name: report.target.name.clone(),
        software: report.target.software.clone(),
        versions: (report.suite.clone(), report.specification.clone()),
        profiles: report.target.profiles.clone(),
        passed: verdicts.clone().filter(passed).count(),
        tested: verdicts.count(),
        incomplete,
    }
}

#[cfg(test)]
mod tests;
