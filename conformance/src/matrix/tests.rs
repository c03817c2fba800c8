use super::*;
use crate::report::fixture;

/// Three servers: one conforms, one shows every outcome, one is tested in a profile only.
fn reports() -> Vec<Report> {
    let mut good = fixture::green(8);
    good.target.name = "good".to_owned();
    let mut other = good.clone();
    other.target.name = "other".to_owned();
    other.target.profiles = vec!["cgi".to_owned()];
    other.records[1].outcome = Outcome::Fail;
    other.records[1].mismatch = fixture::failing()
        .records
        .iter()
        .find_map(|one| one.mismatch.clone());
    other.records[2].outcome = Outcome::NotApplicable;
    other.records[2].reason = Some("the profile leaves it out".to_owned());
    other.records.remove(4);
    for (report, label) in [(&mut good, "decoded | once"), (&mut other, "refused <b>")] {
        let record = &mut report.records[3];
        record.level = Level::May;
        record.reason = Some(format!("observed: {label}"));
    }
    other.interrupted = true;
    let mut drawn = other.records[1].clone();
    drawn.id = "property.outputs.status.alone".to_owned();
    other.records.push(drawn);
    vec![good, other]
}

fn rendered(render: fn(&Matrix, &mut dyn io::Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    render(&Matrix::of(&reports()), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn markdown() {
    insta::assert_snapshot!(rendered(markdown::render));
}

#[test]
fn html() {
    let page = rendered(html::render);
    let (_, table) = page.split_once("<thead>").unwrap();
    let (table, _) = table.split_once("<p class=\"nothing\"").unwrap();
    insta::assert_snapshot!(table);
    for word in [
        "url(",
        "@import",
        "src=",
        "fetch(",
        "innerHTML",
        "eval(",
        "<b>\n",
        "refused <b>",
    ] {
        assert!(!page.contains(word), "{word}");
    }
    assert_eq!(
        page.matches("<link").count(),
        1,
        "the icon, so that no browser looks for one"
    );
    assert!(!page.contains("{{"), "a place is left");
    let script = include_str!("html/script.js");
    for named in script.split("getElementById(\"").skip(1) {
        let id = named.split('"').next().unwrap();
        assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
    }
}

#[test]
fn servers_are_counted_by_what_was_put_to_the_test() {
    let matrix = Matrix::of(&reports());
    let [good, other] = &matrix.servers[..] else {
        panic!("{matrix:?}");
    };
    assert_eq!(
        (good.passed, good.tested, good.percent()),
        (7, 7, Some(100))
    );
    assert_eq!(
        (other.passed, other.tested, other.percent()),
        (4, 5, Some(80))
    );
    let rows = || {
        matrix
            .chapters
            .iter()
            .flat_map(|one| &one.requirements)
            .flat_map(|one| &one.rows)
    };
    let differing: Vec<&str> = rows()
        .filter(|row| row.differs())
        .map(|row| row.id.as_str())
        .collect();
    let records = &reports()[0].records;
    assert_eq!(differing, [records[1].id.as_str(), records[3].id.as_str()]);
    assert_eq!(rows().count(), 8);
}
