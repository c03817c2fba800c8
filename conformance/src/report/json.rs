//! The JSON report: [`Report`] itself, indented, in the order of its fields.

use std::io::{self, Write};

use crate::outcome::Report;

/// Writes the report as JSON with a line feed at the end.
pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::report::fixture;

    fn json(report: &Report) -> String {
        let mut out = Vec::new();
        render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_outcome() {
        insta::assert_snapshot!(json(&fixture::every_outcome()));
    }

    const SCHEMA: &str = include_str!("../../report.schema.json");

    #[test]
    fn the_schema_describes_it() {
        let schema = serde_json::from_str(SCHEMA).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut long = fixture::every_outcome();
        long.records[1].exchanges[0].response = vec![0xE9; 100_000];
        for report in [
            fixture::every_outcome(),
            fixture::empty(),
            fixture::unusable(),
            fixture::interrupted(),
            long,
        ] {
            let value = serde_json::to_value(&report).unwrap();
            let problems: Vec<_> = validator
                .iter_errors(&value)
                .map(|error| error.to_string())
                .collect();
            assert_eq!(problems, Vec::<String>::new());
        }
    }

    #[test]
    fn the_schema_refuses_what_is_wrong() {
        let schema = serde_json::from_str(SCHEMA).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let right = serde_json::to_value(fixture::every_outcome()).unwrap();
        for (place, wrong) in [
            ("/format", Value::from(2)),
            ("/level", Value::from("all")),
            ("/records/0/outcome", Value::from("passed")),
            ("/records/0/place", Value::from("cases/a.toml")),
            ("/records/0/requirements/0", Value::from("Not An Id")),
            ("/records/1/mismatch", Value::from("a text")),
            ("/records/1/reproducer/with", Value::from("wget")),
            (
                "/records/1/exchanges/0/request",
                Value::from("beyond a byte: …"),
            ),
            ("/requirements/failure.trap/keyword", Value::from("must")),
            ("/seed", Value::from(-1)),
        ] {
            let mut report = right.clone();
            *report.pointer_mut(place).unwrap() = wrong;
            assert!(!validator.is_valid(&report), "{place}");
        }
        for key in ["format", "records", "interrupted", "target"] {
            let mut report = right.clone();
            report.as_object_mut().unwrap().remove(key);
            assert!(!validator.is_valid(&report), "{key}");
        }
    }

    /// New keys are allowed, so that the schema itself would not notice one that it lacks.
    #[test]
    fn the_schema_and_the_manual_name_every_key() {
        fn keys(value: &Value, found: &mut BTreeSet<String>) {
            match value {
                Value::Object(map) => {
                    for (key, value) in map {
                        // The keys of `requirements` are ids.
                        if !key.contains('.') {
                            found.insert(key.clone());
                        }
                        keys(value, found);
                    }
                }
                Value::Array(list) => list.iter().for_each(|one| keys(one, found)),
                _ => {}
            }
        }
        let manual = include_str!("../../README.md");
        let mut report = fixture::every_outcome();
        report.unusable = Some("why".to_owned());
        report.stale = vec!["why".to_owned()];
        let mut found = BTreeSet::new();
        keys(&serde_json::to_value(&report).unwrap(), &mut found);
        for key in found {
            assert!(SCHEMA.contains(&format!("\"{key}\": {{")), "{key}: schema");
            assert!(manual.contains(&format!("`{key}`")), "{key}: README.md");
        }
    }

    #[test]
    fn it_is_read_back_as_it_was() {
        for report in [
            fixture::every_outcome(),
            fixture::empty(),
            fixture::unusable(),
        ] {
            let first = json(&report);
            let read: Report = serde_json::from_str(&first).unwrap();
            assert_eq!(json(&read), first);
            assert_eq!(read.seed, report.seed);
            for (before, after) in report.records.iter().zip(&read.records) {
                assert_eq!(before.exchanges, after.exchanges);
            }
        }
    }
}
