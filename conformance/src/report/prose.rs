//! The Markdown of a requirement, taken apart and set as plain text.

use anstyle::{AnsiColor, Style};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use unicode_width::UnicodeWidthStr as _;

use crate::text::visible;

/// A paragraph or an item of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// Whether it is an item of a list.
    pub(super) item: bool,
    /// What it says.
    pub(super) spans: Vec<Span>,
}

/// A stretch of text of one kind. Links are their text: a report has its own link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Span {
    /// Words.
    Text(String),
    /// What stands in backticks.
    Code(String),
}

/// Takes Markdown apart; what is not known is shown as text.
pub(super) fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut block = Block::default();
    let mut flush = |block: &mut Block, item: bool| {
        if !block.spans.is_empty() {
            blocks.push(std::mem::take(block));
        }
        block.item = item;
    };
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Item) => flush(&mut block, true),
            Event::End(
                TagEnd::Item | TagEnd::Paragraph | TagEnd::CodeBlock | TagEnd::Heading(_),
            ) => {
                flush(&mut block, false);
            }
            Event::Code(code) => block.spans.push(Span::Code(visible(&code).into_owned())),
            Event::SoftBreak | Event::HardBreak => block.text(" "),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                block.text(&visible(text.trim_end_matches('\n')));
            }
            _ => {}
        }
    }
    flush(&mut block, false);
    blocks
}

impl Block {
    fn text(&mut self, text: &str) {
        match self.spans.last_mut() {
            Some(Span::Text(last)) => last.push_str(text),
            _ => self.spans.push(Span::Text(text.to_owned())),
        }
    }
}

/// Sets Markdown as lines of at most `width` columns, code in colour. A longer word has a line of
/// its own.
pub(super) fn wrap(markdown: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for block in blocks(markdown) {
        let (first, rest) = if block.item { ("• ", "  ") } else { ("", "") };
        let mut line = first.to_owned();
        let mut columns = first.width();
        let mut empty = true;
        for word in words(&block.spans) {
            let gap = usize::from(!empty);
            if !empty && columns + gap + word.columns > width {
                lines.push(std::mem::replace(&mut line, rest.to_owned()));
                columns = rest.width();
            } else if !empty {
                line.push(' ');
                columns += 1;
            }
            line.push_str(&word.text);
            columns += word.columns;
            empty = false;
        }
        lines.push(line);
    }
    lines
}

/// Sets text that is no Markdown as lines of at most `width` columns.
pub(super) fn wrap_plain(text: &str, width: usize) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in visible(text).split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        } else if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// What is never parted by the end of a line.
#[derive(Debug, Default)]
struct Word {
    text: String,
    columns: usize,
}

impl Word {
    fn push(&mut self, text: &str, style: Style) {
        self.text.push_str(&format!("{style}{text}{style:#}"));
        self.columns += text.width();
    }
}

fn words(spans: &[Span]) -> Vec<Word> {
    const CODE: Style = AnsiColor::Cyan.on_default();
    let mut words = Vec::new();
    let mut word = Word::default();
    let mut finish = |word: &mut Word| {
        if word.columns > 0 {
            words.push(std::mem::take(word));
        }
    };
    for span in spans {
        match span {
            // Without its backticks such code would be taken for punctuation or for nothing.
            Span::Code(code) if !code.contains(char::is_alphanumeric) || code.trim() != code => {
                word.push("‘", Style::new());
                word.push(code, CODE);
                word.push("’", Style::new());
            }
            Span::Text(text) | Span::Code(text) => {
                let style = if matches!(span, Span::Code(_)) {
                    CODE
                } else {
                    Style::new()
                };
                for (i, part) in text.split(' ').enumerate() {
                    if i > 0 {
                        finish(&mut word);
                    }
                    if !part.is_empty() {
                        word.push(part, style);
                    }
                }
            }
        }
    }
    finish(&mut word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(markdown: &str, width: usize) -> String {
        let lines = wrap(markdown, width).join("\n");
        anstream::adapter::strip_str(&lines).to_string()
    }

    #[test]
    fn markup_goes_words_stay() {
        assert_eq!(
            plain(
                "A *lone* `?` counts **as** no [query](meta-variables.md#x); see `a b`,\n`c`.",
                80
            ),
            "A lone ‘?’ counts as no query; see a b, c."
        );
    }

    #[test]
    fn code_that_ends_in_a_blank_keeps_its_bounds() {
        assert_eq!(
            plain("joined by `, ` in order", 80),
            "joined by ‘, ’ in order"
        );
    }

    #[test]
    fn lines_end_before_the_width() {
        assert_eq!(
            plain("one two three `four-five` six", 13),
            "one two three\nfour-five six"
        );
        assert_eq!(
            plain("a longer-than-the-line b", 8),
            "a\nlonger-than-the-line\nb"
        );
    }

    #[test]
    fn lists_have_bullets() {
        assert_eq!(
            plain("Either:\n\n- one two three\n- four\n\nor not.", 11),
            "Either:\n• one two\n  three\n• four\nor not."
        );
    }

    #[test]
    fn html_is_text() {
        assert_eq!(
            plain("a <b>bold</b> & <script>", 80),
            "a <b>bold</b> & <script>"
        );
        assert_eq!(plain("<div>\nx\n</div>", 80), "<div>x</div>");
    }

    #[test]
    fn colour_takes_no_room() {
        let lines = wrap("`aaa` `bbb` `ccc`", 11);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains("\u{1b}["));
    }
}
