//! The lines of a response, and what they say of its body.

use super::Stop;
use crate::text::escaped;
use crate::wire::message::{BodyFraming, Head};

/// The status line, as a head without fields.
pub(super) fn status_line_of(line: &[u8]) -> Result<Head, Stop> {
    let wrong = || malformed(format!("`{}` is no status line", shown(line)));
    let rest = line.strip_prefix(b"HTTP/").ok_or_else(wrong)?;
    let (&[major, b'.', minor, b' ', a, b, c], rest) =
        rest.split_first_chunk::<7>().ok_or_else(wrong)?
    else {
        return Err(wrong());
    };
    if ![major, minor, a, b, c].iter().all(u8::is_ascii_digit) || major != b'1' {
        return Err(wrong());
    }
    // The blank before the reason phrase is required even without a reason phrase, but its absence
    // misleads nobody.
    let reason = match rest.split_first() {
        None => &[],
        Some((b' ', reason)) => reason,
        Some(_) => return Err(wrong()),
    };
    let digit = |byte: u8| u16::from(byte - b'0');
    Ok(Head {
        version: (major - b'0', minor - b'0'),
        status: digit(a) * 100 + digit(b) * 10 + digit(c),
        reason: reason.to_vec(),
        fields: Vec::new(),
        bare_lf: None,
    })
}

/// Name and value of a field line.
pub(super) fn field_of(line: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Stop> {
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        return Err(malformed(format!(
            "the folded field line `{}`",
            shown(line)
        )));
    }
    let Some(colon) = line.iter().position(|&b| b == b':') else {
        return Err(malformed(format!(
            "the field line `{}` without a colon",
            shown(line)
        )));
    };
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if name.is_empty() || !name.iter().copied().all(is_token) {
        return Err(malformed(format!("`{}` as a field name", shown(name))));
    }
    Ok((name.to_vec(), trim(value).to_vec()))
}

/// Without the blanks and tabs around it.
pub(crate) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// How long a body is.
pub(super) enum Framing {
    None,
    Length(u64),
    Chunked,
    UntilClose,
}

impl Framing {
    pub(super) fn kind(&self) -> BodyFraming {
        match self {
            Self::None => BodyFraming::None,
            Self::Length(_) => BodyFraming::Length,
            Self::Chunked => BodyFraming::Chunked,
            Self::UntilClose => BodyFraming::UntilClose,
        }
    }
}

/// RFC 9112 §6.3.
pub(super) fn framing(head: &Head, bodiless: bool) -> Result<Framing, Stop> {
    if bodiless || head.status < 200 || matches!(head.status, 204 | 304) {
        return Ok(Framing::None);
    }
    let codings = tokens(head, "Transfer-Encoding");
    let lengths = tokens(head, "Content-Length");
    if !codings.is_empty() {
        if !lengths.is_empty() {
            return Err(malformed(
                "both Transfer-Encoding and Content-Length".to_owned(),
            ));
        }
        let chunked = codings
            .iter()
            .filter(|coding| coding.eq_ignore_ascii_case(b"chunked"))
            .count();
        let last = codings
            .last()
            .is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked"));
        return match (chunked, last) {
            (1, true) => Ok(Framing::Chunked),
            (0, _) => Ok(Framing::UntilClose),
            _ => Err(malformed(
                "chunked transfer coding applied twice or not last".to_owned(),
            )),
        };
    }
    let Some(first) = lengths.first() else {
        return Ok(Framing::UntilClose);
    };
    let length = std::str::from_utf8(first)
        .ok()
        .filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|text| text.parse::<u64>().ok())
        .ok_or_else(|| malformed(format!("`{}` as Content-Length", shown(first))))?;
    if lengths.iter().any(|other| other != first) {
        return Err(malformed("different values of Content-Length".to_owned()));
    }
    Ok(Framing::Length(length))
}

/// The elements of a comma-separated field.
fn tokens<'a>(head: &'a Head, name: &'a str) -> Vec<&'a [u8]> {
    head.values(name)
        .flat_map(|value| value.split(|&b| b == b','))
        .map(trim)
        .collect()
}

/// The size that the first line of a chunk says.
pub(super) fn chunk_size(line: &[u8]) -> Result<u64, Stop> {
    let digits = line.split(|&b| b == b';').next().unwrap_or_default();
    // Blanks before an extension are "bad whitespace", which a recipient has to accept.
    let digits = if digits.len() < line.len() {
        trim(digits)
    } else {
        digits
    };
    std::str::from_utf8(digits)
        .ok()
        .filter(|text| {
            (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
        })
        .and_then(|text| u64::from_str_radix(text, 16).ok())
        .ok_or_else(|| malformed(format!("`{}` as the size of a chunk", shown(line))))
}

pub(super) fn malformed(what: String) -> Stop {
    Stop::Malformed(what)
}

/// A line as a message shows it.
pub(super) fn shown(bytes: &[u8]) -> String {
    const SHOWN: usize = 80;
    let mut text = escaped(&bytes[..bytes.len().min(SHOWN)]);
    if bytes.len() > SHOWN {
        text.push('…');
    }
    text
}
