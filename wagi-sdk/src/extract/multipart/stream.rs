//! The bytes between boundaries (RFC 2046 §5.1), from a reader.

use std::io::Read;

use super::MultipartError;
use crate::Body;

/// How much is read at a time.
const CHUNK: usize = 8 * 1024;

/// The header lines of one field together.
const HEADER_LIMIT: usize = 8 * 1024;

pub(super) struct Stream {
    body: Body,
    /// `\r\n--` and the boundary.
    delimiter: Vec<u8>,
    buffer: Vec<u8>,
    /// What of the buffer is still to be handed out begins here.
    start: usize,
    /// How many bytes from there certainly belong to the field.
    certain: usize,
    state: State,
    header_left: usize,
    taken: u64,
    pub(super) limit: u64,
}

#[derive(PartialEq)]
enum State {
    /// Before the first boundary, or inside a field.
    Part,
    /// Right behind a boundary.
    Boundary,
    /// Behind the last one.
    End,
}

impl Stream {
    pub(super) fn new(body: Body, boundary: &[u8], limit: u64) -> Self {
        Self {
            body,
            delimiter: [b"\r\n--", boundary].concat(),
            // The first boundary has no line break before it; with this one it looks like all others.
            buffer: b"\r\n".to_vec(),
            start: 0,
            certain: 0,
            state: State::Part,
            header_left: 0,
            taken: 0,
            limit,
        }
    }

    /// Reads to the end of the field, or of what stands before the first one.
    pub(super) fn skip_part(&mut self) -> Result<(), MultipartError> {
        while self.state == State::Part {
            let ready = self.ready()?;
            self.consume(ready);
        }
        Ok(())
    }

    /// Whether there is another field; then its header lines follow.
    pub(super) fn next_part(&mut self) -> Result<bool, MultipartError> {
        if self.state == State::End {
            return Ok(false);
        }
        self.header_left = HEADER_LIMIT;
        let line = self.header_line()?;
        if line.starts_with(b"--") {
            self.state = State::End;
            return Ok(false);
        }
        if !line.trim_ascii().is_empty() {
            return Err(MultipartError::Malformed(
                "something follows a boundary in its line",
            ));
        }
        self.state = State::Part;
        Ok(true)
    }

    /// A line without its end.
    pub(super) fn header_line(&mut self) -> Result<Vec<u8>, MultipartError> {
        let mut searched = 0;
        loop {
            let rest = &self.buffer[self.start..];
            let found = rest[searched..]
                .windows(2)
                .position(|window| window == b"\r\n");
            let length = found.map_or(rest.len(), |at| searched + at);
            // The closing boundary may be the end of the body, without a line break.
            if self.state == State::Boundary && rest.starts_with(b"--") {
                return Ok(b"--".to_vec());
            }
            if length > self.header_left {
                return Err(MultipartError::Malformed(
                    "the header of a field is too long",
                ));
            }
            if found.is_some() {
                let line = rest[..length].to_vec();
                self.header_left -= length;
                self.start += length + 2;
                return Ok(line);
            }
            searched = length.saturating_sub(1);
            self.fill()?;
        }
    }

    /// Hands out bytes of the field; 0 is its end.
    pub(super) fn read_part(&mut self, into: &mut [u8]) -> Result<usize, MultipartError> {
        if self.state != State::Part || into.is_empty() {
            return Ok(0);
        }
        let n = self.ready()?.min(into.len());
        into[..n].copy_from_slice(&self.buffer[self.start..self.start + n]);
        self.consume(n);
        Ok(n)
    }

    fn consume(&mut self, n: usize) {
        self.start += n;
        self.certain -= n;
    }

    /// How many bytes at `start` certainly belong to the field; 0 at its end, where the boundary is passed.
    fn ready(&mut self) -> Result<usize, MultipartError> {
        while self.certain == 0 {
            let rest = &self.buffer[self.start..];
            if let Some(at) = find(rest, &self.delimiter) {
                if at == 0 {
                    self.start += self.delimiter.len();
                    self.state = State::Boundary;
                    return Ok(0);
                }
                self.certain = at;
                break;
            }
            // The end of what is here may be the beginning of a boundary.
            self.certain = (rest.len() + 1).saturating_sub(self.delimiter.len());
            if self.certain == 0 {
                self.fill()?;
            }
        }
        Ok(self.certain)
    }

    fn fill(&mut self) -> Result<(), MultipartError> {
        // What is announced to be too long need not be read to be refused.
        let left = self.limit.saturating_sub(self.taken);
        if self.body.len().is_some_and(|announced| announced > left) {
            return Err(MultipartError::TooLarge { limit: self.limit });
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let held = self.buffer.len();
        self.buffer.resize(held + CHUNK, 0);
        let read = self.body.read(&mut self.buffer[held..]);
        let n = *read.as_ref().unwrap_or(&0);
        self.buffer.truncate(held + n);
        read?;
        self.taken += n as u64;
        if self.taken > self.limit {
            return Err(MultipartError::TooLarge { limit: self.limit });
        }
        if n == 0 {
            return Err(MultipartError::Malformed(
                "it ends before its last boundary",
            ));
        }
        Ok(())
    }
}

/// Where the delimiter is. It begins with a CR, which is rare.
fn find(bytes: &[u8], delimiter: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from
            + bytes[from..]
                .iter()
                .position(|byte| *byte == delimiter[0])?;
        if bytes[at..].starts_with(delimiter) {
            return Some(at);
        }
        from = at + 1;
    }
}
