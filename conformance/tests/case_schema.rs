//! `cases/case.schema.json`, which editors and runners in other languages rely on: it accepts every
//! case file of the suite, and refuses what the loader refuses.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use jsonschema::Validator;
use serde_json::{Value, json};
use wagi_conformance::case::library::load;
use wagi_conformance::case::schema::CaseFile;
use wagi_conformance::mount::MountTable;
use wagi_conformance::requirement;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/cases"))
}

fn schema() -> Validator {
    let text = fs::read_to_string(folder().join("case.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert!(
        jsonschema::meta::is_valid(&schema),
        "no JSON Schema 2020-12"
    );
    jsonschema::validator_for(&schema).unwrap()
}

/// All case files: name and content.
fn files() -> Vec<(String, Value)> {
    let mut files: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            assert!(
                text.starts_with("#:schema ./case.schema.json\n"),
                "{}: the first line names the schema for editors",
                path.display()
            );
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, toml::from_str(&text).unwrap())
        })
        .collect();
    files.sort_by(|a: &(String, Value), b| a.0.cmp(&b.0));
    assert!(files.len() >= 13, "where are the cases?");
    files
}

#[test]
fn every_case_file_fits() {
    let schema = schema();
    for (name, file) in files() {
        let problems: Vec<_> = schema
            .iter_errors(&file)
            .map(|error| format!("{name}{}: {error}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}

/// Calls `visit` with every value inside `value` and its path.
fn each(value: &Value, path: &str, visit: &mut impl FnMut(&str)) {
    visit(path);
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                each(
                    inner,
                    &format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")),
                    visit,
                );
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                each(inner, &format!("{path}/{index}"), visit);
            }
        }
        _ => {}
    }
}

/// Whether the loader can read the structure of the file.
fn readable(file: &Value) -> bool {
    toml::from_str::<CaseFile>(&toml::to_string(file).unwrap()).is_ok()
}

/// A fraction stands nowhere in a case: whatever value it replaces, both refuse the file.
#[test]
fn a_value_of_the_wrong_type_is_refused_by_schema_and_loader() {
    let schema = schema();
    let mut tried = 0;
    for (name, file) in files() {
        for case in file["case"].as_array().unwrap() {
            let sound = json!({ "area": file["area"], "case": [case] });
            assert!(
                schema.is_valid(&sound) && readable(&sound),
                "{name}: {case}"
            );
            each(case, "/case/0", &mut |path| {
                let mut mutant = sound.clone();
                *mutant.pointer_mut(path).unwrap() = json!(1.5);
                assert!(
                    !schema.is_valid(&mutant),
                    "{name}: the schema accepts 1.5 at {path} of {case}"
                );
                assert!(
                    !readable(&mutant),
                    "{name}: the loader accepts 1.5 at {path} of {case}"
                );
                tried += 1;
            });
        }
    }
    assert!(tried > 3000, "{tried}");
}

/// A key that nobody knows is refused in every table that is not a map of names.
#[test]
fn an_unknown_key_is_refused_by_schema_and_loader() {
    let schema = schema();
    for (name, file) in files() {
        for case in file["case"].as_array().unwrap() {
            let sound = json!({ "area": file["area"], "case": [case] });
            each(case, "/case/0", &mut |path| {
                let mut mutant = sound.clone();
                let Value::Object(table) = mutant.pointer_mut(path).unwrap() else {
                    return;
                };
                if path.ends_with("/variables") || path.ends_with("/fields") {
                    return;
                }
                table.insert("expcet".to_owned(), json!("x"));
                assert!(
                    !schema.is_valid(&mutant),
                    "{name}: the schema accepts `expcet` in {path} of {case}"
                );
                assert!(
                    !readable(&mutant),
                    "{name}: the loader accepts `expcet` in {path} of {case}"
                );
            });
        }
    }
}

/// Who refuses a wrong file.
#[derive(Debug, PartialEq)]
enum By {
    Both,
    /// The loader alone: the schema cannot know it, for this reason.
    Loader(&'static str),
}
use By::{Both, Loader};

const PATTERN: &str = "with placeholders in it a pattern is no regular expression yet";

const SOUND: &str = r#"area = "status"

[[case]]
id = "status.sound"
title = "A case"
requirements = ["status.alone"]
mount = "cat"
request = { output = "Status: 299\nX-Nonce: {nonce}\n\n" }
expect = { status = 299, fields = { X-Nonce = "{nonce}" } }
"#;

/// What is replaced by what in the sound file, and who refuses that.
const WRONG: &[(&str, &str, By)] = &[
    ("area = \"status\"", "", Both),
    ("area = \"status\"", "area = \"statues\"", Both),
    ("area = \"status\"", "area = 1", Both),
    ("area = \"status\"", "area = \"status\"\nareas = 1", Both),
    ("[[case]]", "[[cases]]", Both),
    ("id = \"status.sound\"", "", Both),
    ("status.sound", "status", Both),
    ("status.sound", "Status.Sound", Both),
    ("status.sound", "status..sound", Both),
    ("status.sound", "status.sound.", Both),
    ("title = \"A case\"", "", Both),
    ("title = \"A case\"", "title = \"\"", Both),
    ("title = \"A case\"", "title = \"two\\nlines\"", Both),
    ("title = \"A case\"", "title = \"A case\"\nwhy = \"\"", Both),
    ("requirements = [\"status.alone\"]", "", Both),
    (
        "requirements = [\"status.alone\"]",
        "requirements = []",
        Both,
    ),
    (
        "requirements = [\"status.alone\"]",
        "requirements = \"status.alone\"",
        Both,
    ),
    (
        "[\"status.alone\"]",
        "[\"status.alone\", \"status.alone\"]",
        Both,
    ),
    (
        "\"status.alone\"",
        "\"status.nothing\"",
        Loader("requirements stand in the specification"),
    ),
    ("mount =", "level = \"perhaps\"\nmount =", Both),
    ("mount =", "profiles = []\nmount =", Both),
    ("mount =", "profiles = [\"core\", \"core\"]\nmount =", Both),
    ("mount =", "profiles = [\"all\"]\nmount =", Both),
    ("mount =", "needs = [\"magic\"]\nmount =", Both),
    ("mount =", "needs = [\"routes\", \"routes\"]\nmount =", Both),
    ("mount =", "repeat = 0\nmount =", Both),
    ("mount =", "parallel = -1\nmount =", Both),
    ("mount =", "repeat = \"3\"\nmount =", Both),
    ("mount =", "slow = 1\nmount =", Both),
    ("mount =", "follow-up = \"maybe\"\nmount =", Both),
    (
        "mount =",
        "background = { mount = \"spin\" }\nmount =",
        Both,
    ),
    (
        "mount =",
        "background = { mount = \"spin\", beyond-cores = -1 }\nmount =",
        Both,
    ),
    (
        "mount =",
        "twin = \"status.nobody\"\nmount =",
        Loader("it names a case of any file"),
    ),
    (
        "mount =",
        "twin = \"status.sound\"\nmount =",
        Loader("it names a case of any file"),
    ),
    ("\"cat\"", "\"Cat\"", Both),
    ("\"cat\"", "\"dog\"", Loader("mounts stand in mounts.toml")),
    ("request =", "requests =", Both),
    (
        "{nonce}\\n",
        "{nonse}\\n",
        Loader("placeholders are text to a schema"),
    ),
    ("output =", "method = \"\", output =", Both),
    ("output =", "version = \"2\", output =", Both),
    ("output =", "framing = \"none\", output =", Both),
    ("output =", "fields = [[\"A\"]], output =", Both),
    (
        "output =",
        "fields = [[\"A\", \"b\", \"c\"]], output =",
        Both,
    ),
    ("output =", "fields = { A = \"b\" }, output =", Both),
    ("output =", "raw = \"x\", output =", Both),
    ("output =", "body = \"x\", output =", Both),
    ("output =", "target = [256], output =", Both),
    ("output =", "target = [-1], output =", Both),
    (
        "output =",
        "target = [{ every-byte = false }], output =",
        Both,
    ),
    ("output =", "target = [{ repeat = \"a\" }], output =", Both),
    (
        "output =",
        "target = [{ repeat = \"a\", times = -1 }], output =",
        Both,
    ),
    ("output =", "target = [{ filler = \"9\" }], output =", Both),
    (
        "output =",
        "method = \"HEAD\", output =",
        Loader("which probe knows a method stands in mounts.toml"),
    ),
    (
        "output =",
        "target = \"{mount}?x\", method = \"GET\", output =",
        Loader("which probe knows a method stands in mounts.toml"),
    ),
    (
        "expect = { status = 299, fields = { X-Nonce = \"{nonce}\" } }",
        "",
        Both,
    ),
    (
        "{ status = 299, fields = { X-Nonce = \"{nonce}\" } }",
        "{}",
        Both,
    ),
    (
        "{ status = 299, fields = { X-Nonce = \"{nonce}\" } }",
        "[]",
        Both,
    ),
    (
        "{ status = 299, fields = { X-Nonce = \"{nonce}\" } }",
        "{ status = 299 }",
        Loader("that it proves nothing is no matter of form"),
    ),
    (
        "{ status = 299, fields = { X-Nonce = \"{nonce}\" } }",
        "{ label = \"\", ran = true }",
        Both,
    ),
    (
        "{ status = 299, fields = { X-Nonce = \"{nonce}\" } }",
        "{ closed = true, status = 299 }",
        Both,
    ),
    (
        "expect =",
        "exchange = [{ expect = { ran = true } }]\nexpect =",
        Both,
    ),
    ("expect =", "exchange = []\nexpect =", Both),
    ("status = 299", "status = 99", Both),
    ("status = 299", "status = 1000", Both),
    ("status = 299", "status = \"4x\"", Both),
    ("status = 299", "status = \"0xx\"", Both),
    ("status = 299", "status = []", Both),
    ("status = 299", "state = 299", Both),
    (
        "\"{nonce}\" } }",
        "{ absent = true, or = [\"\"] } } }",
        Both,
    ),
    ("\"{nonce}\" } }", "{ absent = false } } }", Both),
    (
        "\"{nonce}\" } }",
        "{ matches = \"{nonce}\", list = [] } } }",
        Both,
    ),
    (
        "\"{nonce}\" } }",
        "{ matches = \"(\" } } }",
        Loader(PATTERN),
    ),
    ("\"{nonce}\" } }", "\"{nonce}\" }, nowhere = \"x\" }", Both),
    ("\"{nonce}\" } }", "\"{nonce}\" }, crlf = \"yes\" }", Both),
    (
        "\"{nonce}\" } }",
        "\"{nonce}\" }, body = { contains = 1 } }",
        Both,
    ),
    (
        "\"{nonce}\" } }",
        "\"{nonce}\" }, variables = { A = { one-of = [] } } }",
        Both,
    ),
    (
        "\"{nonce}\" } }",
        "\"{nonce}\" }, variables = { A = { set = false } } }",
        Both,
    ),
    (
        "\"{nonce}\" } }",
        "\"{nonce}\" }, variables = { A = { matches = \"(\" } } }",
        Loader(PATTERN),
    ),
    (
        "\"{nonce}\" } }",
        "\"{nonce}\" }, no-variable = \"(\" }",
        Loader(PATTERN),
    ),
    (
        "X-Nonce: {nonce}\\n",
        "",
        Loader("that the nonce is sent is no matter of form"),
    ),
];

#[test]
fn wrong_files_are_refused_by_schema_and_loader() {
    let schema = schema();
    let requirements = requirement::all().unwrap();
    let loaded = |text: &str| {
        load(
            &[("cases/wrong.toml", text)],
            requirements,
            MountTable::builtin(),
        )
        .map_err(|error| error.problems)
    };
    let valid = |text: &str| toml::from_str::<Value>(text).is_ok_and(|file| schema.is_valid(&file));
    assert_eq!(loaded(SOUND).err(), None);
    assert!(valid(SOUND));

    let mut disagreements = Vec::new();
    for (from, to, by) in WRONG {
        assert!(SOUND.contains(from), "{from}");
        let text = SOUND.replacen(from, to, 1);
        let expected = *by == Both;
        if valid(&text) == expected {
            disagreements.push(format!("the schema on {to:?} for {from:?}: {by:?}"));
        }
        match loaded(&text) {
            Ok(_) => disagreements.push(format!("the loader accepts {to:?} for {from:?}")),
            Err(problems) => {
                let placed = |problem: &String| {
                    let mut parts = problem.splitn(4, ':');
                    parts.next() == Some("cases/wrong.toml")
                        && parts
                            .next()
                            .is_some_and(|line| line.parse::<usize>().is_ok())
                        && parts
                            .next()
                            .is_some_and(|column| column.parse::<usize>().is_ok())
                };
                assert!(problems.iter().all(placed), "without a place: {problems:?}");
            }
        }
    }
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
}
