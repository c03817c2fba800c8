//! A link shortener. `main.rs` serves it.

use std::fs;
use std::io;
use std::path::PathBuf;

use serde::Deserialize;
use wagi_example_page::page;
use wagi_sdk::state::{Counter, replace};
use wagi_sdk::{
    Error, Form, Gateway, Html, IntoResponse, Path, Redirect, Response, Router, StatusCode, Uri,
};

/// Where the module's volume is.
const VOLUME: &str = "/data";

/// What is typed in.
#[derive(Debug, Default, Deserialize)]
struct Long {
    #[serde(default)]
    address: String,
}

/// The shortener, over the module's volume.
pub fn app() -> Router {
    over(VOLUME)
}

/// The shortener, over any folder.
pub fn over(folder: impl Into<PathBuf>) -> Router {
    let links = Links(folder.into());
    let [show, create, follow] = [0; 3].map(|_| links.clone());
    Router::new()
        .get("/", move |gateway: Gateway| show.show(&gateway, "", ""))
        .post("/", move |gateway: Gateway, Form(long): Form<Long>| {
            create.create(&gateway, &long)
        })
        .get("/{code}", move |Path(code): Path<String>| {
            follow.follow(&code)
        })
}

/// A file for each link, with its address, beside a counter of those who followed it.
#[derive(Clone)]
struct Links(PathBuf);

impl Links {
    fn show(&self, gateway: &Gateway, typed: &str, message: &str) -> Result<Html<String>, Error> {
        let mut rows = String::new();
        for code in self.codes()? {
            let Some(address) = self.address(&code)? else {
                continue;
            };
            let (link, address) = (Html::escape(&gateway.link(&code)), Html::escape(&address));
            let followed = self.followed(&code).get()?;
            rows += &format!("<tr><td><a href=\"{link}\">{link}</a><td>{address}<td>{followed}\n");
        }
        let action = Html::escape(&gateway.link("/"));
        let typed = Html::escape(typed);
        Ok(page(
            "Short links",
            &format!(
                "{message}<form method=\"post\" action=\"{action}\">\n\
                 <label>Address <input type=\"url\" name=\"address\" value=\"{typed}\" placeholder=\"https://example.org/…\" required></label>\n\
                 <button>Shorten</button>\n</form>\n\
                 <table>\n<tr><th>Link<th>leads to<th>followed\n{rows}</table>\n"
            ),
        ))
    }

    fn create(&self, gateway: &Gateway, long: &Long) -> Result<Response, Error> {
        let address = long.address.trim();
        // Only the web: a link to `javascript:` would run in this site's name.
        let parsed = address.parse::<Uri>().ok().filter(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
        });
        if parsed.is_none() || address.len() > 2000 {
            let message =
                "<p class=\"bad\" role=\"alert\">An address of the web, please: https://…\n";
            let page = self.show(gateway, address, message)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
        let code = code(Counter::at(self.0.join("count")).next()?);
        replace(self.0.join(format!("{code}.link")), address)?;
        Ok(Redirect::see_other(gateway.link("/")).into_response())
    }

    fn follow(&self, code: &str) -> Result<Redirect, Error> {
        let address = self.address(code)?;
        let address = address
            .ok_or_else(|| Error::status(StatusCode::NOT_FOUND).public("There is no such link."))?;
        self.followed(code).next()?;
        // Not for good: a browser that remembers it would not be counted.
        Ok(Redirect::found(address))
    }

    fn codes(&self) -> Result<Vec<String>, Error> {
        let mut codes = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let name = entry?.file_name();
            codes.extend(
                name.to_str()
                    .and_then(|name| name.strip_suffix(".link"))
                    .map(str::to_owned),
            );
        }
        codes.sort_by_key(|code| (code.len(), code.clone()));
        Ok(codes)
    }

    fn address(&self, code: &str) -> Result<Option<String>, Error> {
        // It becomes a file name.
        if code.is_empty()
            || !code
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        {
            return Ok(None);
        }
        match fs::read_to_string(self.0.join(format!("{code}.link"))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            address => Ok(Some(address?)),
        }
    }

    fn followed(&self, code: &str) -> Counter {
        Counter::at(self.0.join(format!("{code}.followed")))
    }
}

/// The number in base 36.
fn code(mut number: u64) -> String {
    let mut digits = Vec::new();
    while number > 0 {
        let digit = u8::try_from(number % 36).unwrap_or_default();
        digits.push(if digit < 10 {
            b'0' + digit
        } else {
            b'a' + digit - 10
        });
        number /= 36;
    }
    digits
        .iter()
        .rev()
        .map(|digit| char::from(*digit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn codes() {
        assert_eq!(
            [1, 35, 36, 1295, 1296].map(code),
            ["1", "z", "10", "zz", "100"]
        );
    }
}
