//! HTML pages.

use crate::{Body, IntoResponse, Response};

/// A page: `Content-Type: text/html; charset=utf-8`. Text in it is the handler's to [escape](Html::escape).
///
/// ```
/// use wagi_sdk::{Html, testing::Request};
///
/// let transcript = Request::get("/").send(|| Html(format!("<p>{}</p>", Html::escape("a < b"))));
/// assert_eq!(transcript.field("Content-Type"), Some("text/html; charset=utf-8"));
/// assert_eq!(transcript.text(), "<p>a &lt; b</p>");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Html<T>(pub T);

impl Html<()> {
    /// Makes text safe between tags and in quoted attributes.
    ///
    /// ```
    /// use wagi_sdk::Html;
    ///
    /// assert_eq!(Html::escape(r#"<b title="&'">"#), "&lt;b title=&quot;&amp;&#39;&quot;&gt;");
    /// ```
    pub fn escape(text: &str) -> String {
        let mut escaped = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                _ => escaped.push(character),
            }
        }
        escaped
    }
}

impl<T: Into<Body>> IntoResponse for Html<T> {
    fn into_response(self) -> Response {
        Response::typed("text/html; charset=utf-8", self.0.into())
    }
}
