//! Outcomes, counted by area.

use crate::outcome::{CaseRecord, Outcome, Report};

/// How often each outcome came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally([usize; Outcome::ALL.len()]);

impl Tally {
    /// Counts these records.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a CaseRecord>) -> Self {
        let mut tally = Self::default();
        for record in records {
            tally.0[record.outcome as usize] += 1;
        }
        tally
    }

    /// How often this outcome came.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.0[outcome as usize]
    }

    /// All of them.
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// Those in which the target was put to the test.
    pub fn executed(&self) -> usize {
        Outcome::ALL
            .into_iter()
            .filter(|outcome| outcome.executed())
            .map(|o| self.count(o))
            .sum()
    }
}

/// The records of one chapter of the specification.
#[derive(Debug, Clone)]
pub struct Area<'a> {
    /// The chapter's file stem.
    pub name: &'a str,
    /// The chapter's title.
    pub title: String,
    /// Its records, in the order of the report.
    pub records: Vec<&'a CaseRecord>,
    /// What came of them.
    pub tally: Tally,
}

/// The areas of a report, in the order in which its records first name them.
pub fn areas(report: &Report) -> Vec<Area<'_>> {
    let mut areas: Vec<Area<'_>> = Vec::new();
    for record in &report.records {
        match areas.iter_mut().find(|area| area.name == record.area) {
            Some(area) => area.records.push(record),
            None => areas.push(Area {
                name: &record.area,
                title: title(report, &record.area),
                records: vec![record],
                tally: Tally::default(),
            }),
        }
    }
    for area in &mut areas {
        area.tally = Tally::of(area.records.iter().copied());
    }
    areas
}

/// The title of the chapter, known from any requirement whose link leads into it.
fn title(report: &Report, area: &str) -> String {
    // The chapter as a source file or as a page of a web site.
    let pages = [format!("/{area}.md#"), format!("/{area}.html#")];
    let chapter = report
        .requirements
        .values()
        .find(|requirement| pages.iter().any(|page| requirement.link.contains(page)));
    if let Some(requirement) = chapter {
        return requirement.chapter.clone();
    }
    let mut words = area.replace('-', " ");
    if let Some(first) = words.get(..1) {
        let first = first.to_ascii_uppercase();
        words.replace_range(..1, &first);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn areas_come_in_the_order_of_the_records_under_their_titles() {
        let mut report = fixture::green(8);
        report.records.push(fixture::case(
            "property.requests",
            "module-outputs",
            "unknown",
        ));
        let areas = areas(&report);
        let titles: Vec<_> = areas.iter().map(|area| area.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "Meta-variables",
                "Request fields",
                "Header block",
                "Location",
                "Volumes, environment and isolation",
                "Failures and limits",
                "Security",
                "Module outputs",
            ]
        );
        assert_eq!(areas[0].tally.total(), 2);
        assert_eq!(Tally::of(&report.records).executed(), 9);
    }
}
