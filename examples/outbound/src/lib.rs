//! A page that shows what another server says. `main.rs` serves it, and sends the requests.

pub mod fetch;

use serde::Deserialize;
use wagi_example_page::page;
use wagi_sdk::{Error, Html, Query, Router, StatusCode, Uri};

/// How much of an answer is taken.
pub const LIMIT: usize = 64 * 1024;

/// What another server has answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Content-Type`, or nothing.
    pub media_type: String,
    /// The first [`LIMIT`] bytes of the body.
    pub body: Vec<u8>,
    /// Whether there was more.
    pub is_cut: bool,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// The host is not in `allowed_hosts`.
    Refused,
    /// Anything else.
    Failed(String),
}

/// What the form sends.
#[derive(Debug, Deserialize)]
struct Wanted {
    url: Option<String>,
}

/// The page, with what sends the requests.
pub fn app(get: impl Fn(&Uri) -> Result<Answer, Failure> + 'static) -> Router {
    Router::new().get("/", move |Query(wanted): Query<Wanted>| {
        let Some(url) = wanted.url else {
            return Ok::<_, Error>((StatusCode::OK, form("", "")));
        };
        let (status, result) = match address(&url) {
            None => (
                StatusCode::UNPROCESSABLE_ENTITY,
                bad("That is no address. One looks like <code>https://example.com/</code>."),
            ),
            Some(address) => show(&address, get(&address)),
        };
        Ok((status, form(&url, &result)))
    })
}

/// An absolute address of the web.
fn address(text: &str) -> Option<Uri> {
    let address: Uri = text.trim().parse().ok()?;
    let is_web = matches!(address.scheme_str(), Some("http" | "https"));
    (is_web && address.authority().is_some()).then_some(address)
}

fn show(address: &Uri, result: Result<Answer, Failure>) -> (StatusCode, String) {
    let host = Html::escape(
        address
            .authority()
            .map_or("", |authority| authority.as_str()),
    );
    match result {
        Ok(answer) => (StatusCode::OK, shown(&answer)),
        Err(Failure::Refused) => {
            let text = format!(
                "This module may not ask <strong>{host}</strong>: the host is not in the <code>allowed_hosts</code> \
                 of the server’s configuration. Nothing was sent."
            );
            (StatusCode::FORBIDDEN, bad(&text))
        }
        Err(Failure::Failed(why)) => {
            let text = format!(
                "<strong>{host}</strong> gave no answer: {}.",
                Html::escape(&why)
            );
            (StatusCode::BAD_GATEWAY, bad(&text))
        }
    }
}

/// What came, as text: it is another server's, and is not believed.
fn shown(answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    let note = if answer.is_cut {
        ", the first 64 KiB"
    } else {
        ""
    };
    format!(
        "<p class=\"good\">Status {}, <code>{}</code>{note}\n<pre class=\"card\" tabindex=\"0\">{}</pre>\n",
        answer.status,
        Html::escape(&answer.media_type),
        Html::escape(&text)
    )
}

fn bad(html: &str) -> String {
    format!("<p class=\"bad\">{html}\n")
}

fn form(url: &str, result: &str) -> Html<String> {
    let form = format!(
        "<form>\n\
         <label>Address <input name=\"url\" type=\"text\" inputmode=\"url\" value=\"{}\" placeholder=\"https://example.com/\" required></label>\n\
         <button>Ask</button>\n</form>\n",
        Html::escape(url)
    );
    page("Ask another server", &(form + result))
}
