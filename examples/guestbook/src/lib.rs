//! A guestbook in a volume. `main.rs` serves it.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use wagi_example_page::page;
use wagi_sdk::state::append;
use wagi_sdk::{Error, Form, Gateway, Html, IntoResponse, Redirect, Response, Router, StatusCode};

/// Where the module's volume is.
const VOLUME: &str = "/data";

/// How many entries a page shows.
const SHOWN: usize = 50;

/// What a guest writes.
#[derive(Debug, Default, Deserialize)]
struct Words {
    #[serde(default)]
    name: String,
    #[serde(default)]
    words: String,
}

/// A line of the book.
#[derive(Debug, Deserialize, Serialize)]
struct Entry {
    /// Seconds since 1970.
    time: u64,
    name: String,
    words: String,
}

/// The guestbook, over the module's volume.
pub fn app() -> Router {
    over(VOLUME)
}

/// The guestbook, over any folder.
pub fn over(folder: impl Into<PathBuf>) -> Router {
    let book = Book(folder.into().join("book"));
    let shown = book.clone();
    Router::new()
        .get("/", move |gateway: Gateway| {
            shown.show(&gateway, &Words::default(), "")
        })
        .post("/", move |gateway: Gateway, Form(words): Form<Words>| {
            book.write(&gateway, &words)
        })
}

/// A file with a line of JSON for each entry.
#[derive(Clone)]
struct Book(PathBuf);

impl Book {
    fn write(&self, gateway: &Gateway, written: &Words) -> Result<Response, Error> {
        let (name, words) = (written.name.trim(), written.words.trim());
        let wrong = match (name.chars().count(), words.chars().count()) {
            (1..=60, 1..=500) => {
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                let entry = Entry {
                    time: since.as_secs(),
                    name: name.to_owned(),
                    words: words.to_owned(),
                };
                append(&self.0, serde_json::to_vec(&entry)?)?;
                return Ok(Redirect::see_other(gateway.link("/")).into_response());
            }
            (0, _) => "Please say who you are.",
            (_, 0) => "Please write something.",
            _ => "60 characters for the name and 500 for the words is all there is room for.",
        };
        let message = format!("<p class=\"bad\" role=\"alert\">{wrong}\n");
        let page = self.show(gateway, written, &message)?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    }

    fn show(&self, gateway: &Gateway, typed: &Words, message: &str) -> Result<Html<String>, Error> {
        let mut entries = String::new();
        for Entry { time, name, words } in self.latest()? {
            entries += &format!(
                "<article class=\"card\">\n<strong>{}</strong> <small>{}</small>\n<p>{}\n</article>\n",
                Html::escape(&name),
                day(time),
                Html::escape(&words).replace('\n', "<br>")
            );
        }
        if entries.is_empty() {
            entries = "<p class=\"soft\">Nobody has written yet.\n".to_owned();
        }
        Ok(page(
            "Guestbook",
            &format!(
                "{message}<form method=\"post\" action=\"{}\">\n\
                 <label>Your name <input name=\"name\" maxlength=\"60\" value=\"{}\" required></label>\n\
                 <label>Your words <textarea name=\"words\" maxlength=\"500\" required>{}</textarea></label>\n\
                 <button>Write</button>\n</form>\n{entries}",
                Html::escape(&gateway.link("/")),
                Html::escape(&typed.name),
                Html::escape(&typed.words),
            ),
        ))
    }

    /// The latest first.
    fn latest(&self) -> Result<Vec<Entry>, Error> {
        let text = match fs::read_to_string(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let lines = text.lines().rev().take(SHOWN);
        Ok(lines
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect())
    }
}

/// The day as people write it all over the world: 2026-11-21. By Howard Hinnant's "days to civil".
fn day(time: u64) -> String {
    let days = time / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days() {
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(951_868_799), "2000-02-29");
        assert_eq!(day(951_868_800), "2000-03-01");
        assert_eq!(day(1_795_305_599), "2026-11-21");
    }
}
