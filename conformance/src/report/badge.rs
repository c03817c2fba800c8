//! A badge: as an image that needs nothing but itself, or as JSON for the endpoint of shields.io.

use std::io::{self, Write};

use serde::Serialize;
use unicode_width::UnicodeWidthChar as _;

use crate::outcome::{Level, Outcome, Report};
use crate::report::label;
use crate::report::tally::Tally;
use crate::report::verdict::{self, Verdict};
use crate::text::visible;

/// What the endpoint of shields.io reads, and what the image shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Badge {
    schema_version: u8,
    label: String,
    message: String,
    color: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_error: bool,
}

/// Writes the badge as JSON.
pub(super) fn endpoint(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Badge::of(report))?;
    out.write_all(b"\n")
}

/// Writes the badge as an SVG image.
pub(super) fn image(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let badge = Badge::of(report);
    let name = format!("{}: {}, {}", badge.label, badge.message, report.target.name);
    let (label, message) = (escape(&badge.label), escape(&badge.message));
    let (left, right) = (width(&badge.label), width(&badge.message));
    let (first, second) = (left + 2 * PADDING, right + 2 * PADDING);
    let whole = first + second;
    let (middle, end) = (first / 2, first + second / 2);
    write!(
        out,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-labelledby="name">
<title id="name">{name}</title>
<clipPath id="shape"><rect width="{whole}" height="20" rx="4"/></clipPath>
<g clip-path="url(#shape)">
<rect width="{first}" height="20" fill="#3d4148"/>
<rect x="{first}" width="{second}" height="20" fill="{fill}"/>
</g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,'DejaVu Sans',sans-serif" font-size="11">
<text x="{middle}" y="14" textLength="{left}">{label}</text>
<text x="{end}" y="14" textLength="{right}">{message}</text>
</g>
</svg>
"##,
        name = escape(&name),
        fill = fill(badge.color),
    )
}

/// Left and right of each text.
const PADDING: usize = 7;

impl Badge {
    fn of(report: &Report) -> Self {
        let verdict = Verdict::of(report);
        let cases = tried(report);
        let cases = label::count(cases, "case", "cases");
        let (message, color) = match verdict {
            Verdict::Conformant => {
                let level = match report.level {
                    Level::Must => "",
                    Level::Should | Level::May => " at level should",
                };
                (format!("conformant{level} ({cases})"), "brightgreen")
            }
            Verdict::AsExpected => (percent(report), "yellow"),
            Verdict::NotConformant
                if report
                    .records
                    .iter()
                    .all(|one| !verdict::is_red(one, report.level)) =>
            {
                ("stale baseline".to_owned(), "orange")
            }
            Verdict::NotConformant => (percent(report), "red"),
            Verdict::Unusable => ("server unusable".to_owned(), "lightgrey"),
            Verdict::HarnessFailed => ("the suite failed".to_owned(), "lightgrey"),
            Verdict::NothingRan => ("nothing ran".to_owned(), "lightgrey"),
            Verdict::Interrupted => ("interrupted".to_owned(), "lightgrey"),
        };
        let profiles = match report.target.profiles.join(", ") {
            none if none.is_empty() => none,
            some => format!(" ({some})"),
        };
        Self {
            schema_version: 1,
            label: visible(&format!("WAGI conformance{profiles}")).into_owned(),
            message,
            color,
            is_error: color == "lightgrey",
        }
    }
}

/// How many cases were put to the target.
fn tried(report: &Report) -> usize {
    let tally = Tally::of(&report.records);
    tally.total() - tally.count(Outcome::NotApplicable)
}

/// Which part of the cases conforms; never rounded up, so that not quite all is never all.
fn percent(report: &Report) -> String {
    let conforms = |outcome| {
        matches!(
            outcome,
            Outcome::Pass | Outcome::Warn | Outcome::UnexpectedPass
        )
    };
    let good = report.records.iter().filter(|record| {
        conforms(record.outcome)
            && !(record.outcome == Outcome::Warn && verdict::is_red(record, report.level))
    });
    let thousandths = good.count() * 1000 / tried(report).max(1);
    format!("{}.{} % conformant", thousandths / 10, thousandths % 10)
}

/// The colours of shields.io, dark enough for white text (4.5 to 1).
fn fill(color: &str) -> &'static str {
    match color {
        "brightgreen" => "#2a7d2e",
        "yellow" => "#8a6100",
        "orange" => "#b3480d",
        "red" => "#c0262d",
        _ => "#63686f",
    }
}

/// About how many pixels wide a text is at 11 pixels in Verdana; the image stretches it to fit.
fn width(text: &str) -> usize {
    let tenths = |c: char| match c {
        'i' | 'j' | 'l' | ' ' | '.' | ',' | ':' | '(' | ')' | '\'' => 42,
        'f' | 't' | 'r' | 'I' | 'J' | '-' => 48,
        'm' | 'w' | 'M' | 'W' | '%' => 105,
        c if c.is_ascii_uppercase() => 78,
        c => 68 * c.width().unwrap_or(1),
    };
    text.chars().map(tenths).sum::<usize>().div_ceil(10)
}

fn escape(text: &str) -> String {
    visible(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn text(write: fn(&Report, &mut dyn Write) -> io::Result<()>, report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn one(outcome: Outcome) -> Report {
        let mut report = fixture::green(3000);
        report.records[7].outcome = outcome;
        report
    }

    #[test]
    fn images() {
        insta::assert_snapshot!(text(image, &fixture::every_outcome()));
        insta::assert_snapshot!("conformant", text(image, &fixture::green(240)));
    }

    #[test]
    fn messages() {
        let mut should = fixture::green(3);
        should.level = Level::Should;
        let mut stale = fixture::green(3);
        stale.stale = vec!["expired".to_owned()];
        let reports = [
            fixture::green(1),
            should,
            stale,
            one(Outcome::Warn),
            one(Outcome::Fail),
            one(Outcome::ExpectedFail),
            one(Outcome::HarnessError),
            fixture::failing(),
            fixture::empty(),
            fixture::unusable(),
            fixture::interrupted(),
        ];
        let lines = reports.map(|report| {
            let badge = Badge::of(&report);
            format!("{}: {}, {}", badge.label, badge.message, badge.color)
        });
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn endpoint_form() {
        insta::assert_snapshot!(text(endpoint, &fixture::every_outcome()));
    }

    #[test]
    fn nothing_breaks_out_of_the_image() {
        let mut report = fixture::every_outcome();
        report.target.name = format!("\"/><script>{}", fixture::HOSTILE);
        report.target.profiles = vec![fixture::HOSTILE.to_owned()];
        let svg = text(image, &report);
        assert_eq!(
            svg.matches('<').count(),
            text(image, &fixture::every_outcome()).matches('<').count()
        );
        assert!(!svg.contains(['\u{202E}', '\u{1b}', '\0']));
    }
}
