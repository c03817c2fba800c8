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
    /// File and line, for people.
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
    /// Each with file and line.
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
            let line = validate::line_of(text, 0, "area");
            problems.push(format!(
                "{name}:{line}: there is no chapter `{}`",
                file.area
            ));
        }
        let mut search_from = 0;
        for case in file.cases {
            let start = validate::start_of(text, search_from, &case.id);
            search_from = start + 1;
            let place = format!("{name}:{}", validate::line_of(text, start, &case.id));
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
    let line = error
        .span()
        .map_or(1, |span| 1 + text[..span.start].matches('\n').count());
    format!("{name}:{line}: {}", error.message())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"area = "status"

[[case]]
id = "status.sound"
title = "A case"
requirements = ["status.alone"]
mount = "cat"
request = { output = "Status: 299\nX-Nonce: {nonce}\n\n" }
expect = { status = 299, fields = { X-Nonce = "{nonce}" } }
"#;

    fn problems(text: &str) -> String {
        let requirements = requirement::all().unwrap_or_else(|error| panic!("{error}"));
        match load(
            &[("cases/status.toml", text)],
            requirements,
            MountTable::builtin(),
        ) {
            Ok(_) => String::new(),
            Err(error) => error.problems.join("\n"),
        }
    }

    /// The sound case with one thing changed.
    fn with(from: &str, to: &str) -> String {
        assert!(SOUND.contains(from), "{from}");
        problems(&SOUND.replace(from, to))
    }

    #[test]
    fn the_cases_of_the_suite_are_sound() {
        let library = all().unwrap_or_else(|error| panic!("{error}"));
        for loaded in library.iter() {
            assert!(library.get(&loaded.case.id).is_some());
        }
    }

    #[test]
    fn a_sound_case_is_loaded() {
        assert_eq!(problems(SOUND), "");
    }

    #[test]
    fn ids_and_names_are_checked_with_their_place() {
        let (_, case) = SOUND.split_once("\n\n").unwrap();
        assert_eq!(
            problems(&format!("{SOUND}\n{case}")),
            "cases/status.toml:12: the id `status.sound` stands at cases/status.toml:4 already"
        );
        assert_eq!(
            with("status.alone", "status.nothing"),
            "cases/status.toml:6: status.sound: the specification has no requirement `status.nothing`"
        );
        assert_eq!(
            with("\"cat\"", "\"dog\""),
            "cases/status.toml:7: status.sound: mounts.toml has no mount `dog`"
        );
        assert_eq!(
            with("mount =", "twin = \"status.nobody\"\nmount ="),
            "cases/status.toml:4: status.sound: there is no case `status.nobody`"
        );
        let unknown = with("{nonce}\\n", "{nonse}\\n");
        assert!(
            unknown.starts_with("cases/status.toml:8: status.sound: `{nonse}` is no placeholder; there are {mount}, {pattern}"),
            "{unknown}"
        );
        assert_eq!(
            with("area = \"status\"", "area = \"statues\""),
            "cases/status.toml:1: there is no chapter `statues`"
        );
    }

    #[test]
    fn syntax_errors_have_their_line() {
        assert!(with("status = 299", "status = ").starts_with("cases/status.toml:9: "));
        let unknown = with("status = 299", "state = 299");
        assert!(
            unknown.starts_with("cases/status.toml:9: unknown field `state`"),
            "{unknown}"
        );
        let field = with("\"{nonce}\" } }", "{ absent = true, or = [\"\"] } } }");
        assert!(
            field.starts_with("cases/status.toml:9: ") && field.contains("at-most-once"),
            "{field}"
        );
    }

    #[test]
    fn patterns_are_compiled() {
        assert_eq!(
            with("\"{nonce}\" } }", "{ matches = \"{nonce}(\" } } }"),
            "cases/status.toml:9: status.sound: `{nonce}(` is no regular expression: unclosed group"
        );
        assert!(with("status = 299", "status = \"4x\"").contains("`4x` is no class"));
    }

    #[test]
    fn a_circle_of_twins_is_found() {
        let one = SOUND.replace("mount =", "twin = \"status.other\"\nmount =");
        let (_, other) = SOUND.split_once("\n\n").unwrap();
        let other = other
            .replace("status.sound", "status.other")
            .replace("mount =", "twin = \"status.sound\"\nmount =");
        let found = problems(&format!("{one}\n{other}"));
        assert!(
            found.contains("status.sound: its twins lead in a circle: status.sound"),
            "{found}"
        );
    }

    #[test]
    fn a_case_that_could_pass_by_accident_is_refused() {
        let found = with(", fields = { X-Nonce = \"{nonce}\" }", "");
        assert!(
            found.starts_with(
                "cases/status.toml:4: status.sound: an answer conforms that does not show"
            ),
            "{found}"
        );
        assert!(
            with("status = 299, fields = { X-Nonce = \"{nonce}\" }", "")
                .contains("an answer that every response matches")
        );
    }

    #[test]
    fn a_nonce_that_is_looked_for_is_sent() {
        let text = SOUND
            .replace("\\nX-Nonce: {nonce}", "")
            .replace("fields = { X-Nonce = \"{nonce}\" }", "ran = true");
        assert_eq!(
            problems(&text),
            "cases/status.toml:9: status.sound: `ran` looks for `{nonce}`, which the request does not send"
        );
        assert_eq!(
            with("X-Nonce: {nonce}\\n", ""),
            "cases/status.toml:9: status.sound: expects `{nonce}`, which the request does not send"
        );
        let quoted = SOUND
            .replace(
                "output = \"Status: 299\\nX-Nonce: {nonce}\\n\\n\"",
                "target = \"{mount}?{nonce}\"",
            )
            .replace("fields = { X-Nonce = \"{nonce}\" }", "ran = false")
            .replace("mount =", "twin = \"status.sound\"\nmount =");
        assert!(
            problems(&quoted).contains("an error page may quote it"),
            "{}",
            problems(&quoted)
        );
    }

    #[test]
    fn a_request_is_said_in_one_way() {
        assert!(with("output =", "raw = \"x\", output =").contains("`raw` is the whole request"));
        assert!(with("output =", "body = \"x\", output =").contains("there cannot be another"));
        assert!(
            with("output =", "method = \"HEAD\", output =")
                .contains("the probe `cat` writes no `output` for HEAD")
        );
        assert!(with("expect = {", "expects = {").contains("unknown field `expects`"));
    }
}
