//! The HTML report: one self-contained page.
//!
//! All of it is rendered here; the script only filters, copies and follows links, and puts nothing
//! into the page but text. A content security policy allows this style and this script by their
//! digests and nothing else, so that even an escaping mistake could not run what a server sent.

mod case;
pub(crate) mod markup;
mod overview;
pub(crate) mod page;

use std::io::{self, Write};

use crate::outcome::Report;
use crate::report::tally::{self, Tally};
use crate::report::verdict::Verdict;
use markup::escape;
use page::Page;

const PAGE: Page = Page {
    template: include_str!("html/page.html"),
    style: include_str!("html/style.css"),
    script: include_str!("html/script.js"),
};

/// Writes the report as an HTML page.
pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let verdict = Verdict::of(report);
    let areas = tally::areas(report);
    let total = Tally::of(&report.records);
    PAGE.render(out, |name, out| {
        let text = match name {
            "title" => escape(&format!("{}: {}", report.target.name, verdict.headline())),
            "tone" => overview::tone(verdict).to_owned(),
            "headline" => escape(verdict.headline()),
            "grounds" => escape(&overview::capitalised(&verdict.grounds(report))),
            "facts" => overview::facts(report),
            "picture" => overview::picture(&total),
            "areas" => overview::areas(&areas, &total),
            "attention" => overview::attention(report),
            "observations" => overview::observations(report),
            "filters" => overview::filters(&areas, &total),
            "hidden" => if areas.is_empty() { " hidden" } else { "" }.to_owned(),
            "cases" => return case::list(report, &areas, out),
            _ => unreachable!("the page has no other place: a test renders it"),
        };
        out.write_all(text.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Mismatch, Outcome, Reproducer};
    use crate::report::fixture;

    fn html(report: &Report) -> String {
        let mut out = Vec::new();
        render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The page without style, script and policy, which are files of their own.
    fn content(report: &Report) -> String {
        html(report)
            .replace(PAGE.style, "[style]")
            .replace(PAGE.script, "[script]")
            .replace(&PAGE.policy(), "[policy]")
    }

    #[test]
    fn every_outcome() {
        insta::assert_snapshot!(content(&fixture::every_outcome()));
    }

    #[test]
    fn runs_without_cases() {
        for report in [
            fixture::empty(),
            fixture::unusable(),
            fixture::interrupted(),
        ] {
            let page = content(&report);
            assert!(page.contains(Verdict::of(&report).headline()), "{page}");
            assert!(!page.contains("What needs attention"), "{page}");
        }
        insta::assert_snapshot!("unusable", content(&fixture::unusable()));
    }

    /// The names of all elements and attributes, as a browser finds them.
    fn names(page: &str) -> (Vec<String>, Vec<String>) {
        let (mut elements, mut attributes) = (Vec::new(), Vec::new());
        let mut rest = page;
        while let Some((_, tag)) = rest.split_once('<') {
            // No value in double quotes holds a `<` or `>`: both are escaped everywhere.
            let (tag, after) = tag.split_once('>').expect("a tag ends");
            rest = after;
            let mut outside = tag.split('"').step_by(2).collect::<Vec<_>>().join(" ");
            outside = outside.replace(['/', '='], " ");
            let mut words = outside.split_whitespace().map(str::to_owned);
            elements.extend(words.next());
            attributes.extend(words);
        }
        (elements, attributes)
    }

    #[test]
    fn nothing_breaks_out() {
        let mut report = fixture::every_outcome();
        let evil = format!(
            "\" onload=alert(1) x='{}<img src=x onerror=alert(1)>{{{{script}}}}",
            fixture::HOSTILE
        );
        let clean = names(&content(&report));
        // Every string of the report that is not compiled in.
        report.target.name.clone_from(&evil);
        report.target.url.clone_from(&evil);
        report.target.software = Some(evil.clone());
        report.target.profiles = vec![evil.clone(), evil.clone()];
        report.suite.clone_from(&evil);
        report.specification.clone_from(&evil);
        for record in &mut report.records {
            record.title.clone_from(&evil);
            record.place = Some(evil.clone());
            record.reason = record.reason.as_ref().map(|_| evil.clone());
            if let Some(mismatch) = &mut record.mismatch {
                let evil = || evil.clone();
                *mismatch = Mismatch {
                    subject: evil(),
                    expected: evil() + "a",
                    actual: evil() + "b",
                };
            }
            if let Some(reproducer) = &mut record.reproducer {
                *reproducer = Reproducer::Curl(evil.clone());
            }
            for exchange in &mut record.exchanges {
                exchange.request = evil.clone().into_bytes();
                exchange.response = evil.clone().into_bytes();
                exchange.ended = exchange.ended.as_ref().map(|_| evil.clone());
            }
        }
        let page = content(&report);
        let kinds = |names: &[String]| {
            names
                .iter()
                .cloned()
                .collect::<std::collections::BTreeSet<_>>()
        };
        let dirty = names(&page);
        assert!(kinds(&dirty.0).is_subset(&kinds(&clean.0)), "elements");
        assert!(kinds(&dirty.1).is_subset(&kinds(&clean.1)), "attributes");
        let scripts = |names: &[String]| names.iter().filter(|name| *name == "script").count();
        assert_eq!(scripts(&dirty.0), scripts(&clean.0));
        // What looks like a place in the template is no place in the data.
        assert_eq!(page.matches("[script]").count(), 1);
        assert!(page.contains("{{script}}"));
        assert!(!page.contains(['\u{2028}', '\u{202E}', '\0', '\u{1b}']));

        // Ids and areas go into anchors.
        for record in &mut report.records {
            record.id = evil.clone() + &record.id;
            record.area.clone_from(&evil);
            record.requirements = vec![evil.clone()];
        }
        let dirty = names(&content(&report));
        assert!(kinds(&dirty.0).is_subset(&kinds(&clean.0)), "elements");
        assert!(kinds(&dirty.1).is_subset(&kinds(&clean.1)), "attributes");
    }

    #[test]
    fn it_asks_nobody_for_anything() {
        let page = html(&fixture::failing());
        for word in [
            "url(",
            "@import",
            "src=",
            "fetch(",
            "XMLHttp",
            "innerHTML",
            "insertAdjacent",
            "eval(",
        ] {
            assert!(!page.contains(word), "{word}");
        }
        // The icon, so that no browser looks for one.
        assert_eq!(page.matches("<link").count(), 1);
    }

    #[test]
    fn what_the_script_looks_for_is_there() {
        let page = content(&fixture::every_outcome());
        let named = PAGE
            .script
            .split("getElementById(\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap());
        for id in named {
            assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
        }
        for record in fixture::every_outcome().records {
            assert_eq!(
                page.matches(&format!("id=\"{}\"", record.id)).count(),
                1,
                "{}",
                record.id
            );
        }
    }

    #[test]
    fn a_long_list_of_failures_is_cut() {
        let mut report = fixture::green(400);
        for record in &mut report.records[..100] {
            record.outcome = Outcome::Fail;
        }
        let page = content(&report);
        assert!(page.contains("and 75 cases more"), "{page}");
    }
}
