//! Wire bytes on the terminal, one line per line, everything that is no text escaped.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use crate::outcome::ExchangeRecord;
use crate::report::failure::{INDENT, entry};
use crate::text::{self, Piece, visible};

/// How many bytes of one message are shown; reports in files keep more.
const SHOWN: usize = 4096;

/// Prints what was sent and received.
pub(super) fn print(
    exchanges: &[ExchangeRecord],
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for exchange in exchanges {
        message("sent", &exchange.request, width, out)?;
        message("received", &exchange.response, width, out)?;
        if let Some(ended) = &exchange.ended {
            entry("ended", &visible(ended), out)?;
        }
    }
    Ok(())
}

fn message(label: &str, bytes: &[u8], width: usize, out: &mut dyn Write) -> io::Result<()> {
    if bytes.is_empty() {
        return entry(label, "(nothing)", out);
    }
    let (shown, rest) = bytes.split_at(bytes.len().min(SHOWN));
    let mut label = label;
    for line in shown.split_inclusive(|&byte| byte == b'\n') {
        for row in rows(line, width.saturating_sub(INDENT).max(20)) {
            entry(label, &row, out)?;
            label = "";
        }
    }
    if !rest.is_empty() {
        entry("", &format!("… and {} bytes more", rest.len()), out)?;
    }
    Ok(())
}

/// One line of a message in rows of at most `width` columns, escapes in colour.
fn rows(line: &[u8], width: usize) -> Vec<String> {
    const ESCAPE: Style = AnsiColor::Blue.on_default();
    let (mut rows, mut row, mut columns) = (Vec::new(), String::new(), 0);
    let mut push = |text: &str, style: Style| {
        if columns + text.width() > width {
            rows.push(std::mem::take(&mut row));
            columns = 0;
        }
        row.push_str(&format!("{style}{text}{style:#}"));
        columns += text.width();
    };
    for piece in text::pieces(line) {
        match piece {
            Piece::Escape(escape) => push(&escape, ESCAPE),
            Piece::Text(text) => {
                for part in parts(text, width) {
                    push(part, Style::new());
                }
            }
        }
    }
    rows.push(row);
    rows
}

/// `text` whole where it fits in a row, in characters where not.
fn parts(text: &str, width: usize) -> impl Iterator<Item = &str> {
    let whole = text.width() <= width;
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = if whole { rest.len() } else { first.len_utf8() };
        let (part, tail) = rest.split_at(length);
        rest = tail;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(line: &[u8], width: usize) -> Vec<String> {
        let rows = rows(line, width);
        rows.iter()
            .map(|row| anstream::adapter::strip_str(row).to_string())
            .collect()
    }

    #[test]
    fn rows_are_filled_and_escapes_stay_whole() {
        assert_eq!(plain(b"Host: example\r\n", 40), [r"Host: example\r\n"]);
        assert_eq!(plain(b"abcdefghij\xE9\r\n", 9), ["abcdefghi", r"j\xE9\r\n"]);
        assert_eq!(plain(b"abcdef\xE9", 9), ["abcdef", r"\xE9"]);
        assert_eq!(plain(b"", 9), [""]);
    }
}
