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
        "cases/status.toml:12:6: the id `status.sound` stands at cases/status.toml:4:6 already"
    );
    assert_eq!(
        with("status.alone", "status.nothing"),
        "cases/status.toml:6:18: status.sound: the specification has no requirement `status.nothing`"
    );
    assert_eq!(
        with("\"cat\"", "\"dog\""),
        "cases/status.toml:7:10: status.sound: mounts.toml has no mount `dog`"
    );
    assert_eq!(
        with("mount =", "twin = \"status.nobody\"\nmount ="),
        "cases/status.toml:4:6: status.sound: there is no case `status.nobody`"
    );
    let unknown = with("{nonce}\\n", "{nonse}\\n");
    assert!(
        unknown.starts_with("cases/status.toml:8:45: status.sound: `{nonse}` is no placeholder; there are {mount}, {pattern}"),
        "{unknown}"
    );
    assert_eq!(
        with("area = \"status\"", "area = \"statues\""),
        "cases/status.toml:1:1: there is no chapter `statues`"
    );
}

#[test]
fn syntax_errors_have_their_line() {
    let empty = with("status = 299", "status = ");
    assert!(empty.starts_with("cases/status.toml:9:21: "), "{empty}");
    let unknown = with("status = 299", "state = 299");
    assert!(
        unknown.starts_with("cases/status.toml:9:12: unknown field `state`"),
        "{unknown}"
    );
    let field = with("\"{nonce}\" } }", "{ absent = true, or = [\"\"] } } }");
    assert!(
        field.starts_with("cases/status.toml:9:") && field.contains("at-most-once"),
        "{field}"
    );
}

#[test]
fn patterns_are_compiled() {
    assert_eq!(
        with("\"{nonce}\" } }", "{ matches = \"{nonce}(\" } } }"),
        "cases/status.toml:9:60: status.sound: `{nonce}(` is no regular expression: unclosed group"
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
            "cases/status.toml:4:6: status.sound: an answer conforms that does not show"
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
        "cases/status.toml:9:26: status.sound: `ran` looks for `{nonce}`, which the request does not send"
    );
    assert_eq!(
        with("X-Nonce: {nonce}\\n", ""),
        "cases/status.toml:9:48: status.sound: expects `{nonce}`, which the request does not send"
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

#[test]
fn own_cases_stand_beside_the_others_and_over_those_of_the_same_id() {
    let requirements = requirement::all().unwrap_or_else(|error| panic!("{error}"));
    let load = |base: &str, own: &str| {
        let (base, own) = ([("cases/status.toml", base)], [("own.toml", own)]);
        load_over(&base, &own, requirements, MountTable::builtin())
            .map(|library| {
                let shown = |one: &Loaded| format!("{} {}", one.place.file, one.case.id);
                library.iter().map(shown).collect::<Vec<_>>()
            })
            .map_err(|error| error.problems.join("\n"))
    };
    let other = SOUND.replace("status.sound", "status.own");
    assert_eq!(
        load(SOUND, &other),
        Ok(vec![
            "cases/status.toml status.sound".to_owned(),
            "own.toml status.own".to_owned()
        ])
    );
    assert_eq!(
        load(SOUND, SOUND),
        Ok(vec!["own.toml status.sound".to_owned()])
    );
    let wrong = load(SOUND, &other.replace("\"cat\"", "\"dog\""));
    assert!(
        wrong
            .unwrap_err()
            .starts_with("own.toml:7:10: status.own: ")
    );
}

#[test]
fn what_the_model_judges_is_whole_and_judged_by_nothing_else() {
    let modelled = |request: &str, expect: &str| {
        let text = SOUND.replace("mount = \"cat\"\n", "");
        let (head, _) = text.split_once("request =").unwrap();
        problems(&format!("{head}request = {request}\nexpect = {expect}\n"))
    };
    let sound = r#"{ raw = "GET {mount}/%41 HTTP/1.1\r\nHost: {host}\r\n\r\n" }"#;
    assert_eq!(modelled(sound, "{ model = true }"), "");
    assert_eq!(modelled("{ body = \"a\" }", "{ model = true }"), "");
    assert!(modelled(sound, "{ model = true, status = 200 }").contains("nothing else"));
    let cut = r#"{ raw = "GET {mount} HTTP/1.1\r\nHost: {host}\r\n" }"#;
    assert!(modelled(cut, "{ model = true }").contains("does not end"));
    let several = "[{ model = true }, { status = 200, ran = true }]";
    assert!(modelled(sound, several).contains("no alternative"));
}
