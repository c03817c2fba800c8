//! All cases: compiled in, checked as a whole, in the order of the specification.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};

use super::schema::{Case, CaseFile, Exchange};
use super::validate::{self, Position};
use crate::mount::MountTable;
use crate::outcome::Level;
use crate::requirement::{self, Requirements};

static CASES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/cases");

/// A case, ready to run.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// As it stands in the file.
    pub case: Case,
    /// The chapter.
    pub area: String,
    /// The level at which a failure counts.
    pub level: Level,
    /// The exchanges, the shorthand resolved.
    pub exchanges: Vec<Exchange>,
    /// File, line and column, for people.
    pub place: String,
}

/// All cases.
#[derive(Debug)]
pub struct Library {
    cases: Vec<Loaded>,
    by_id: HashMap<String, usize>,
}

impl Library {
    /// The case of this id.
    pub fn get(&self, id: &str) -> Option<&Loaded> {
        self.by_id.get(id).map(|&index| &self.cases[index])
    }

    /// In the order of the specification's chapters, then of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Loaded> {
        self.cases.iter()
    }

    /// The cases that test a requirement.
    pub fn testing<'a>(&'a self, requirement: &'a str) -> impl Iterator<Item = &'a Loaded> + 'a {
        self.cases
            .iter()
            .filter(move |one| one.case.requirements.iter().any(|id| id == requirement))
    }
}

/// What is wrong with the cases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct LibraryError {
    /// Each with file, line and column.
    pub problems: Vec<String>,
}

impl fmt::Display for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

/// The cases that are compiled in.
pub fn all() -> Result<&'static Library, LibraryError> {
    static ALL: OnceLock<Result<Library, LibraryError>> = OnceLock::new();
    ALL.get_or_init(|| {
        let requirements = requirement::all().map_err(|error| LibraryError {
            problems: error.problems,
        })?;
        let files = CASES
            .files()
            .filter(|file| file.path().extension().is_some_and(|e| e == "toml"));
        let files: Vec<_> = files
            .map(|file| {
                let text = file.contents_utf8().unwrap_or("this is not UTF-8");
                (format!("cases/{}", file.path().display()), text)
            })
            .collect();
        let files: Vec<_> = files
            .iter()
            .map(|(name, text)| (name.as_str(), *text))
            .collect();
        load(&files, requirements, MountTable::builtin())
    })
    .as_ref()
    .map_err(Clone::clone)
}

/// Loads the cases of files given by name and text. All problems are found in one go.
pub fn load(
    files: &[(&str, &str)],
    requirements: &Requirements,
    mounts: &MountTable,
) -> Result<Library, LibraryError> {
    let mut problems = Vec::new();
    let mut cases = Vec::new();
    let mut by_id: HashMap<String, String> = HashMap::new();
    for &(name, text) in files {
        let file: CaseFile = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                problems.push(syntax_error(name, text, &error));
                continue;
            }
        };
        if !requirements
            .chapters
            .iter()
            .any(|(stem, _)| *stem == file.area)
        {
            let place = validate::mentioned(text, 0, "area");
            problems.push(format!(
                "{name}:{place}: there is no chapter `{}`",
                file.area
            ));
        }
        let mut search_from = 0;
        for case in file.cases {
            let start = validate::start_of(text, search_from, &case.id);
            search_from = start + 1;
            let place = format!("{name}:{}", validate::mentioned(text, start, &case.id));
            if let Some(first) = by_id.get(&case.id) {
                problems.push(format!(
                    "{place}: the id `{}` stands at {first} already",
                    case.id
                ));
                continue;
            }
            by_id.insert(case.id.clone(), place.clone());
            let mut found = validate::Problems::new(name, text, start, &case.id);
            let exchanges = validate::case(&case, requirements, mounts, &mut found);
            problems.append(&mut found.list);
            let level = case.level.or_else(|| {
                case.requirements
                    .first()
                    .and_then(|id| requirements.get(id))
                    .map(|one| one.level)
            });
            let level = level.unwrap_or(Level::Must);
            cases.push(Loaded {
                area: file.area.clone(),
                level,
                exchanges,
                place,
                case,
            });
        }
    }
    cases.sort_by_key(|one| requirements.chapter_order(&one.area));
    let by_id = cases
        .iter()
        .enumerate()
        .map(|(index, one)| (one.case.id.clone(), index))
        .collect();
    let library = Library { cases, by_id };
    validate::twins(&library, &mut problems);
    if problems.is_empty() {
        Ok(library)
    } else {
        Err(LibraryError { problems })
    }
}

fn syntax_error(name: &str, text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map_or(0, |span| span.start);
    format!("{name}:{}: {}", Position::of(text, at), error.message())
}

#[cfg(test)]
mod tests;
