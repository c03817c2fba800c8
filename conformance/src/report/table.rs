//! The table by area on the terminal.

use std::io::{self, Write};

use anstyle::Style;
use comfy_table::{Cell, CellAlignment, Table, presets};
use unicode_width::UnicodeWidthStr as _;

use crate::outcome::{Outcome, Report};
use crate::report::label;
use crate::report::summary::shorten;
use crate::report::tally::{self, Tally};
use crate::text::visible;

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// Four columns are always there; the rarer outcomes only where they came.
pub(super) fn columns(total: &Tally) -> Vec<Outcome> {
    use Outcome::{Fail, NotApplicable, Pass, Warn};
    let always = [Pass, Fail, Warn, NotApplicable];
    let shown = |outcome: &Outcome| always.contains(outcome) || total.count(*outcome) > 0;
    Outcome::ALL.into_iter().filter(shown).collect()
}

/// Columns between two columns of the table.
const GAP: usize = 2;

/// Prints the table.
pub(super) fn print(report: &Report, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let total = Tally::of(&report.records);
    let columns = columns(&total);
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    let mut header = vec![Cell::new("")];
    header.extend(
        columns
            .iter()
            .map(|&outcome| right(label::column(outcome).to_owned())),
    );
    header.push(right("total".to_owned()));
    table.set_header(header);

    let digits = total.total().to_string().len();
    let numbers = columns
        .iter()
        .map(|&outcome| label::column(outcome).len())
        .chain(["total".len()]);
    let taken: usize = numbers.map(|heading| heading.max(digits) + GAP).sum();
    let room = width.saturating_sub(taken).max(12);
    let mut row = |title: &str, tally: &Tally| {
        let mut row = vec![Cell::new(shorten(&visible(title), room))];
        row.extend(columns.iter().map(|&outcome| match tally.count(outcome) {
            0 => right("·".to_owned()),
            count => right(count.to_string()),
        }));
        row.push(right(tally.total().to_string()));
        table.add_row(row);
    };
    let areas = tally::areas(report);
    for area in &areas {
        row(&area.title, &area.tally);
    }
    row("Total", &total);
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if i == 0 { 0 } else { GAP as u16 }, 0));
    }

    let lines: Vec<_> = table.lines().collect();
    let rule = "─".repeat(lines.first().map_or(0, |line| line.width()));
    let styles = |tally: &Tally| {
        let mut styles: Vec<_> = columns
            .iter()
            .map(|&outcome| {
                if tally.count(outcome) > 0 {
                    label::style(outcome)
                } else {
                    DIM
                }
            })
            .collect();
        styles.push(Style::new());
        styles
    };
    for (i, line) in lines.iter().enumerate() {
        match i.checked_sub(1) {
            None => writeln!(out, "{DIM}{line}{DIM:#}\n{DIM}{rule}{DIM:#}")?,
            Some(area) if area < areas.len() => {
                writeln!(
                    out,
                    "{}",
                    paint(line, &styles(&areas[area].tally), Style::new())
                )?;
            }
            Some(_) => {
                writeln!(
                    out,
                    "{DIM}{rule}{DIM:#}\n{}",
                    paint(line, &styles(&total), BOLD)
                )?;
            }
        }
    }
    Ok(())
}

/// Colours the last words of a row of the table, one style each, and what stands before them.
fn paint(line: &str, styles: &[Style], title: Style) -> String {
    let mut rest = line;
    let mut cells = Vec::new();
    for style in styles.iter().rev() {
        let start = rest.rfind(' ').map_or(0, |at| at + 1);
        let before = rest[..start].trim_end();
        cells.push(format!(
            "{}{style}{}{style:#}",
            &rest[before.len()..start],
            &rest[start..]
        ));
        rest = before;
    }
    cells.reverse();
    format!("{title}{rest}{title:#}{}", cells.concat())
}
