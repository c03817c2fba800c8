//! Markdown for the summary of a CI job: the verdict, a table by chapter, and what does not
//! conform, most important first.
//!
//! GitHub shows up to 1 MiB of a step; what would go beyond [`LIMIT`] is left out, and the text
//! says how much. Texts from outside stand as entities or in fenced blocks: none can become markup,
//! a link, a mention or a picture.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::outcome::{CaseRecord, Outcome, Report, Reproducer};
use crate::report::prose::{self, Span};
use crate::report::tally::{self, Tally};
use crate::report::verdict::{self, Verdict};
use crate::report::{difference, label, summary, table};
use crate::text::visible;

/// How many bytes are written at most: a step may have several runs.
const LIMIT: usize = 256 * 1024;
/// Of observations and of what is not applicable, only so many lines.
const LINES: usize = 100;

/// Writes the report as Markdown.
pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut text = heading(report);
    if !report.records.is_empty() {
        text.push_str(&areas(report));
    }
    let (red, rest): (Vec<_>, Vec<_>) = report
        .records
        .iter()
        .partition(|record| verdict::is_red(record, report.level));
    let of = |outcome| {
        let list = rest.iter().copied();
        list.filter(|record| record.outcome == outcome)
            .collect::<Vec<_>>()
    };
    section(report, "What does not conform", &red, &mut text);
    section(report, "Warnings", &of(Outcome::Warn), &mut text);
    section(
        report,
        "Expected failures",
        &of(Outcome::ExpectedFail),
        &mut text,
    );
    observations(report, &mut text);
    text.push_str(&facts(report));
    out.write_all(text.as_bytes())
}

fn heading(report: &Report) -> String {
    let verdict = Verdict::of(report);
    let sign = match verdict {
        Verdict::Conformant => "✅",
        Verdict::AsExpected | Verdict::Interrupted => "⚠️",
        _ => "❌",
    };
    let target = &report.target;
    let software = target
        .software
        .as_ref()
        .map(|software| format!(" ({})", escape(&summary::shorten(&visible(software), 80))));
    let mut text = format!(
        "## {sign} {}: {}\n\n**{}{}**: {}\n\n",
        "WAGI conformance",
        verdict.headline().to_lowercase(),
        escape(&target.name),
        software.unwrap_or_default(),
        escape(&verdict.sentence(report)),
    );
    for entry in &report.stale {
        let _ = writeln!(text, "- ❌ stale baseline entry: {}", escape(entry));
    }
    if !report.stale.is_empty() {
        text.push('\n');
    }
    text
}

fn areas(report: &Report) -> String {
    let total = Tally::of(&report.records);
    let columns = table::columns(&total);
    let mut text = String::from("| Chapter |");
    for &outcome in &columns {
        let _ = write!(text, " {} |", label::column(outcome));
    }
    text.push_str(" total |\n|:---|");
    text.push_str(&"---:|".repeat(columns.len() + 1));
    text.push('\n');
    let mut row = |title: &str, tally: &Tally| {
        let _ = write!(text, "| {title} |");
        for &outcome in &columns {
            let red = !matches!(outcome, Outcome::Pass | Outcome::NotApplicable);
            let _ = match tally.count(outcome) {
                0 => write!(text, " |"),
                count if red => write!(text, " **{count}** |"),
                count => write!(text, " {count} |"),
            };
        }
        let _ = writeln!(text, " {} |", tally.total());
    };
    for area in tally::areas(report) {
        row(&escape(&area.title), &area.tally);
    }
    row("**Total**", &total);
    text.push('\n');
    text
}

/// The cases of one kind, each folded, as long as there is room.
fn section(report: &Report, title: &str, records: &[&CaseRecord], text: &mut String) {
    /// What stands below has its room.
    const KEPT: usize = 32 * 1024;
    if records.is_empty() {
        return;
    }
    let _ = writeln!(text, "### {title} ({})\n", records.len());
    for (shown, record) in records.iter().enumerate() {
        let case = case(report, record);
        if text.len() + case.len() > LIMIT - KEPT {
            let left = label::count(records.len() - shown, "case", "cases");
            let _ = writeln!(
                text,
                "> {left} left out here, because a summary is limited in size; the other reports \
                 have all of them.\n"
            );
            return;
        }
        text.push_str(&case);
    }
}

