//! Text as HTML. Every string of a report goes through here.

use crate::outcome::Outcome;
use crate::report::prose::{self, Span};
use crate::report::{difference, label};
use crate::text::{self, Piece, visible};

/// `text` for content and for attributes in double quotes; controls are made visible.
pub(crate) fn escape(text: &str) -> String {
    escape_raw(&visible(text))
}

/// One line for people, in which what stands in backticks is code.
pub(crate) fn line(text: &str) -> String {
    if !text.matches('`').count().is_multiple_of(2) {
        return escape(text);
    }
    let mut html = String::new();
    for (i, part) in text.split('`').enumerate() {
        let part = escape(part);
        match part.as_str() {
            _ if i % 2 == 0 => html.push_str(&part),
            "" => html.push_str("<code>``</code>"),
            code => html.push_str(&format!("<code>{code}</code>")),
        }
    }
    html
}

fn escape_raw(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

/// `text` as the value of an `id` or as the fragment of a link.
pub(crate) fn fragment(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect()
}

/// A link, where the address is one of the web; the text with the place behind it where not.
pub(crate) fn link(address: &str, text: &str) -> String {
    let web = ["https://", "http://"]
        .iter()
        .any(|scheme| address.starts_with(scheme));
    let (address, text) = (escape(address), escape(text));
    if web {
        format!("<a href=\"{address}\" rel=\"noreferrer\">{text}</a>")
    } else {
        format!("<span class=\"id\">{text}</span> <span class=\"place\">{address}</span>")
    }
}

/// The outcome as a sign and a word on its colour.
pub(super) fn badge(outcome: Outcome) -> String {
    format!(
        "<span class=\"badge {}\"><span aria-hidden=\"true\">{}</span> {}</span>",
        label::slug(outcome),
        label::sign(outcome),
        label::words(outcome),
    )
}

/// Markdown as paragraphs.
pub(crate) fn prose(markdown: &str) -> String {
    let mut html = String::new();
    for block in prose::blocks(markdown) {
        html.push_str(if block.item {
            "<p class=\"item\">"
        } else {
            "<p>"
        });
        for span in &block.spans {
            match span {
                Span::Text(text) => html.push_str(&escape(text)),
                Span::Code(code) => html.push_str(&format!("<code>{}</code>", escape(code))),
            }
        }
        html.push_str("</p>");
    }
    html
}

/// Two values, what differs marked in both.
pub(super) fn compared(expected: &str, actual: &str) -> (String, String) {
    /// Longer values are shown from shortly before the first difference.
    const SHOWN: usize = 1200;
    let (expected, actual) = (visible(expected), visible(actual));
    let shown = difference::excerpt(&expected, &actual, SHOWN);
    let (mut expected, mut actual) = difference::parts(&shown.expected, &shown.actual);
    if expected.before.is_empty() && expected.after.is_empty() {
        // Nothing is shared: to mark everything would mark nothing.
        expected = expected.first_only();
        actual = actual.first_only();
    }
    let html = |parts: difference::Parts<'_>| {
        let all = [parts.before, parts.different, parts.after];
        if all.iter().all(|part| part.is_empty()) {
            return "<mark class=\"none\">empty</mark>".to_owned();
        }
        let [before, different, after] = all.map(escape_raw);
        let mark = match parts.different {
            "" if shown.expected == shown.actual => String::new(),
            "" => "<mark class=\"none\" title=\"something is missing here\"></mark>".to_owned(),
            _ => format!("<mark>{different}</mark>"),
        };
        format!("{before}{mark}{after}")
    };
    (html(expected), html(actual))
}

/// Wire bytes: lines stay lines, what is no text stands out.
pub(super) fn wire(bytes: &[u8], shown: usize) -> String {
    let (shown, rest) = bytes.split_at(bytes.len().min(shown));
    let mut html = String::with_capacity(shown.len() * 2);
    let mut escapes = String::new();
    let flush = |escapes: &mut String, html: &mut String| {
        if !escapes.is_empty() {
            html.push_str(&format!("<b>{escapes}</b>"));
            escapes.clear();
        }
    };
    for piece in text::pieces(shown) {
        match piece {
            Piece::Text(text) => {
                flush(&mut escapes, &mut html);
                html.push_str(&escape_raw(text));
            }
            Piece::Escape(escape) => {
                escapes.push_str(&escape);
                if escape == "\\n" {
                    flush(&mut escapes, &mut html);
                    html.push('\n');
                }
            }
        }
    }
    flush(&mut escapes, &mut html);
    if !rest.is_empty() {
        html.push_str(&format!("<i>… and {} bytes more</i>", rest.len()));
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(
            escape("</script><!--\"'&\u{2028}\0"),
            r"&lt;/script&gt;&lt;!--&quot;&#39;&amp;\u{2028}\0"
        );
        assert_eq!(fragment("a b\"><x"), "a_b___x");
        assert_eq!(
            prose("a `<b>` <i>x</i>"),
            "<p>a <code>&lt;b&gt;</code> &lt;i&gt;x&lt;/i&gt;</p>"
        );
    }

    #[test]
    fn backticks_are_code() {
        assert_eq!(line("not set, or `a<`"), "not set, or <code>a&lt;</code>");
        assert_eq!(line("actual ``"), "actual <code>``</code>");
        assert_eq!(line("cut `<"), "cut `&lt;");
    }

    #[test]
    fn only_addresses_of_the_web_are_links() {
        assert_eq!(
            link("javascript:alert(1)", "x<"),
            "<span class=\"id\">x&lt;</span> <span class=\"place\">javascript:alert(1)</span>"
        );
        assert_eq!(
            link("https://a.example/?\"&", "x"),
            "<a href=\"https://a.example/?&quot;&amp;\" rel=\"noreferrer\">x</a>"
        );
    }

    #[test]
    fn what_differs_is_marked() {
        let (expected, actual) = compared("/a%2Fb<", "/a/b<");
        assert_eq!(expected, "/a<mark>%2F</mark>b&lt;");
        assert_eq!(actual, "/a<mark>/</mark>b&lt;");
        assert_eq!(compared("5xx", "200 OK").1, "<mark>2</mark>00 OK");
        assert_eq!(compared("x", "").1, "<mark class=\"none\">empty</mark>");
        assert_eq!(compared("x", "x"), ("x".to_owned(), "x".to_owned()));
    }

    #[test]
    fn wire_bytes_keep_their_lines() {
        assert_eq!(
            wire(b"A: <\r\n\r\n\xE9\x00x", 99),
            "A: &lt;<b>\\r\\n</b>\n<b>\\r\\n</b>\n<b>\\xE9\\0</b>x"
        );
        assert_eq!(wire(b"abcdef", 2), "ab<i>… and 4 bytes more</i>");
    }
}
