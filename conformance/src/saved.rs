//! Failures as files of their own: case files that `replay` runs again.
//!
//! What was seen stands in comments, so that such a file is a case file as any other: it can be
//! changed, kept beside one's own cases, and read by a runner in another language (but for what
//! property tests drew, whose expectation the model computes). No seed is needed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::case::library::{self, Library, Loaded, Place};
use crate::case::write::string;
use crate::mount::MountTable;
use crate::outcome::{CaseRecord, Outcome, Report, Reproducer};
use crate::report::file;
use crate::reproducer::quoted;
use crate::run::Suite;
use crate::text::visible;

/// Where failures are saved if nothing is said.
pub const FOLDER: &str = "conformance-report/failures";

/// The first line begins with this.
const HEAD: &str = "# Saved by wagi-conformance ";
/// The last line: without it the file is cut short.
const END: &str = "# end of the saved case";

/// Saves every failure of the report in `folder`, each in a file that is named after its id, and
/// notes in the records how to replay them. `target` are the options that name the server.
///
/// A file of the same name is replaced when the new one is whole. The error is the first one, and
/// says how many there were; all others are saved all the same.
pub fn save(report: &mut Report, suite: &Suite, folder: &Path, target: &str) -> io::Result<()> {
    let mut errors = Vec::new();
    let mut lines = Vec::new();
    for (place, record) in report.records.iter().enumerate() {
        let failed = [Outcome::Fail, Outcome::Warn, Outcome::SetupFailed];
        let Some(case) = case(record, suite).filter(|_| failed.contains(&record.outcome)) else {
            continue;
        };
        let path = folder.join(format!("{}.toml", record.id));
        let shown = quoted(&path.display().to_string());
        let line = format!("wagi-conformance replay {shown}{target}");
        let text = heading(report, record, &line) + &case + "\n" + END + "\n";
        match file::replace(&path, |out| out.write_all(text.as_bytes())) {
            Ok(()) => lines.push((place, line)),
            Err(error) => errors.push(error),
        }
    }
    for (place, line) in lines {
        report.records[place].replay = Some(line);
    }
    let count = errors.len();
    match errors.into_iter().next() {
        None => Ok(()),
        Some(first) if count == 1 => Err(first),
        Some(first) => Err(io::Error::new(
            first.kind(),
            format!("{first} (and {} more failures are not saved)", count - 1),
        )),
    }
}

/// What was seen, in comments.
fn heading(report: &Report, record: &CaseRecord, line: &str) -> String {
    let mut text = format!(
        "{HEAD}{} (specification {}).\n\
         # A case file as any other: change it, keep it, pass it on. This runs it again:\n#\n\
         #     {line}\n#\n",
        visible(&report.suite),
        visible(&report.specification),
    );
    let mut entry = |label: &str, value: &str| {
        let _ = writeln!(text, "# {label:<11}  {}", visible(value));
    };
    let target = &report.target;
    let software = target.software.as_deref().map(|s| format!(" ({s})"));
    entry(
        "server",
        &format!("{}{}", target.name, software.unwrap_or_default()),
    );
    entry("seed", &report.seed.to_string());
    let id = record.requirements.first();
    if let Some((id, requirement)) = id.and_then(|id| Some((id, report.requirements.get(id)?))) {
        entry(
            "requirement",
            &format!("{id}, {}, {}", requirement.keyword, requirement.link),
        );
        for line in requirement.text.lines() {
            entry("", line);
        }
    }
    if let Some(miss) = &record.mismatch {
        entry("looked at", &miss.subject);
        entry("expected", &miss.expected);
        entry("actual", &miss.actual);
    }
    if let Some(reason) = &record.reason {
        entry("reason", reason);
    }
    if let Some(Reproducer::Curl(line) | Reproducer::Socket(line)) = &record.reproducer {
        entry("reproduce", line);
    }
    text = text
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect();
    text.push('\n');
    text
}

/// The case itself, with the twins that it needs.
fn case(record: &CaseRecord, suite: &Suite) -> Option<String> {
    if let Some(drawn) = &record.drawn {
        let requirement = record.requirements.first()?;
        let area = &suite.requirements.get(requirement)?.chapter;
        return Some(format!("area = {}\n\n{drawn}", string(area)));
    }
    let first = suite.library.get(&record.id)?;
    let mut text = format!("area = {}\n\n{}\n", string(&first.area), first.source);
    let mut next = first.case.twin.as_ref();
    while let Some(twin) = next.and_then(|id| suite.library.get(id)) {
        let _ = write!(
            text,
            "\n# The twin, which must be accepted.\n{}\n",
            twin.source
        );
        next = twin.case.twin.as_ref();
    }
    Some(text)
}

