//! The header block that a module writes before its body.

use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;

/// How large a header block may be.
///
/// Requirement: header-block.size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockLimits {
    /// The whole block, with its line ends.
    pub bytes: usize,
    /// One line.
    pub line: usize,
    /// Lines with a field.
    pub fields: usize,
}

impl Default for BlockLimits {
    fn default() -> Self {
        Self {
            bytes: 64 * 1024,
            line: 16 * 1024,
            fields: 256,
        }
    }
}

/// What a module said above the empty line.
///
/// Requirement: header-block.shape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderBlock {
    /// The code of `Status`.
    pub status: Option<StatusCode>,
    /// `Location`.
    pub location: Option<HeaderValue>,
    /// `Content-Type`.
    pub content_type: Option<HeaderValue>,
    /// Every other field that may be forwarded, repeated ones included.
    pub fields: HeaderMap,
}

/// Why output is answered with 502.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MalformedBlock {
    /// The output ended, or grew beyond the limit, without an empty line.
    NoEmptyLine,
    /// None of `Content-Type`, `Location` and `Status`.
    NoCgiField,
    /// A `Status` that is not three digits, then the end or a blank.
    Status,
    /// A `Status` below 200, which would be no final response.
    InterimStatus,
    /// A control character in `Status`, `Location` or `Content-Type`.
    ControlCharacter,
    /// The block, a line of it, or the number of its fields is beyond the limits.
    TooLarge,
}

impl fmt::Display for MalformedBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoEmptyLine => "no empty line ends the header block (header-block.incomplete)",
            Self::NoCgiField => {
                "the header block has none of Content-Type, Location and Status (header-block.no-cgi-field)"
            }
            Self::Status => "Status is not three digits (status.malformed)",
            Self::InterimStatus => "Status is below 200 (status.below-200)",
            Self::ControlCharacter => "a CGI field has a control character (header-block.controls)",
            Self::TooLarge => "the header block is beyond its limits (header-block.size)",
        })
    }
}

impl std::error::Error for MalformedBlock {}

/// Finds where the body begins: behind the first empty line, which ends in LF or CRLF.
///
/// `scanned` is where the last line that was looked at begins; keep it between calls, so that output
/// that comes in pieces is searched once.
///
/// Requirements: header-block.line-ends, header-block.first-empty-line.
pub fn find_block_end(output: &[u8], scanned: &mut usize) -> Option<usize> {
    while let Some(length) = output[*scanned..].iter().position(|&byte| byte == b'\n') {
        let line = &output[*scanned..*scanned + length];
        *scanned += length + 1;
        if line.is_empty() || line == b"\r" {
            return Some(*scanned);
        }
    }
    None
}

impl HeaderBlock {
    /// Reads a header block, with or without the empty line at its end.
    ///
    /// Lines that are no field are skipped: without a colon, with an invalid name, with a blank
    /// before the colon or at the beginning. A field whose value is empty counts as not written,
    /// and one with a control character is dropped. Of a repeated CGI field the last counts.
    ///
    /// Requirements: header-block.*, status.*, location.empty.
    ///
    /// ```
    /// # use wagi_host::gateway::{BlockLimits, HeaderBlock};
    /// let block = HeaderBlock::parse(b"Status: 404\nX-A: b:c\n\n", &BlockLimits::default()).unwrap();
    /// assert_eq!(block.status.unwrap(), 404);
    /// assert_eq!(block.fields["x-a"], "b:c");
    /// ```
    pub fn parse(block: &[u8], limits: &BlockLimits) -> Result<Self, MalformedBlock> {
        if block.len() > limits.bytes {
            return Err(MalformedBlock::TooLarge);
        }
        let mut result = Self::default();
        let mut count = 0;
        for line in block.split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.len() > limits.line {
                return Err(MalformedBlock::TooLarge);
            }
            let Some((name, value)) = field(line) else {
                continue;
            };
            count += 1;
            if count > limits.fields {
                return Err(MalformedBlock::TooLarge);
            }
            result.add(name, value)?;
        }
        if result.status.is_none() && result.location.is_none() && result.content_type.is_none() {
            return Err(MalformedBlock::NoCgiField);
        }
        Ok(result)
    }

    fn add(&mut self, name: HeaderName, value: &[u8]) -> Result<(), MalformedBlock> {
        match name.as_str() {
            "status" => self.status = Some(parse_status(value)?),
            "location" if !value.is_empty() => self.location = Some(cgi_value(value)?),
            "content-type" if !value.is_empty() => self.content_type = Some(cgi_value(value)?),
            _ if value.is_empty() || !is_forwarded(&name) => {}
            _ => {
                if let Ok(value) = HeaderValue::from_bytes(value) {
                    self.fields.append(name, value);
                }
            }
        }
        Ok(())
    }
}

/// Cuts a line at its first colon.
///
/// Requirements: header-block.first-colon, header-block.malformed-line,
/// header-block.blank-before-colon, header-block.continuation-line, header-block.no-nph.
fn field(line: &[u8]) -> Option<(HeaderName, &[u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = HeaderName::from_bytes(&line[..colon]).ok()?;
    Some((name, trim_blanks(&line[colon + 1..])))
}

fn trim_blanks(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

fn cgi_value(value: &[u8]) -> Result<HeaderValue, MalformedBlock> {
    HeaderValue::from_bytes(value).map_err(|_| MalformedBlock::ControlCharacter)
}

/// Requirements: status.sets-code, status.malformed, status.below-200, status.above-599.
fn parse_status(value: &[u8]) -> Result<StatusCode, MalformedBlock> {
    let (code, rest) = value.split_at_checked(3).ok_or(MalformedBlock::Status)?;
    if !matches!(rest.first(), None | Some(b' ' | b'\t')) || !code.iter().all(u8::is_ascii_digit) {
        return Err(MalformedBlock::Status);
    }
    if rest
        .iter()
        .any(|&byte| byte != b'\t' && byte.is_ascii_control())
    {
        return Err(MalformedBlock::ControlCharacter);
    }
    match StatusCode::from_bytes(code) {
        Ok(code) if code.as_u16() >= 200 => Ok(code),
        _ => Err(MalformedBlock::InterimStatus),
    }
}

/// The server frames the response and names itself; what the module says about that is dropped.
///
/// Requirements: header-block.connection-level, header-block.content-length, header-block.x-cgi,
/// header-block.server-fields.
fn is_forwarded(name: &HeaderName) -> bool {
    const DROPPED: [&str; 9] = [
        "connection",
        "content-length",
        "date",
        "keep-alive",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let name = name.as_str();
    !DROPPED.contains(&name) && !name.starts_with("proxy-") && !name.starts_with("x-cgi-")
}

#[cfg(test)]
#[path = "header_block_tests.rs"]
mod tests;