fn case(report: &Report, record: &CaseRecord) -> String {
    let mut text = format!(
        "<details><summary>{} <b>{}</b> <code>{}</code> {}</summary>\n\n",
        sign(record.outcome),
        label::words(record.outcome),
        escape(&record.id),
        escape(&record.title),
    );
    for id in &record.requirements {
        match report.requirements.get(id) {
            Some(requirement) => {
                let place = if ["https://", "http://"]
                    .iter()
                    .any(|scheme| requirement.link.starts_with(scheme))
                {
                    format!(
                        "<a href=\"{}\">{}</a>",
                        escape(&requirement.link),
                        escape(id)
                    )
                } else {
                    format!(
                        "<code>{}</code> ({})",
                        escape(id),
                        escape(&requirement.link)
                    )
                };
                let keyword = escape(&requirement.keyword);
                let _ = writeln!(text, "> **{keyword}** {place}");
                for block in prose::blocks(&requirement.text) {
                    let bullet = if block.item { "• " } else { "" };
                    let _ = writeln!(text, ">\n> {bullet}{}", spans(&block.spans));
                }
            }
            None => {
                let level = label::level(record.level).to_uppercase();
                let _ = writeln!(text, "> **{level}** <code>{}</code>", escape(id));
            }
        }
        text.push('\n');
    }
    if let Some(reason) = &record.reason {
        let _ = writeln!(text, "{}\n", escape(reason));
    }
    if let Some(mismatch) = &record.mismatch {
        let (expected, actual) = (visible(&mismatch.expected), visible(&mismatch.actual));
        let shown = difference::excerpt(&expected, &actual, 400);
        let or_empty = |value: String| match value.as_str() {
            "" => "(empty)".to_owned(),
            _ => value,
        };
        let lines = format!(
            "looked at  {}\nexpected   {}\nactual     {}",
            visible(&mismatch.subject),
            or_empty(shown.expected),
            or_empty(shown.actual),
        );
        text.push_str(&fenced("text", &lines));
    }
    if let Some(Reproducer::Curl(line) | Reproducer::Socket(line)) = &record.reproducer {
        text.push_str(&fenced("sh", &visible(line)));
    }
    if let Some(replay) = &record.replay {
        text.push_str(&fenced("sh", &visible(replay)));
    }
    text.push_str("</details>\n\n");
    text
}

/// A block whose fence is longer than any in it.
fn fenced(language: &str, lines: &str) -> String {
    let longest = lines.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{lines}\n{fence}\n\n")
}

fn sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "✅",
        Outcome::Warn => "⚠️",
        Outcome::ExpectedFail | Outcome::NotApplicable => "➖",
        _ => "❌",
    }
}

fn observations(report: &Report, text: &mut String) {
    let seen: Vec<_> = summary::observations(report).collect();
    if seen.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "<details><summary>What it does where the specification leaves it open ({})</summary>\n",
        seen.len()
    );
    let mut shown = 0;
    for (id, reason) in seen.iter().take(LINES) {
        if text.len() > LIMIT - 8 * 1024 {
            break;
        }
        shown += 1;
        let reason = summary::shorten(&visible(reason), 200);
        let _ = writeln!(text, "- <code>{}</code> {}", escape(id), escape(&reason));
    }
    if let Some(more) = seen.len().checked_sub(shown).filter(|&more| more > 0) {
        let _ = writeln!(text, "- and {more} more");
    }
    text.push_str("\n</details>\n\n");
}

fn facts(report: &Report) -> String {
    let profiles = match report.target.profiles.join(", ") {
        none if none.is_empty() => "all".to_owned(),
        some => some,
    };
    format!(
        "<sub>{}; level {}, profiles {}, {}, seed {}, suite {}</sub>\n",
        escape(&summary::coverage_line(report)),
        label::run_level(report.level),
        escape(&profiles),
        summary::duration(report.duration),
        report.seed,
        escape(&report.suite),
    )
}

