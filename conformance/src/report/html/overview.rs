//! What stands above the cases: facts of the run, the picture, the table by area.

use chrono::DateTime;

use super::markup::{badge, escape, fragment, line};
use crate::outcome::{Level, Outcome, Report};
use crate::report::tally::{Area, Tally};
use crate::report::verdict::{self, Verdict};
use crate::report::{failure, label, summary, table};
use crate::text::visible;

/// The class that colours the heading.
pub(super) fn tone(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Conformant | Verdict::AsExpected => "good",
        Verdict::Interrupted => "open",
        _ => "bad",
    }
}

/// `text` with a capital letter at the beginning.
pub(super) fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(rest).collect()
    })
}

/// The facts of the run as a list of terms.
pub(super) fn facts(report: &Report) -> String {
    let target = &report.target;
    let profiles = match target.profiles.join(", ") {
        none if none.is_empty() => "all".to_owned(),
        some => some,
    };
    let started = i64::try_from(report.started).ok();
    let started = started.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let started = started.map(|time| time.format("%Y-%m-%d %H:%M UTC").to_string());
    let facts = [
        ("Target", Some(target.name.clone())),
        (
            "Software",
            target
                .software
                .as_ref()
                .map(|software| summary::shorten(&visible(software), 60)),
        ),
        (
            "Address",
            Some(target.url.clone()).filter(|url| *url != target.name),
        ),
        ("Level", Some(label::run_level(report.level).to_owned())),
        ("Profiles", Some(profiles)),
        ("Started", started),
        ("Duration", Some(summary::duration(report.duration))),
        ("Seed", Some(report.seed.to_string())),
        ("Suite", Some(report.suite.clone())),
        ("Coverage", Some(summary::coverage_line(report))),
        (
            "Stale in the baseline",
            Some(report.stale.join("; ")).filter(|text| !text.is_empty()),
        ),
    ];
    let mut html = String::new();
    for (term, fact) in facts {
        if let Some(fact) = fact {
            let fact = escape(&fact);
            html.push_str(&format!("<div><dt>{term}</dt><dd>{fact}</dd></div>\n"));
        }
    }
    html
}

/// One bar for the whole run, with its legend.
pub(super) fn picture(total: &Tally) -> String {
    if total.total() == 0 {
        return "<p class=\"nothing\">There are no cases in this report.</p>".to_owned();
    }
    let mut html = bar(total, "bar whole");
    html.push_str("<ul class=\"legend\">\n");
    for outcome in Outcome::ALL
        .into_iter()
        .filter(|outcome| total.count(*outcome) > 0)
    {
        html.push_str(&format!(
            "<li>{} <span class=\"number\">{}</span></li>\n",
            badge(outcome),
            total.count(outcome),
        ));
    }
    html + "</ul>\n"
}

/// A bar whose parts are as long as their counts; a small count still shows.
fn bar(tally: &Tally, class: &str) -> String {
    const LEAST: f64 = 1.2;
    let counts = Outcome::ALL.map(|outcome| (outcome, tally.count(outcome)));
    let counts: Vec<_> = counts.into_iter().filter(|&(_, count)| count > 0).collect();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a picture, of some hundred cases"
    )]
    let widths: Vec<f64> = counts
        .iter()
        .map(|&(_, count)| (count as f64 / tally.total() as f64 * 100.0).max(LEAST))
        .collect();
    let scale = 100.0 / widths.iter().sum::<f64>();
    let words: Vec<_> = counts
        .iter()
        .map(|(o, n)| format!("{n} {}", label::words(*o)))
        .collect();
    let words = words.join(", ");
    let mut html = format!(
        "<svg class=\"{class}\" viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"{words}\"><title>{words}</title>",
    );
    let mut x = 0.0;
    for ((outcome, _), width) in counts.iter().zip(widths) {
        let width = width * scale;
        html.push_str(&format!(
            "<rect class=\"{}\" x=\"{x:.3}\" y=\"0\" width=\"{width:.3}\" height=\"1\"/>",
            label::slug(*outcome),
        ));
        x += width;
    }
    html + "</svg>\n"
}

