//! All cases: compiled in, checked as a whole, in the order of the specification.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};

use super::schema::{Case, CaseFile, Exchange};
use super::validate;
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
    /// Where the case stands.
    pub place: Place,
    /// The case as it is written, from `[[case]]` on.
    pub source: String,
}

/// Where something stands, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Place {
    /// The place of the byte `at` of a file's text.
    pub fn of(file: &str, text: &str, at: usize) -> Place {
        let before = text.get(..at).unwrap_or(text);
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            file: file.to_owned(),
            line: 1 + before.matches('\n').count(),
            column: 1 + before[line..].chars().count(),
        }
    }
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
        load(
            &borrowed(&compiled_in()),
            requirements,
            MountTable::builtin(),
        )
    })
    .as_ref()
    .map_err(Clone::clone)
}

/// Name and content of everything in the folder of cases: cases, schema, description.
pub fn folder() -> impl Iterator<Item = (String, &'static [u8])> {
    CASES
        .files()
        .map(|file| (file.path().display().to_string(), file.contents()))
}

/// Name and text of the case files that are compiled in.
pub fn compiled_in() -> Vec<(String, String)> {
    let files = CASES
        .files()
        .filter(|file| file.path().extension().is_some_and(|e| e == "toml"));
    files
        .map(|file| {
            let text = file.contents_utf8().unwrap_or("this is not UTF-8");
            let name = format!("cases/{}", file.path().display());
            (name, text.to_owned())
        })
        .collect()
}

/// As [`load`] takes them.
pub fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect()
}

/// Loads the cases of files given by name and text. All problems are found in one go.
pub fn load(
    files: &[(&str, &str)],
    requirements: &Requirements,
    mounts: &MountTable,
) -> Result<Library, LibraryError> {
    load_over(&[], files, requirements, mounts)
}

/// Loads `base`, and `own` on top of it: a case of `own` takes the place of the one in `base` that
/// has the same id.
pub fn load_over(
    base: &[(&str, &str)],
    own: &[(&str, &str)],
    requirements: &Requirements,
    mounts: &MountTable,
) -> Result<Library, LibraryError> {
    let mut problems = Vec::new();
    let mut cases = Vec::new();
    let mut by_id: HashMap<String, (Place, bool)> = HashMap::new();
    let files = own.iter().map(|file| (file, true));
    for (&(name, text), is_own) in files.chain(base.iter().map(|file| (file, false))) {
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
            let place = Place::of(name, text, validate::offset_of(text, 0, "area"));
            problems.push(format!("{place}: there is no chapter `{}`", file.area));
        }
        let mut search_from = 0;
        for case in file.cases {
            let start = validate::start_of(text, search_from, &case.id);
            search_from = start + 1;
            let place = Place::of(name, text, start);
            if let Some((first, first_is_own)) = by_id.get(&case.id) {
                if *first_is_own == is_own {
                    problems.push(format!(
                        "{place}: the id `{}` stands at {first} already",
                        case.id
                    ));
                }
                continue;
            }
            by_id.insert(case.id.clone(), (place.clone(), is_own));
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
                source: validate::source_of(text, start).to_owned(),
                case,
            });
        }
    }
    let is_own = |id: &str| by_id.get(id).is_some_and(|&(_, own)| own);
    cases.sort_by_key(|one: &Loaded| {
        let chapter = requirements.chapter_order(&one.area);
        (chapter, is_own(&one.case.id))
    });
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
    let place = Place::of(name, text, error.span().map_or(0, |span| span.start));
    format!("{place}: {}", error.message())
}

#[cfg(test)]
mod tests;
