//! A handler without any library: the request is in the environment and on standard input, and what
//! is printed is the response, as header fields, an empty line and a body.

use std::env;
use std::io::{self, Read};

fn main() {
    let query = env::var("QUERY_STRING").unwrap_or_default();
    let name = field(&query, "name").unwrap_or_default();
    let name = if name.is_empty() {
        "stranger".to_owned()
    } else {
        escape(&name)
    };

    let mut body = Vec::new();
    if let Err(error) = io::stdin().read_to_end(&mut body) {
        // It goes to the server's log, never to the client.
        eprintln!("cannot read the body: {error}");
        println!("Status: 400 Bad Request\nContent-Type: text/plain\n\nThe body is incomplete.");
        return;
    }

    println!("Content-Type: text/html; charset=utf-8");
    println!();
    println!("<!doctype html>");
    println!("<html lang=\"en\">");
    println!("<title>@name@</title>");
    println!("<h1>Hello, {name}!</h1>");
    println!("<p>You sent {} bytes.</p>", body.len());
}

/// The first value of a field in `a=1&b=2`, decoded.
fn field(form: &str, name: &str) -> Option<String> {
    let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        bytes.push(match (first, tail) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => b'%',
            },
            (other, _) => *other,
        });
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| value.try_into().ok())
}

/// Text as it has to stand in an HTML page.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_field() {
        assert_eq!(
            field("a=1&name=J%C3%B6rg+M", "name").as_deref(),
            Some("Jörg M")
        );
        assert_eq!(field("name=100%&name=2", "name").as_deref(), Some("100%"));
        assert_eq!(field("a=1", "name"), None);
    }

    #[test]
    fn escapes_markup() {
        assert_eq!(escape("<a & b>"), "&lt;a &amp; b&gt;");
    }
}