/// The table by area.
pub(super) fn areas(areas: &[Area<'_>], total: &Tally) -> String {
    if areas.is_empty() {
        return String::new();
    }
    let columns = table::columns(total);
    let mut html = String::from("<table class=\"areas\">\n<thead><tr><th scope=\"col\">Area</th>");
    html.push_str("<td class=\"picture\"></td>");
    for &outcome in &columns {
        html.push_str(&format!(
            "<th scope=\"col\" class=\"number\"><abbr title=\"{}\">{}</abbr></th>",
            label::words(outcome),
            label::column(outcome),
        ));
    }
    html.push_str("<th scope=\"col\" class=\"number\">total</th></tr></thead>\n<tbody>\n");
    let row = |title: String, picture: String, tally: &Tally| {
        let mut row =
            format!("<tr><th scope=\"row\">{title}</th><td class=\"picture\">{picture}</td>");
        for &outcome in &columns {
            let count = tally.count(outcome);
            let class = if count == 0 {
                "zero"
            } else {
                label::slug(outcome)
            };
            row.push_str(&format!("<td class=\"number {class}\">{count}</td>"));
        }
        row + &format!("<td class=\"number\">{}</td></tr>\n", tally.total())
    };
    for area in areas {
        let title = escape(&area.title);
        let link = format!("<a href=\"#area-{}\">{title}</a>", fragment(area.name));
        html.push_str(&row(link, bar(&area.tally, "bar"), &area.tally));
    }
    html.push_str("</tbody>\n<tfoot>\n");
    html.push_str(&row("Total".to_owned(), String::new(), total));
    html + "</tfoot>\n</table>\n"
}

/// Links to what needs attention, what turns the run red first.
pub(super) fn attention(report: &Report) -> String {
    /// A longer list says no more than the filters below.
    const SHOWN: usize = 25;
    let (red, rest): (Vec<_>, Vec<_>) = report
        .records
        .iter()
        .partition(|record| verdict::is_red(record, report.level));
    let warned = rest
        .into_iter()
        .filter(|record| record.outcome == Outcome::Warn);
    let all: Vec<_> = red.into_iter().chain(warned).collect();
    if all.is_empty() {
        return String::new();
    }
    let mut html = String::from(
        "<section class=\"attention\" aria-labelledby=\"page-attention\">\n\
         <h2 id=\"page-attention\">What needs attention</h2>\n<ul>\n",
    );
    for record in all.iter().take(SHOWN) {
        html.push_str(&format!(
            "<li>{} <span><a href=\"#{}\">{}</a> <span class=\"line\">{}</span></span></li>\n",
            badge(record.outcome),
            fragment(&record.id),
            escape(&record.id),
            line(&failure::line(record)),
        ));
    }
    html.push_str("</ul>\n");
    if let Some(more) = all.len().checked_sub(SHOWN).filter(|&more| more > 0) {
        let more = label::count(more, "case", "cases");
        html.push_str(&format!(
            "<p>and {more} more, <a href=\"#page-cases\">below</a>.</p>\n"
        ));
    }
    html + "</section>\n"
}

/// What the target does where the specification leaves it open: folded, and never a verdict.
pub(super) fn observations(report: &Report) -> String {
    let seen: Vec<_> = summary::observations(report).collect();
    if seen.is_empty() {
        return String::new();
    }
    let mut html = format!(
        "<details class=\"seen\"><summary>What it does where the specification leaves it open \
         <span class=\"number\">({})</span></summary>\n<ul>\n",
        seen.len()
    );
    for (id, reason) in seen {
        html.push_str(&format!(
            "<li><a href=\"#{}\">{}</a> <span class=\"line\">{}</span></li>\n",
            fragment(id),
            escape(id),
            line(reason),
        ));
    }
    html + "</ul>\n</details>\n"
}

/// The controls above the cases; the script shows them.
pub(super) fn filters(areas: &[Area<'_>], total: &Tally) -> String {
    let mut html = String::from("<div class=\"choices\" role=\"group\" aria-label=\"Outcome\">\n");
    for outcome in Outcome::ALL
        .into_iter()
        .filter(|outcome| total.count(*outcome) > 0)
    {
        html.push_str(&format!(
            "<button type=\"button\" class=\"choice\" aria-pressed=\"false\" data-outcome=\"{}\">{} \
             <span class=\"number\">{}</span></button>\n",
            label::slug(outcome),
            badge(outcome),
            total.count(outcome),
        ));
    }
    html.push_str("</div>\n<label>Area <select id=\"page-area\"><option value=\"\">all</option>\n");
    for area in areas {
        let (value, title) = (escape(area.name), escape(&area.title));
        html.push_str(&format!("<option value=\"{value}\">{title}</option>\n"));
    }
    html.push_str("</select></label>\n<label>Level <select id=\"page-level\"><option value=\"\">all</option>\n");
    for level in [Level::Must, Level::Should, Level::May].map(label::level) {
        html.push_str(&format!("<option value=\"{level}\">{level}</option>\n"));
    }
    html + "</select></label>\n"
}
