//! The table as one self-contained page.
//!
//! Everything is rendered here; the script only folds rows and filters them. A content security
//! policy allows this style and this script by their digests and nothing else.

use std::io::{self, Write};

use super::{Cell, Chapter, Group, Matrix, Row, Server, Sum};
use crate::outcome::{Level, Outcome};
use crate::report::html::markup::{escape, fragment, line, link, prose};
use crate::report::html::page::Page;
use crate::report::label;

const PAGE: Page = Page {
    template: include_str!("html/page.html"),
    style: include_str!("html/style.css"),
    script: include_str!("html/script.js"),
};

/// Writes the page.
pub(super) fn render(matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    PAGE.render(out, |name, out| {
        match name {
            "lead" => write!(out, "{}", lead(matrix))?,
            "legend" => write!(out, "{}", legend())?,
            "servers" => servers(matrix, out)?,
            "columns" => write!(out, "{}", matrix.servers.len())?,
            "chapters" => {
                for chapter in &matrix.chapters {
                    self::chapter(chapter, matrix, out)?;
                }
            }
            _ => unreachable!("the page has no other place: a test renders it"),
        }
        Ok(())
    })
}

fn lead(matrix: &Matrix) -> String {
    let rows = || matrix.chapters.iter().flat_map(|one| &one.requirements);
    let cases: Vec<&Row> = rows().flat_map(|group| &group.rows).collect();
    let differing = cases.iter().filter(|row| row.differs()).count();
    let mut versions: Vec<&(String, String)> = matrix.servers.iter().map(|s| &s.versions).collect();
    versions.dedup();
    let versions: Vec<String> = versions
        .iter()
        .map(|(suite, specification)| {
            format!(
                "suite {}, specification {}",
                escape(suite),
                escape(specification)
            )
        })
        .collect();
    format!(
        "{} of {} by {}. They differ in {}. <span class=\"soft\">{}.</span>",
        label::count(cases.len(), "case", "cases"),
        label::count(rows().count(), "requirement", "requirements"),
        label::count(matrix.servers.len(), "server", "servers"),
        differing,
        versions.join("; "),
    )
}

fn legend() -> String {
    let entry = |outcome: &Outcome| {
        format!(
            "<li><span class=\"sign {}\" aria-hidden=\"true\">{}</span> {}</li>",
            label::slug(*outcome),
            label::sign(*outcome),
            label::words(*outcome)
        )
    };
    let mut list: String = Outcome::ALL.iter().map(entry).collect();
    list.push_str(
        "<li><span class=\"seen\">words</span> what a server does where it may choose</li>",
    );
    list
}

fn servers(matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    for server in &matrix.servers {
        let percent = server.percent();
        let bar = percent.map_or_else(String::new, |percent| {
            format!(
                "<svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
                 <rect width=\"100\" height=\"4\"/><rect class=\"good\" width=\"{percent}\" height=\"4\"/></svg>"
            )
        });
        let Server { passed, tested, .. } = server;
        let title = format!("{passed} of {tested} cases of level MUST and SHOULD conform");
        writeln!(
            out,
            "<th scope=\"col\"><span class=\"server\">{}</span><span class=\"software\">{}</span>\
             <span class=\"percent\" title=\"{title}\">{}</span>{bar}{}</th>",
            escape(&server.name),
            escape(server.software.as_deref().unwrap_or_default()),
            percent.map_or("–".to_owned(), |percent| format!("{percent} %")),
            notes(server),
        )?;
    }
    Ok(())
}

fn notes(server: &Server) -> String {
    let mut notes = String::new();
    if !server.profiles.is_empty() {
        let profiles = escape(&server.profiles.join(", "));
        notes += &format!("<span class=\"note\">profile {profiles}</span>");
    }
    if let Some(reason) = &server.incomplete {
        notes += &format!(
            "<span class=\"note bad\">incomplete: {}</span>",
            escape(reason)
        );
    }
    notes
}

fn chapter(chapter: &Chapter, matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<tbody class=\"chapter\" data-kind=\"chapter\"><tr class=\"title\"><th scope=\"rowgroup\">\
         <button type=\"button\" class=\"fold\" aria-expanded=\"true\">{}</button></th>",
        escape(&chapter.title)
    )?;
    for server in 0..matrix.servers.len() {
        let sums = chapter.requirements.iter().map(|group| group.sum(server));
        let (passed, tested) = sums.fold((0, 0), |(passed, tested), sum| {
            (passed + sum.passed, tested + sum.tested)
        });
        let text = match tested {
            0 => "–".to_owned(),
            _ => format!("{passed}/{tested}"),
        };
        writeln!(out, "<td class=\"number\">{text}</td>")?;
    }
    writeln!(out, "</tr></tbody>")?;
    for group in &chapter.requirements {
        self::group(group, matrix, out)?;
    }
    Ok(())
}