fn spans(spans: &[Span]) -> String {
    let span = |span: &Span| match span {
        Span::Text(text) => escape(text),
        Span::Code(code) => format!("<code>{}</code>", escape(code)),
    };
    spans.iter().map(span).collect()
}

/// Text in which nothing is markup: what could be stands as an entity. Words stay as they are.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + text.len() / 4);
    let visible = visible(text);
    for c in visible.chars() {
        // Between words these few cannot mean anything; a dot could make a bare `www.` a link.
        let plain = c.is_alphanumeric()
            || !c.is_ascii()
            || matches!(c, ' ' | ',' | ';' | '%' | '/')
            || (matches!(c, '.' | '-') && !safe.is_empty() && !safe.ends_with("www"));
        if plain {
            safe.push(c);
        } else {
            let _ = write!(safe, "&#{};", u32::from(c));
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;
    use crate::report::fixture;

    fn markdown(report: &Report) -> String {
        let mut out = Vec::new();
        render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_outcome() {
        insta::assert_snapshot!(markdown(&fixture::every_outcome()));
    }

    #[test]
    fn runs() {
        let reports = [
            fixture::green(240),
            fixture::empty(),
            fixture::unusable(),
            fixture::interrupted(),
        ];
        insta::assert_snapshot!("runs", reports.map(|one| markdown(&one)).concat());
    }

    /// What a reader of Markdown takes for markup.
    fn markup(markdown: &str) -> Vec<String> {
        Parser::new_ext(markdown, Options::all())
            .filter_map(|event| match event {
                Event::Start(Tag::CodeBlock(_)) => Some("code".to_owned()),
                Event::Start(tag) => Some(format!("{tag:?}")),
                Event::Html(html) | Event::InlineHtml(html) => Some(html.to_string()),
                Event::Code(_) => Some("code".to_owned()),
                Event::Rule => Some("rule".to_owned()),
                _ => None,
            })
            // The summary is one piece of HTML, with its texts in it.
            .map(|html| {
                html.split('>')
                    .filter_map(|tag| tag.split_once('<'))
                    .map(|tag| tag.1)
                    .collect()
            })
            .collect()
    }

    #[test]
    fn nothing_from_outside_is_markup() {
        let mut report = fixture::every_outcome();
        let evil = "</code></details>\n\n# h *b* `c` ``` ```` ~~~ [l](http://x) ![i](http://x) | <img src=x> @user #1 www.x.org https://x.org <!-- \n</details>\n```";
        let clean = {
            let mut report = report.clone();
            set(&mut report, "x");
            markup(&markdown(&report))
        };
        set(&mut report, evil);
        let text = markdown(&report);
        assert_eq!(markup(&text), clean, "{text}");
        assert!(!text.contains("www."), "{text}");

        fn set(report: &mut Report, text: &str) {
            report.target.name = text.to_owned();
            report.target.software = Some(text.to_owned());
            report.suite = text.to_owned();
            for record in &mut report.records {
                record.id = text.to_owned();
                record.title = text.to_owned();
                record.reason = record.reason.as_ref().map(|_| text.to_owned());
                record.reproducer = Some(Reproducer::Curl(text.replace("www.", "")));
                if let Some(mismatch) = &mut record.mismatch {
                    mismatch.subject = "x".to_owned();
                    mismatch.expected = text.replace("www.", "");
                    mismatch.actual = format!("{}!", text.replace("www.", ""));
                }
            }
        }
    }

    #[test]
    fn it_is_never_too_long_and_says_what_is_missing() {
        let mut report = fixture::every_outcome();
        let failure = report.records[4].clone();
        for i in 0..5000 {
            let mut record = failure.clone();
            record.id = format!("x.{i}");
            record.reproducer = Some(Reproducer::Curl("`".repeat(2000)));
            report.records.push(record);
            let mut seen = report.records[10].clone();
            seen.reason = Some("*".repeat(5000));
            report.records.push(seen);
        }
        let text = markdown(&report);
        assert!(text.len() <= LIMIT, "{}", text.len());
        assert!(text.contains("cases left out here"));
        assert!(
            text.contains(" more\n\n</details>"),
            "{}",
            &text[text.len() - 500..]
        );
        assert!(text.ends_with("</sub>\n"));
    }
}
