//! A request as a command that sends it again.

use crate::observe::Notes;
use http::{Method, Version};
use serde::Serialize;
use std::fmt::Write as _;

/// A line for a shell (POSIX) that sends a request again by curl.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Curl {
    pub(super) line: String,
    /// What the line does not do.
    pub(super) note: Option<String>,
}

impl Curl {
    /// The request goes to the listener of `urls` that it came to.
    pub(super) fn of(notes: &Notes, urls: &[String]) -> Self {
        let base = base(notes, urls);
        let mut line = Line::default();
        let body = notes.stdin.bytes();
        let pipe = (!is_harmless(body)).then(|| format!("printf '{}' | ", for_printf(body)));
        line.option("-i");
        line.method(&notes.method, !body.is_empty());
        line.version(notes.version, base);
        let path = notes.target.split('?').next().unwrap_or_default();
        if path.split('/').any(is_dot_segment) {
            line.option("--path-as-is");
        }
        if notes.target.contains(['[', ']', '{', '}']) {
            line.option("-g");
        }
        match base.strip_prefix("unix:") {
            Some(path) => {
                line.value("--unix-socket", path);
                line.word(&format!("http://localhost{}", notes.target));
                line.fields(notes, "localhost", !body.is_empty());
            }
            None => {
                let authority = base.split("://").nth(1).unwrap_or(base);
                line.word(&format!("{base}{}", notes.target));
                line.fields(notes, authority, !body.is_empty());
            }
        }
        match (body, &pipe) {
            ([], _) => {}
            (_, Some(_)) => line.value("--data-binary", "@-"),
            (body, None) => line.value("--data-raw", &String::from_utf8_lossy(body)),
        }
        Self {
            line: format!("{}curl{}", pipe.unwrap_or_default(), line.0),
            note: note(notes),
        }
    }
}

/// The URL of the listener, without a slash at its end.
fn base<'a>(notes: &Notes, urls: &'a [String]) -> &'a str {
    let port = notes.caller.and_then(|caller| caller.port);
    let is_it = |url: &&String| match port {
        Some(port) => url.ends_with(&format!(":{port}")),
        None => url.starts_with("unix:"),
    };
    let found = urls.iter().find(is_it).or(urls.first());
    found.map_or("http://localhost", String::as_str)
}

fn note(notes: &Notes) -> Option<String> {
    let announced = notes.fields.entries().iter().find_map(|(name, value)| {
        let value = std::str::from_utf8(value).ok()?;
        (name == "content-length").then(|| value.parse::<u64>().ok())?
    });
    let kept = notes.stdin.bytes().len() as u64;
    let all = announced.unwrap_or(0).max(notes.stdin.total());
    if notes.fields.left_out() > 0 {
        let count = notes.fields.left_out();
        Some(format!("{count} fields of the request were not kept"))
    } else if kept < all {
        Some(format!("only {kept} of {all} bytes of the body were kept"))
    } else {
        None
    }
}

#[derive(Default)]
struct Line(String);

impl Line {
    fn option(&mut self, option: &str) {
        self.0.push(' ');
        self.0.push_str(option);
    }

    fn word(&mut self, word: &str) {
        self.option(&quoted(word));
    }

    fn value(&mut self, option: &str, value: &str) {
        self.option(option);
        self.word(value);
    }

    fn method(&mut self, method: &Method, has_body: bool) {
        match (method, has_body) {
            (&Method::HEAD, false) => self.option("-I"),
            (&Method::GET, false) | (&Method::POST, true) => {}
            (method, _) => self.value("-X", method.as_str()),
        }
    }

    fn version(&mut self, version: Version, base: &str) {
        match version {
            Version::HTTP_10 => self.option("--http1.0"),
            Version::HTTP_2 if !base.starts_with("https:") => {
                self.option("--http2-prior-knowledge");
            }
            _ => {}
        }
    }

    /// The fields that curl would not send by itself, and those that it would in vain.
    fn fields(&mut self, notes: &Notes, authority: &str, has_body: bool) {
        let fields = notes.fields.entries();
        for (name, value) in fields {
            let value = String::from_utf8_lossy(value);
            match (name.as_str(), &*value) {
                ("content-length" | "transfer-encoding" | "connection" | "expect", _) => {}
                ("accept", "*/*") => {}
                ("user-agent", value) if value.starts_with("curl/") => {}
                ("host", value) if value == authority => {}
                (name, "") => self.value("-H", &format!("{name};")),
                (name, value) => self.value("-H", &format!("{name}: {value}")),
            }
        }
        let is_sent = |wanted: &str| fields.iter().any(|(name, _)| name == wanted);
        for (name, is_default) in [
            ("accept", true),
            ("user-agent", true),
            ("content-type", has_body),
        ] {
            if is_default && !is_sent(name) {
                self.value("-H", &format!("{name}:"));
            }
        }
    }
}

fn is_dot_segment(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

/// Whether bytes can stand in a line that is pasted into a terminal.
fn is_harmless(bytes: &[u8]) -> bool {
    let is_harmless = |c: char| c == '\n' || c == '\t' || !c.is_control();
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(is_harmless))
}

/// A word of a shell, whatever it is.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./:=@+,-".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_string(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A format for `printf`, between quotes.
fn for_printf(bytes: &[u8]) -> String {
    let mut format = String::new();
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            // At the beginning it would be an option.
            b'-' if at == 0 => format.push_str(r"\055"),
            b'%' => format.push_str("%%"),
            b'\\' => format.push_str(r"\\"),
            b'\n' => format.push_str(r"\n"),
            b'\'' | 0..b' ' | 0x7f.. => {
                // Writing to a string cannot fail.
                let _ = write!(format, "\\{byte:03o}");
            }
            byte => format.push(char::from(byte)),
        }
    }
    format
}

#[cfg(test)]
#[path = "curl_tests.rs"]
mod tests;