fn group(group: &Group, matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    let differs = group.rows.iter().any(Row::differs);
    let record = matrix.requirements.get(&group.id);
    let keyword = record.map_or("", |record| record.keyword.as_str());
    writeln!(
        out,
        "<tbody class=\"requirement\" data-kind=\"requirement\" data-differs=\"{differs}\">\
         <tr id=\"requirement-{}\"><th scope=\"row\"><button type=\"button\" class=\"fold\" aria-expanded=\"false\">\
         <span class=\"id\">{}</span></button> <span class=\"keyword\">{}</span></th>",
        fragment(&group.id),
        escape(&group.id),
        escape(keyword),
    )?;
    for (server, one) in matrix.servers.iter().enumerate() {
        sum(group, group.sum(server), server, one, out)?;
    }
    writeln!(out, "</tr>")?;
    if let Some(record) = record {
        writeln!(
            out,
            "<tr class=\"text inner\"><td colspan=\"{}\">{}<p>{}</p></td></tr>",
            matrix.servers.len() + 1,
            prose(&record.text),
            link(&record.link, &record.chapter),
        )?;
    }
    for row in &group.rows {
        self::row(row, matrix, out)?;
    }
    writeln!(out, "</tbody>")
}

fn sum(group: &Group, sum: Sum, server: usize, of: &Server, out: &mut dyn Write) -> io::Result<()> {
    let Some(worst) = sum.worst else {
        return writeln!(out, "<td class=\"none\"></td>");
    };
    let open = group.rows.iter().all(|row| row.level == Level::May);
    if open && worst.executed() {
        let mut seen: Vec<String> = group
            .rows
            .iter()
            .filter_map(|row| Some(observed(row.cells.get(server)?.as_ref()?)))
            .collect();
        seen.dedup();
        return match seen.as_slice() {
            [only] => writeln!(
                out,
                "<td class=\"seen\"><span class=\"words\">{only}</span></td>"
            ),
            several => writeln!(out, "<td class=\"seen\">{} kinds</td>", several.len()),
        };
    }
    let count = match sum.tested {
        0 => String::new(),
        tested => format!("<span class=\"count\">{}/{tested}</span>", sum.passed),
    };
    let words = label::words(worst);
    writeln!(
        out,
        "<td class=\"{}\" title=\"{}: {words}\">{}{count}</td>",
        label::slug(worst),
        escape(&of.name),
        sign(worst),
    )
}

/// The sign for eyes, the word for everybody else.
fn sign(outcome: Outcome) -> String {
    format!(
        "<span class=\"sign\" aria-hidden=\"true\">{}</span><span class=\"spoken\">{}</span>",
        label::sign(outcome),
        label::words(outcome)
    )
}

fn row(row: &Row, matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    let id = fragment(&row.id);
    writeln!(
        out,
        "<tr class=\"case inner\" id=\"{id}\" data-differs=\"{}\" data-level=\"{}\"><th scope=\"row\">\
         <button type=\"button\" class=\"more\" aria-expanded=\"false\" aria-controls=\"{id}-more\">\
         <span class=\"id\">{}</span></button><span class=\"name\">{}</span></th>",
        row.differs(),
        label::level(row.level),
        escape(&row.id),
        line(&row.title),
    )?;
    for cell in &row.cells {
        match cell {
            None => writeln!(out, "<td class=\"none\"></td>")?,
            Some(cell) if row.level == Level::May && cell.outcome.executed() => {
                let words = observed(cell);
                writeln!(
                    out,
                    "<td class=\"seen\"><span class=\"words\">{words}</span></td>"
                )?;
            }
            Some(cell) => {
                let outcome = cell.outcome;
                writeln!(
                    out,
                    "<td class=\"{}\">{}</td>",
                    label::slug(outcome),
                    sign(outcome)
                )?;
            }
        }
    }
    writeln!(
        out,
        "</tr>\n<tr class=\"details inner\" id=\"{id}-more\"><td colspan=\"{}\"><dl>",
        matrix.servers.len() + 1
    )?;
    for (server, cell) in matrix.servers.iter().zip(&row.cells) {
        writeln!(
            out,
            "<dt>{}</dt><dd>{}</dd>",
            escape(&server.name),
            told(row, cell.as_ref())
        )?;
    }
    writeln!(out, "</dl></td></tr>")
}

/// What was observed, in a few words.
fn observed(cell: &Cell) -> String {
    match cell.observation() {
        Some(words) => line(words),
        None => "as expected".to_owned(),
    }
}

/// Everything that is known of a cell.
fn told(row: &Row, cell: Option<&Cell>) -> String {
    let Some(cell) = cell else {
        return "<span class=\"soft\">its report does not have the case</span>".to_owned();
    };
    let mut html = match (row.level, cell.outcome.executed()) {
        (Level::May, true) => format!("observed: {}", observed(cell)),
        _ => format!(
            "<b class=\"{}\">{}</b>",
            label::slug(cell.outcome),
            label::words(cell.outcome)
        ),
    };
    if let Some(reason) = cell
        .reason
        .as_deref()
        .filter(|_| cell.observation().is_none())
    {
        html += &format!(" <span class=\"soft\">{}</span>", line(reason));
    }
    if let Some(miss) = &cell.mismatch {
        html += &format!(
            "<span class=\"pair\"><i>{}</i> <span>expected <code>{}</code></span> \
             <span>actual <code>{}</code></span></span>",
            escape(&miss.subject),
            or_empty(&miss.expected),
            or_empty(&miss.actual),
        );
    }
    html
}

fn or_empty(text: &str) -> String {
    /// Longer values stand in the reports themselves.
    const SHOWN: usize = 400;
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => escape(&format!("{}…", &text[..end])),
        None => escape(text),
    }
}
