//! The page: one document with its style and its script, and nothing from anywhere else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// The page as it is sent. It is the same for everybody: what it shows, it asks for.
pub(crate) fn page() -> String {
    PAGE.replace("{{style}}", STYLE)
        .replace("{{script}}", SCRIPT)
}

/// What a browser lets the page do: this style, this script, and questions to its own server.
pub(crate) fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_all_that_it_needs() {
        let page = page();
        assert!(!page.contains("{{"));
        for (open, close, text) in [
            ("<style>", "</style>", STYLE),
            ("<script>", "</script>", SCRIPT),
        ] {
            let inside = page
                .split_once(open)
                .unwrap()
                .1
                .split_once(close)
                .unwrap()
                .0;
            assert_eq!(inside, text, "what is hashed is what is sent");
        }
        for outside in ["src=\"http", "url(http", "@import", "innerHTML", "eval("] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
