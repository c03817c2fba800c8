//! Reads one HTTP/1.x response from any source of bytes: pure, strict and bounded.
//!
//! What a server must never send (a folded field line, a bare CR in the header section, a broken
//! chunk, both framing fields) is [`Stop::Malformed`], with a text that says what was found. What is
//! merely unusual (no reason phrase, an unknown field) is kept as it came. Lines that end in a bare LF
//! are read, as clients do it, and noted in the [`Head`]: one fault shall not hide all others.

mod lines;

pub(crate) use lines::trim;

use super::message::{Head, Response};
use lines::{Framing, chunk_size, field_of, framing, malformed, shown, status_line_of};

/// The longest header section that is read.
pub const HEAD_LIMIT: usize = 1024 * 1024;
/// The longest response, interim responses and framing included, that is read.
pub const RESPONSE_LIMIT: usize = 64 * 1024 * 1024;
/// More interim responses than this before the final one are nonsense.
const INTERIM_LIMIT: usize = 64;

/// Where the bytes come from.
pub trait Source {
    /// Appends at least one byte to `buffer`; `Ok(0)` is the orderly end of the stream.
    fn fill(&mut self, buffer: &mut Vec<u8>) -> Result<usize, Interruption>;
}

/// Why a source gives nothing although the stream has not come to its orderly end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// The peer reset the connection.
    Reset,
    /// Time is up.
    Timeout,
    /// The user gave up.
    Abandoned,
}

/// Why no complete response was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The stream ended before its first byte.
    Closed,
    /// The stream ended in the middle; with the response as far as it came, if its header section
    /// was complete.
    BrokenOff(Option<Box<Response>>),
    /// The source was interrupted otherwise.
    Interrupted(Interruption),
    /// The bytes are no HTTP response.
    Malformed(String),
}

/// The bytes of one connection: what was received and not yet consumed, then the source.
#[derive(Debug)]
pub struct Incoming<'a, S> {
    source: S,
    /// Received bytes; those before `position` are consumed.
    buffer: &'a mut Vec<u8>,
    position: usize,
}

impl<'a, S: Source> Incoming<'a, S> {
    /// Reads on after `buffer`, which holds what was received beyond the previous response.
    pub fn new(source: S, buffer: &'a mut Vec<u8>) -> Self {
        Self {
            source,
            buffer,
            position: 0,
        }
    }

    /// Reads a final response with the interim responses before it. `bodiless` is set for an answer
    /// to HEAD. `saw_head` is told the status of each header section as soon as it is complete.
    ///
    /// What was consumed is taken out of the buffer on success only; after an error the buffer holds
    /// all that came.
    pub fn response(
        &mut self,
        bodiless: bool,
        mut saw_head: impl FnMut(u16),
    ) -> Result<Response, Stop> {
        let mut interim = Vec::new();
        let head = loop {
            let head = self.head()?;
            saw_head(head.status);
            // 101 is the last response of its connection as far as HTTP is concerned.
            if !(100..200).contains(&head.status) || head.status == 101 {
                break head;
            }
            if interim.len() == INTERIM_LIMIT {
                return Err(malformed(format!(
                    "more than {INTERIM_LIMIT} interim responses"
                )));
            }
            interim.push(head);
        };
        let framing = framing(&head, bodiless)?;
        let mut response = Response {
            interim,
            head,
            body: Vec::new(),
            framing: framing.kind(),
            complete: false,
            raw: Vec::new(),
        };
        let end = match framing {
            Framing::None => Ok(()),
            Framing::Length(length) => self.length(length, &mut response.body),
            Framing::Chunked => self.chunked(&mut response.body),
            Framing::UntilClose => self.until_close(&mut response.body),
        };
        match end {
            Ok(()) => {
                response.complete = true;
                response.raw = self.buffer.drain(..self.position).collect();
                self.position = 0;
                Ok(response)
            }
            Err(Stop::BrokenOff(_) | Stop::Closed) => {
                response.raw.clone_from(self.buffer);
                Err(Stop::BrokenOff(Some(Box::new(response))))
            }
            Err(other) => Err(other),
        }
    }

