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
