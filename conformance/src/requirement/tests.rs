use super::*;

fn with(chapter: &str) -> Result<Requirements, SpecError> {
    let introduction = "# Introduction\n\n**Version 1.2.3**\n";
    read(|file| match file {
        "SUMMARY.md" => Some("[Introduction](introduction.md)\n- [Status](status.md)\n"),
        "introduction.md" => Some(introduction),
        "status.md" => Some(chapter),
        _ => None,
    })
}

const BOX: &str = "# Status\n\n<a id=\"status.one\"></a>\n\n> **status.one** · MUST NOT\n>\n> First `line`\n> second.\n>\n> More.\n>\n> Source: RFC 3875 §6.\n>\n> Not testable: because.\n";

#[test]
fn a_box_is_read() {
    let requirements = with(BOX).unwrap();
    assert_eq!(requirements.version, "1.2.3");
    let one = requirements.get("status.one").unwrap();
    assert_eq!((one.level, one.keyword.as_str()), (Level::Must, "MUST NOT"));
    assert_eq!(one.text, "First `line`\nsecond.\n\nMore.");
    assert_eq!(one.source, "RFC 3875 §6.");
    assert_eq!(one.excluded.as_deref(), Some("because."));
    assert_eq!(one.link(), "spec/src/status.md#status.one");
    assert_eq!(one.chapter_title, "Status");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let problem = |text: &str| with(text).unwrap_err().problems.join("\n");
    let twice = format!("{BOX}\n{}", BOX.trim_start_matches("# Status\n\n"));
    assert_eq!(
        problem(&twice),
        "status.md:18: the id `status.one` stands at status.md:5 already; ids are unique"
    );
    assert_eq!(
        problem(&BOX.replace(" · MUST NOT", "")),
        "status.md:5: `status.one` has no level"
    );
    assert!(
        problem(&BOX.replace("MUST NOT", "OUGHT"))
            .starts_with("status.md:5: `status.one` has the level `OUGHT`")
    );
    assert_eq!(
        problem(&BOX.replace("Source: ", "From: ")),
        "status.md:5: `status.one` has no line `> Source: …`"
    );
    assert_eq!(
        problem(&BOX.replace("id=\"status.one\"", "id=\"status.two\"")),
        "status.md:5: `status.one` stands below the anchor of `status.two`"
    );
    assert!(problem(&BOX.replace("<a id=\"status.one\"></a>", "")).contains("has no anchor"));
    assert!(
        problem(&BOX.replace("> First `line`\n> second.\n>\n> More.\n>\n", ""))
            .contains("has no text")
    );
}

#[test]
fn a_missing_chapter_and_a_missing_version_are_errors() {
    let error = read(|file| (file == "SUMMARY.md").then_some("- [Status](status.md)")).unwrap_err();
    assert_eq!(
        error.problems,
        [
            "SUMMARY.md:1: there is no chapter `status.md`",
            "introduction.md: no line `**Version X.Y.Z**`"
        ]
    );
}

#[test]
fn code_is_not_read() {
    let fenced = format!("# Status\n\n```markdown\n{BOX}```\n");
    assert_eq!(with(&fenced).unwrap().iter().count(), 0);
}

#[test]
fn the_specification_is_sound() {
    let requirements = all().unwrap_or_else(|error| panic!("{error}"));
    assert!(requirements.iter().count() >= 176);
    assert!(requirements.get("env.path-info.decoded-once").is_some());
}
