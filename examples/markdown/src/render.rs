//! From Markdown to HTML.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// A page.
pub(crate) struct Rendered {
    /// The text of the heading with which it begins, if it begins with one; it is not in `html` then.
    pub(crate) title: Option<String>,
    pub(crate) html: String,
}

fn events(source: &str) -> impl Iterator<Item = Event<'_>> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    Parser::new_ext(source, options)
}

/// HTML in the source is shown as text, and links lead nowhere that runs a script: whoever may write pages may not write
/// programs for their readers' browsers.
pub(crate) fn render(source: &str) -> Rendered {
    let (title, events) = split_title(events(source).collect());
    let events = events.into_iter().map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: harmless(without_md(dest_url)),
            title,
            id,
        }),
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Image {
            link_type,
            dest_url: harmless(dest_url),
            title,
            id,
        }),
        event => event,
    });
    let mut page = String::with_capacity(source.len() * 3 / 2);
    html::push_html(&mut page, events);
    Rendered { title, html: page }
}

/// The text of the heading with which a page begins.
pub(crate) fn title_of(source: &str) -> Option<String> {
    let mut events = events(source);
    match events.next()? {
        Event::Start(Tag::Heading {
            level: HeadingLevel::H1,
            ..
        }) => {
            let heading = events.take_while(|event| !is_end(event));
            Some(plain(heading.collect::<Vec<_>>().iter()))
        }
        _ => None,
    }
}

fn split_title(mut events: Vec<Event<'_>>) -> (Option<String>, Vec<Event<'_>>) {
    let first = events.first();
    if !matches!(
        first,
        Some(Event::Start(Tag::Heading {
            level: HeadingLevel::H1,
            ..
        }))
    ) {
        return (None, events);
    }
    let Some(end) = events.iter().position(is_end) else {
        return (None, events);
    };
    let rest = events.split_off(end + 1);
    (Some(plain(events.iter())), rest)
}

fn is_end(event: &Event<'_>) -> bool {
    matches!(event, Event::End(TagEnd::Heading(HeadingLevel::H1)))
}

fn plain<'a>(events: impl Iterator<Item = &'a Event<'a>>) -> String {
    let texts = events.filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(&**text),
        Event::SoftBreak | Event::HardBreak => Some(" "),
        _ => None,
    });
    texts.collect()
}

/// A link to `tea.md` beside the page is one to the page `tea`.
fn without_md(url: CowStr<'_>) -> CowStr<'_> {
    if scheme(&url).is_some() || url.starts_with('/') {
        return url;
    }
    let (path, fragment) = match url.find('#') {
        Some(at) => url.split_at(at),
        None => (&*url, ""),
    };
    match path.strip_suffix(".md") {
        Some("index") => format!("./{fragment}").into(),
        Some(page) => format!(
            "{}{fragment}",
            page.strip_suffix("/index")
                .map_or(page.to_owned(), |folder| format!("{folder}/"))
        )
        .into(),
        None => url,
    }
}

/// Only these schemes, or none: `javascript:` and `data:` would be programs.
fn harmless(url: CowStr<'_>) -> CowStr<'_> {
    match scheme(&url) {
        None | Some("http" | "https" | "mailto") => url,
        Some(_) => "#".into(),
    }
}

/// What stands before the first colon, if that comes before anything that ends a scheme; lower case or not, and with
/// what browsers skip in it, it counts as one that is not known.
fn scheme(url: &str) -> Option<&str> {
    let end = url.find([':', '/', '?', '#'])?;
    url[end..].starts_with(':').then(|| &url[..end])
}

#[cfg(test)]
mod tests {
    use super::{render, title_of};

    #[test]
    fn html_is_text() {
        let page = render("a <script>alert(1)</script> b\n\n<div onclick=\"x\">\n");
        assert!(!page.html.contains("<script"), "{}", page.html);
        assert!(!page.html.contains("<div"), "{}", page.html);
        assert!(
            page.html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
            "{}",
            page.html
        );
    }

    #[test]
    fn links_run_nothing() {
        for url in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "java&#10;script:alert(1)",
        ] {
            for source in [
                format!("[x](<{url}>)"),
                format!("![x](<{url}>)"),
                format!("[x]\n\n[x]: <{url}>"),
            ] {
                let page = render(&source);
                let fine = page.html.contains("=\"#\"") || !page.html.contains("script:");
                assert!(
                    fine && !page.html.contains("data:"),
                    "{source}: {}",
                    page.html
                );
            }
        }
    }

    #[test]
    fn links_lead_to_pages() {
        let link = |url: &str| render(&format!("[x]({url})")).html;
        assert_eq!(link("tea.md"), "<p><a href=\"tea\">x</a></p>\n");
        assert_eq!(
            link("notes/tea.md#milk"),
            "<p><a href=\"notes/tea#milk\">x</a></p>\n"
        );
        assert_eq!(link("index.md"), "<p><a href=\"./\">x</a></p>\n");
        assert_eq!(link("notes/index.md"), "<p><a href=\"notes/\">x</a></p>\n");
        assert_eq!(
            link("https://example.org/a.md"),
            "<p><a href=\"https://example.org/a.md\">x</a></p>\n"
        );
    }

    #[test]
    fn the_first_heading_is_the_title() {
        let page = render("# All *about* `tea`\n\nText.\n");
        assert_eq!(page.title.as_deref(), Some("All about tea"));
        assert_eq!(page.html, "<p>Text.</p>\n");
        assert_eq!(
            title_of("# All *about* `tea`\n").as_deref(),
            Some("All about tea")
        );
        assert_eq!(title_of("Text.\n\n# Later\n"), None);
    }
}