/// The cases of one file. The error says everything that is wrong with it, with the places.
pub fn read(name: &str, text: &str, suite: &Suite) -> Result<Library, String> {
    if text.starts_with(HEAD) && text.trim_end().lines().next_back() != Some(END) {
        let place = Place::of(name, text, text.trim_end().len());
        return Err(format!(
            "{place}: the file is cut short: its last line is not `{END}`"
        ));
    }
    let library = library::load(&[(name, text)], suite.requirements, MountTable::builtin())
        .map_err(|error| error.to_string())?;
    if library.iter().next().is_none() {
        return Err(format!("{name}:1:1: the file holds no case"));
    }
    Ok(library)
}

/// The cases of a library that stand for themselves and are not only twins of others.
pub fn leading(library: &Library) -> Vec<&Loaded> {
    let twins: BTreeSet<&String> = library
        .iter()
        .filter_map(|one| one.case.twin.as_ref())
        .collect();
    library
        .iter()
        .filter(|one| !twins.contains(&one.case.id))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn suite() -> Suite {
        Suite::compiled_in().unwrap()
    }

    fn failing(id: &str) -> Report {
        let suite = suite();
        let loaded = suite.library.get(id).unwrap();
        let mut report = fixture::failing();
        let mut record = report
            .records
            .iter()
            .find(|record| record.mismatch.is_some())
            .unwrap()
            .clone();
        record.id = id.to_owned();
        record.outcome = Outcome::Fail;
        record.requirements.clone_from(&loaded.case.requirements);
        for id in &record.requirements {
            let requirement = suite.requirements.get(id).unwrap();
            report.requirements.insert(id.clone(), requirement.record());
        }
        report.records = vec![record];
        report
    }

    /// Every case, cut out of its file, is the same case.
    #[test]
    fn a_saved_case_is_the_case() {
        let suite = suite();
        let report = fixture::empty();
        for loaded in suite.library.iter() {
            let record = fixture::case(&loaded.case.id, &loaded.area, "status.alone");
            let text = heading(&report, &record, "x") + &case(&record, &suite).unwrap() + END;
            let library =
                read("saved.toml", &text, &suite).unwrap_or_else(|e| panic!("{e}\n{text}"));
            let [only] = leading(&library)[..] else {
                panic!("{text}");
            };
            assert_eq!(format!("{:?}", only.case), format!("{:?}", loaded.case));
            assert_eq!((only.level, &only.area), (loaded.level, &loaded.area));
        }
    }

    #[test]
    fn what_a_saved_failure_looks_like() {
        let folder = tempfile::tempdir().unwrap();
        let mut report = failing("security.path-not-utf8.nothing-lost");
        save(&mut report, &suite(), folder.path(), " --server lighttpd").unwrap();
        let path = folder
            .path()
            .join("security.path-not-utf8.nothing-lost.toml");
        let line = report.records[0].replay.clone().unwrap();
        assert!(line.starts_with("wagi-conformance replay /"), "{line}");
        assert!(line.ends_with("lost.toml --server lighttpd"), "{line}");
        let text = std::fs::read_to_string(&path).unwrap();
        let folder = folder.path().display().to_string();
        insta::assert_snapshot!(text.replace(&folder, "FOLDER"));
        assert!(read("x.toml", &text, &suite()).is_ok());
    }

    #[test]
    fn a_file_that_is_cut_short_is_no_case() {
        let folder = tempfile::tempdir().unwrap();
        let mut report = failing("status.alone.error");
        save(&mut report, &suite(), folder.path(), "").unwrap();
        let text = std::fs::read_to_string(folder.path().join("status.alone.error.toml")).unwrap();
        for cut in (0..text.trim_end().len()).filter(|&cut| text.is_char_boundary(cut)) {
            let error = read("x.toml", &text[..cut], &suite());
            let error = error.err().unwrap_or_else(|| panic!("{}", &text[..cut]));
            assert!(error.starts_with("x.toml:"), "{cut}: {error}");
        }
    }

    #[test]
    fn what_cannot_be_saved_is_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let mut report = failing("status.alone.error");
        report.records[0].replay = None;
        report.records.push(report.records[0].clone());
        let error = save(&mut report, &suite(), &file, "")
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("cannot write "), "{error}");
        assert!(
            error.ends_with("(and 1 more failures are not saved)"),
            "{error}"
        );
        assert!(report.records.iter().all(|record| record.replay.is_none()));
    }
}
