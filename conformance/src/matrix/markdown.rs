//! The table as Markdown, for a README or a wiki.

use std::io::{self, Write};

use super::{Cell, Matrix, Row};
use crate::outcome::{Level, Outcome};
use crate::report::label;
use crate::text::visible;

/// Writes the table: servers, requirements, then what differs.
pub(super) fn render(matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# WAGI servers side by side\n")?;
    writeln!(
        out,
        "Made by `wagi-conformance matrix`. {}\n",
        legend().join(", ")
    )?;
    writeln!(
        out,
        "| server | software | conforming cases | |\n|---|---|---|---|"
    )?;
    for server in &matrix.servers {
        let percent = server
            .percent()
            .map_or("–".to_owned(), |p| format!("{p} %"));
        let notes = server.incomplete.as_deref().unwrap_or_default();
        writeln!(
            out,
            "| {} | {} | {} of {} ({percent}) | {} |",
            cell(&server.name),
            cell(server.software.as_deref().unwrap_or_default()),
            server.passed,
            server.tested,
            cell(notes),
        )?;
    }
    for chapter in &matrix.chapters {
        writeln!(out, "\n## {}\n", cell(&chapter.title))?;
        heading("requirement", matrix, out)?;
        for group in &chapter.requirements {
            write!(out, "| `{}` ", cell(&group.id))?;
            for server in 0..matrix.servers.len() {
                let sum = group.sum(server);
                match sum.worst {
                    None => write!(out, "|   ")?,
                    Some(Outcome::NotApplicable) => write!(out, "| – ")?,
                    Some(worst) => {
                        write!(
                            out,
                            "| {} {}/{} ",
                            label::sign(worst),
                            sum.passed,
                            sum.tested
                        )?;
                    }
                }
            }
            writeln!(out, "|")?;
        }
        differences(
            chapter.requirements.iter().flat_map(|group| &group.rows),
            matrix,
            out,
        )?;
    }
    Ok(())
}

/// The rows in which servers differ, with what each does.
fn differences<'a>(
    rows: impl Iterator<Item = &'a Row>,
    matrix: &Matrix,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut rows = rows.filter(|row| row.differs()).peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "\nWhere they differ:\n")?;
    heading("case", matrix, out)?;
    for row in rows {
        let level = label::level(row.level);
        write!(
            out,
            "| `{}` ({level})<br>{} ",
            cell(&row.id),
            cell(&row.title)
        )?;
        for one in &row.cells {
            write!(
                out,
                "| {} ",
                one.as_ref().map_or_else(String::new, |one| shown(row, one))
            )?;
        }
        writeln!(out, "|")?;
    }
    Ok(())
}

fn heading(first: &str, matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "| {first} ")?;
    for server in &matrix.servers {
        write!(out, "| {} ", cell(&server.name))?;
    }
    writeln!(out, "|\n|---{}|", "|---".repeat(matrix.servers.len()))
}

fn shown(row: &Row, one: &Cell) -> String {
    match (row.level, one.observation()) {
        (Level::May, Some(observation)) => cell(observation),
        _ => label::sign(one.outcome).to_owned(),
    }
}

fn legend() -> Vec<String> {
    Outcome::ALL
        .iter()
        .map(|&outcome| format!("{} {}", label::sign(outcome), label::words(outcome)))
        .collect()
}

/// Text that neither ends the cell nor is taken for markup.
fn cell(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(text).chars() {
        match c {
            '|' => escaped.push_str("&#124;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '`' | '*' | '_' | '[' | ']' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    // Code keeps backslashes: ids have none of the characters above but `_`.
    escaped
}
