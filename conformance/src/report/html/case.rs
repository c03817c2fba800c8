//! The cases: a line each, which opens to everything that is known.

use std::io::{self, Write};

use super::markup::{badge, compared, escape, fragment, line, link, prose, wire};
use crate::outcome::{CaseRecord, ExchangeRecord, Outcome, Report, Reproducer};
use crate::report::tally::Area;
use crate::report::{label, summary};

/// Writes the cases by area.
pub(super) fn list(report: &Report, areas: &[Area<'_>], out: &mut dyn Write) -> io::Result<()> {
    for area in areas {
        let anchor = fragment(area.name);
        writeln!(
            out,
            "<section class=\"area\" aria-labelledby=\"area-{anchor}\">\n\
             <h3 id=\"area-{anchor}\">{} <span class=\"number\">{}</span></h3>",
            escape(&area.title),
            label::count(area.records.len(), "case", "cases"),
        )?;
        for record in &area.records {
            case(report, record, out)?;
        }
        writeln!(out, "</section>")?;
    }
    Ok(())
}

fn case(report: &Report, record: &CaseRecord, out: &mut dyn Write) -> io::Result<()> {
    let level = label::level(record.level);
    let anchor = fragment(&record.id);
    writeln!(
        out,
        "<details class=\"case\" data-outcome=\"{outcome}\" data-level=\"{level}\" data-area=\"{area}\">\n\
         <summary>{badge}<span class=\"name\"><span class=\"id\">{id}</span> \
         <span class=\"title\">{title}</span></span><span class=\"level\">{level}</span>\
         <span class=\"time\">{time}</span></summary>\n<div class=\"body\" id=\"{anchor}\">",
        outcome = label::slug(record.outcome),
        area = escape(&record.area),
        badge = badge(record.outcome),
        id = escape(&record.id),
        title = line(&record.title),
        time = summary::duration(record.duration),
    )?;
    writeln!(out, "<dl>")?;
    requirements(report, record, out)?;
    if let Some(reason) = &record.reason {
        entry("Reason", &line(reason), out)?;
    }
    if let Some(mismatch) = &record.mismatch {
        let (expected, actual) = compared(&mismatch.expected, &mismatch.actual);
        entry("Looked at", &escape(&mismatch.subject), out)?;
        entry(
            "Expected",
            &format!("<pre class=\"value expected\">{expected}</pre>"),
            out,
        )?;
        entry(
            "Actual",
            &format!("<pre class=\"value actual\">{actual}</pre>"),
            out,
        )?;
    }
    if let Some(Reproducer::Curl(line) | Reproducer::Socket(line)) = &record.reproducer {
        entry("Reproduce", &command(line), out)?;
    }
    if let Some(line) = &record.replay {
        entry("Replay", &command(line), out)?;
    }
    if let Some(place) = &record.place {
        entry(
            "Case",
            &format!("<span class=\"id\">{}</span>", escape(place)),
            out,
        )?;
    }
    entry(
        "Link",
        &format!(
            "<a class=\"self\" href=\"#{anchor}\">#{anchor}</a> \
             <button type=\"button\" class=\"copy\" data-copy=\"link\">Copy link</button>"
        ),
        out,
    )?;
    writeln!(out, "</dl>")?;
    exchanges(record, out)?;
    writeln!(out, "</div>\n</details>")
}

/// A line for a shell, with a button that copies it.
fn command(line: &str) -> String {
    let line = escape(line);
    format!(
        "<div class=\"copied\"><pre class=\"value\">{line}</pre>\
         <button type=\"button\" class=\"copy\" data-copy=\"command\">Copy</button></div>"
    )
}

fn entry(term: &str, html: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<dt>{term}</dt><dd>{html}</dd>")
}

fn requirements(report: &Report, record: &CaseRecord, out: &mut dyn Write) -> io::Result<()> {
    for id in &record.requirements {
        match report.requirements.get(id) {
            Some(requirement) => {
                let html = format!(
                    "<div class=\"requirement\"><p>{}</p>{}</div>",
                    link(&requirement.link, id),
                    prose(&requirement.text),
                );
                entry(
                    &format!(
                        "<span class=\"keyword\">{}</span>",
                        escape(&requirement.keyword)
                    ),
                    &html,
                    out,
                )?;
            }
            None => entry("Requirement", &escape(id), out)?,
        }
    }
    Ok(())
}

fn exchanges(record: &CaseRecord, out: &mut dyn Write) -> io::Result<()> {
    let count = record.exchanges.len();
    for (i, exchange) in record.exchanges.iter().enumerate() {
        // Nobody reads far into the bytes of what passed; the JSON report has them.
        let shown = if record.outcome == Outcome::Pass {
            4096
        } else {
            16 * 1024
        };
        let number = if count > 1 {
            format!(" {} of {count}", i + 1)
        } else {
            String::new()
        };
        let ExchangeRecord {
            request,
            response,
            ended,
        } = exchange;
        writeln!(out, "<div class=\"exchange\">")?;
        message(&format!("Request{number}"), request, shown, out)?;
        message(&format!("Response{number}"), response, shown, out)?;
        if let Some(ended) = ended {
            writeln!(out, "<p class=\"ended\">Ended: {}</p>", escape(ended))?;
        }
        writeln!(out, "</div>")?;
    }
    Ok(())
}

fn message(title: &str, bytes: &[u8], shown: usize, out: &mut dyn Write) -> io::Result<()> {
    let length = label::count(bytes.len(), "byte", "bytes");
    let content = match bytes {
        [] => "<i>nothing</i>".to_owned(),
        _ => wire(bytes, shown),
    };
    writeln!(
        out,
        "<figure><figcaption>{title} <span class=\"number\">{length}</span></figcaption>\
         <pre class=\"wire\" tabindex=\"0\">{content}</pre></figure>",
    )
}