    /// Reads more; an orderly or disorderly end is the error that fits what came so far.
    fn more(&mut self) -> Result<(), Stop> {
        if self.buffer.len() >= RESPONSE_LIMIT {
            return Err(malformed(format!("more than {} MiB", RESPONSE_LIMIT >> 20)));
        }
        match self.source.fill(self.buffer) {
            Ok(0) | Err(Interruption::Reset) if self.buffer.is_empty() => Err(Stop::Closed),
            Ok(0) | Err(Interruption::Reset) => Err(Stop::BrokenOff(None)),
            Ok(_) => Ok(()),
            Err(other) => Err(Stop::Interrupted(other)),
        }
    }

    fn head(&mut self) -> Result<Head, Stop> {
        let start = self.position;
        let mut bare_lf = None;
        let status_line = self.line_of_head(start, &mut bare_lf)?;
        let mut head = status_line_of(&status_line)?;
        loop {
            let line = self.line_of_head(start, &mut bare_lf)?;
            if line.is_empty() {
                head.bare_lf = bare_lf;
                return Ok(head);
            }
            head.fields.push(field_of(&line)?);
        }
    }

    /// Field lines up to and including the empty line, which nobody looks at.
    fn trailers(&mut self) -> Result<(), Stop> {
        let start = self.position;
        loop {
            let line = self.line(start)?;
            if line.is_empty() {
                return Ok(());
            }
            field_of(&line)?;
        }
    }

    /// A line without its CRLF. `start` is where the section began, for the limit.
    fn line(&mut self, start: usize) -> Result<Vec<u8>, Stop> {
        let mut bare_lf = None;
        let line = self.line_of_head(start, &mut bare_lf)?;
        match bare_lf {
            Some(line) => Err(malformed(format!(
                "the line `{}` ends in a bare LF",
                shown(&line)
            ))),
            None => Ok(line),
        }
    }

    /// A line without its end; the first that ends in LF without CR is noted.
    fn line_of_head(
        &mut self,
        start: usize,
        bare_lf: &mut Option<Vec<u8>>,
    ) -> Result<Vec<u8>, Stop> {
        let mut searched = self.position;
        let end = loop {
            if let Some(at) = self.buffer[searched..].iter().position(|&b| b == b'\n') {
                break searched + at;
            }
            searched = self.buffer.len();
            if searched - start > HEAD_LIMIT {
                return Err(malformed(format!(
                    "a header section of more than {} KiB",
                    HEAD_LIMIT >> 10
                )));
            }
            self.more()?;
        };
        let line = &self.buffer[self.position..end];
        let line = line.strip_suffix(b"\r").unwrap_or_else(|| {
            bare_lf.get_or_insert_with(|| line.to_vec());
            line
        });
        if line.iter().any(|b| matches!(b, b'\r' | 0)) {
            return Err(malformed(format!(
                "a bare CR or a NUL in the line `{}`",
                shown(line)
            )));
        }
        let line = line.to_vec();
        self.position = end + 1;
        Ok(line)
    }

    fn length(&mut self, length: u64, body: &mut Vec<u8>) -> Result<(), Stop> {
        // A length beyond the limit runs into the limit of `more`.
        let wanted = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .saturating_add(self.position);
        let mut result = Ok(());
        while self.buffer.len() < wanted && result.is_ok() {
            result = self.more();
        }
        let end = wanted.min(self.buffer.len());
        body.extend_from_slice(&self.buffer[self.position..end]);
        self.position = end;
        result
    }

    fn chunked(&mut self, body: &mut Vec<u8>) -> Result<(), Stop> {
        loop {
            let line = self.line(self.position)?;
            let size = chunk_size(&line)?;
            if size == 0 {
                return self.trailers();
            }
            self.length(size, body)?;
            let end = self.line(self.position)?;
            if !end.is_empty() {
                return Err(malformed(format!(
                    "`{}` after the data of a chunk",
                    shown(&end)
                )));
            }
        }
    }

    fn until_close(&mut self, body: &mut Vec<u8>) -> Result<(), Stop> {
        let result = loop {
            if self.buffer.len() >= RESPONSE_LIMIT {
                break Err(malformed(format!("more than {} MiB", RESPONSE_LIMIT >> 20)));
            }
            match self.source.fill(self.buffer) {
                Ok(0) => break Ok(()),
                Ok(_) => {}
                Err(Interruption::Reset) => break Err(Stop::BrokenOff(None)),
                Err(other) => break Err(Stop::Interrupted(other)),
            }
        };
        body.extend_from_slice(&self.buffer[self.position..]);
        self.position = self.buffer.len();
        result
    }
}

#[cfg(test)]
mod tests;
