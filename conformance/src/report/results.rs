//! The JSON report without what changes from run to run: no bytes, times, addresses and seed, and
//! nothing of the property tests, which draw something else each time. For `matrix`, and for
//! version control.

use std::io::{self, Write};
use std::time::Duration;

use regex::Regex;

use crate::outcome::{CaseRecord, Report};
use crate::report::json;
use crate::run::PROPERTIES;

/// Writes the results as a JSON report with a line feed at the end.
pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    json::render(&stable(report), out)
}

fn stable(report: &Report) -> Report {
    let host = report.target.url.trim_start_matches("http://");
    let host = host.split('/').next().unwrap_or_default();
    // Nonces, see `run::random`.
    let nonce = Regex::new("n[0-9a-f]{16}").expect("a valid expression");
    let steady = |text: &str| {
        let text = match host {
            "" => text.to_owned(),
            host => text.replace(host, "{host}"),
        };
        nonce.replace_all(&text, "{nonce}").into_owned()
    };
    let mut stable = report.clone();
    stable.target.url = String::new();
    stable.seed = 0;
    stable.started = 0;
    stable.duration = Duration::ZERO;
    let drawn = |record: &CaseRecord| PROPERTIES.iter().any(|id| record.id.starts_with(id));
    stable.records.retain(|record| !drawn(record));
    for record in &mut stable.records {
        record.duration = Duration::ZERO;
        record.exchanges.clear();
        record.reproducer = None;
        record.replay = None;
        record.reason = record.reason.as_deref().map(steady);
        if let Some(miss) = &mut record.mismatch {
            for text in [&mut miss.subject, &mut miss.expected, &mut miss.actual] {
                *text = steady(text);
            }
        }
    }
    stable
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn two_runs_of_one_server_are_the_same() {
        let written = |port: &str, nonce: &str, seed: u64| {
            let mut report = fixture::failing();
            report.target.url = format!("http://127.0.0.1:{port}/prefix");
            report.seed = seed;
            report.started = seed;
            report.duration = Duration::from_millis(seed);
            for record in &mut report.records {
                record.duration = Duration::from_millis(seed);
                record.reason = Some(format!("observed: {nonce} at 127.0.0.1:{port}"));
                if let Some(miss) = &mut record.mismatch {
                    miss.actual = format!("http://127.0.0.1:{port}/env?{nonce}");
                }
            }
            report
                .records
                .push(fixture::case("property.requests", "property-tests", "x"));
            let mut out = Vec::new();
            render(&report, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let first = written("34567", "n0123456789abcdef", 1);
        assert_eq!(first, written("45678", "nfedcba9876543210", 2));
        assert!(
            first.contains("{host}") && first.contains("{nonce}"),
            "{first}"
        );
        assert!(!first.contains("property.requests"));
        serde_json::from_str::<Report>(&first).unwrap();
    }
}
