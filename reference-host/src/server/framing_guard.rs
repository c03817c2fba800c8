//! Refuses requests whose length is said twice.
//!
//! hyper reads a repeated Content-Length as one, and lets Transfer-Encoding win over Content-Length.
//! Both are legitimate readings, but two servers in a row that read differently can be played off
//! against each other, so such requests are answered with 400. hyper does not show what it merged;
//! the guard therefore follows the framing of a connection and spoils the colon of the second
//! field, which makes hyper refuse the request.

/// Follows the messages of one connection, byte by byte.
///
/// Requirement: security.content-length.
#[derive(Debug, Default)]
pub(super) struct FramingGuard {
    state: State,
    head: Head,
    /// Header sections that have ended.
    heads: u64,
}

/// What was seen in the header section that is being read.
#[derive(Debug, Default)]
struct Head {
    length: Option<u64>,
    is_chunked: bool,
}

#[derive(Debug)]
enum State {
    /// Before or within a request line.
    RequestLine { is_empty: bool },
    /// Within the name of a field; lower case, cut at the longest name of interest.
    Name { name: [u8; LONGEST], length: usize },
    /// Within the value of Content-Length.
    Length { value: u64, is_valid: bool },
    /// Within the value of Transfer-Encoding; the last letters of it.
    Encoding { last: [u8; 7] },
    /// Within another value.
    Value,
    /// Within a body or a chunk.
    Skip { left: u64, is_chunk: bool },
    /// Within the size of a chunk.
    ChunkSize { size: u64 },
    /// Behind the size of a chunk.
    ChunkExtension { size: u64 },
    /// Behind the last chunk.
    Trailer { is_empty: bool },
    /// What comes is not HTTP, and hyper will say so.
    Lost,
}

const LONGEST: usize = "transfer-encoding".len();

impl Default for State {
    fn default() -> Self {
        Self::RequestLine { is_empty: true }
    }
}

/// Where in its stream a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing of the next request has come.
    BetweenRequests,
    /// Within the request line or the fields of the request with this number, or lost in them.
    Head(u64),
    /// Within a body.
    Body,
}

impl FramingGuard {
    /// Where the bytes that were looked at have led to.
    pub(super) fn place(&self) -> Place {
        match self.state {
            State::RequestLine { is_empty: true } => Place::BetweenRequests,
            State::RequestLine { .. }
            | State::Name { .. }
            | State::Length { .. }
            | State::Encoding { .. }
            | State::Value
            | State::Lost => Place::Head(self.heads),
            State::Skip { .. }
            | State::ChunkSize { .. }
            | State::ChunkExtension { .. }
            | State::Trailer { .. } => Place::Body,
        }
    }

    /// Looks at the bytes that have arrived.
    pub(super) fn inspect(&mut self, bytes: &mut [u8]) {
        let mut at = 0;
        while at < bytes.len() {
            if let State::Skip { left, is_chunk } = &mut self.state {
                let skipped = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len() - at);
                at += skipped;
                *left -= skipped as u64;
                if *left == 0 {
                    self.state = match is_chunk {
                        true => State::ChunkSize { size: 0 },
                        false => State::default(),
                    };
                }
            } else {
                self.step(&mut bytes[at]);
                at += 1;
            }
        }
    }

    fn step(&mut self, byte: &mut u8) {
        let state = std::mem::replace(&mut self.state, State::Lost);
        self.state = match (state, *byte) {
            (State::RequestLine { is_empty: true }, b'\r' | b'\n') => State::default(),
            (State::RequestLine { .. }, b'\n') => State::name(),
            (State::RequestLine { .. }, _) => State::RequestLine { is_empty: false },
            (State::Name { name, length }, b':') => {
                self.field(&name[..length.min(LONGEST)], length, byte)
            }
            (State::Name { length: 0, .. }, b'\n') => self.end_of_head(),
            (State::Name { name, length: 0 }, b'\r') => State::Name { name, length: 0 },
            (State::Name { .. }, b'\n') => State::Lost,
            (State::Name { mut name, length }, byte) => {
                if let Some(place) = name.get_mut(length) {
                    *place = byte.to_ascii_lowercase();
                }
                State::Name {
                    name,
                    length: length.saturating_add(1),
                }
            }
            (State::Length { value, is_valid }, b'\n') => {
                self.head.length = Some(value);
                if is_valid { State::name() } else { State::Lost }
            }
            (state @ State::Length { .. }, b' ' | b'\t' | b'\r') => state,
            (State::Length { value, is_valid }, digit) => {
                let added = value
                    .checked_mul(10)
                    .and_then(|v| v.checked_add(u64::from(digit.wrapping_sub(b'0'))));
                let is_valid = is_valid && digit.is_ascii_digit() && added.is_some();
                State::Length {
                    value: added.unwrap_or(0),
                    is_valid,
                }
            }
            (State::Encoding { last }, b'\n') => {
                self.head.is_chunked = last.eq_ignore_ascii_case(b"chunked");
                State::name()
            }
            (state @ State::Encoding { .. }, b' ' | b'\t' | b'\r') => state,
            (State::Encoding { mut last }, byte) => {
                last.rotate_left(1);
                last[6] = byte;
                State::Encoding { last }
            }
            (State::Value, b'\n') => State::name(),
            (State::Value, _) => State::Value,
            (State::ChunkSize { size }, b'\n') => State::chunk(size),
            (State::ChunkSize { size }, b'\r' | b';' | b' ' | b'\t') => {
                State::ChunkExtension { size }
            }
            (State::ChunkSize { size }, digit) => {
                match (char::from(digit).to_digit(16), size >> 59) {
                    (Some(digit), 0) => State::ChunkSize {
                        size: size << 4 | u64::from(digit),
                    },
                    _ => State::Lost,
                }
            }
            (State::ChunkExtension { size }, b'\n') => State::chunk(size),
            (state @ State::ChunkExtension { .. }, _) => state,
            (State::Trailer { is_empty: true }, b'\n') => State::default(),
            (State::Trailer { is_empty }, b'\r') => State::Trailer { is_empty },
            (State::Trailer { .. }, b'\n') => State::Trailer { is_empty: true },
            (State::Trailer { .. }, _) => State::Trailer { is_empty: false },
            (State::Skip { .. } | State::Lost, _) => State::Lost,
        };
    }

    /// The colon behind a name. A second length, or a length beside an encoding, is spoilt.
    fn field(&mut self, name: &[u8], length: usize, colon: &mut u8) -> State {
        match (name, length) {
            (b"content-length", 14) if self.head.length.is_some() || self.head.is_chunked => {
                *colon = 0;
                State::Lost
            }
            (b"transfer-encoding", LONGEST) if self.head.length.is_some() => {
                *colon = 0;
                State::Lost
            }
            (b"content-length", 14) => State::Length {
                value: 0,
                is_valid: true,
            },
            (b"transfer-encoding", LONGEST) => State::Encoding { last: [0; 7] },
            _ => State::Value,
        }
    }

    fn end_of_head(&mut self) -> State {
        let head = std::mem::take(&mut self.head);
        self.heads += 1;
        match (head.is_chunked, head.length) {
            (true, _) => State::ChunkSize { size: 0 },
            (false, Some(left)) if left > 0 => State::Skip {
                left,
                is_chunk: false,
            },
            (false, _) => State::default(),
        }
    }
}

impl State {
    fn name() -> Self {
        Self::Name {
            name: [0; LONGEST],
            length: 0,
        }
    }

    /// The data of a chunk and the line end behind it.
    fn chunk(size: u64) -> Self {
        match size {
            0 => Self::Trailer { is_empty: true },
            size => Self::Skip {
                left: size.saturating_add(2),
                is_chunk: true,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_spoilt(bytes: &str, portion: usize) -> bool {
        let mut guard = FramingGuard::default();
        let mut inspected = bytes.as_bytes().to_vec();
        inspected
            .chunks_mut(portion)
            .for_each(|portion| guard.inspect(portion));
        inspected != bytes.as_bytes()
    }

    #[test]
    fn a_length_said_twice_is_spoilt_in_any_portions() {
        for head in [
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: 5\r\ncontent-LENGTH:6\r\n",
            "A: b\nContent-Length: 5\nC: d\nContent-Length: 5\n",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip, Chunked \r\nContent-Length: 5\r\n",
        ] {
            let request = format!("POST / HTTP/1.1\r\n{head}\r\nhello");
            for portion in [1, 2, 7, 1000] {
                assert!(
                    is_spoilt(&request, portion),
                    "{head:?} in portions of {portion}"
                );
            }
        }
    }

    #[test]
    fn honest_requests_pass_one_behind_the_other() {
        let twice = "Content-Length: 1\r\nContent-Length: 1\r\n\r\n";
        for request in [
            format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{twice}", twice.len()),
            format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{:x};x=y\r\n{twice}\r\n0\r\n\r\n", twice.len()),
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n".into(),
            "GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n".into(),
            "GET / HTTP/1.1\r\nX-Content-Length: 1\r\nContent-Length2: 1\r\nContent-Length: 0\r\n\r\n".into(),
        ] {
            let chain = format!("{request}\r\n{request}GET / HTTP/1.1\r\n\r\n");
            for portion in [1, 3, 1000] {
                assert!(!is_spoilt(&chain, portion), "{chain}");
            }
            let spoilt = format!("{chain}POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n");
            assert!(is_spoilt(&spoilt, 5), "the guard lost its way in {chain}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_portions(bytes in prop::collection::vec(any::<u8>(), 0..300), portion in 1_usize..50) {
            let mut guard = FramingGuard::default();
            let mut whole = bytes.clone();
            guard.inspect(&mut whole);
            let mut guard = FramingGuard::default();
            let mut pieces = bytes;
            pieces.chunks_mut(portion).for_each(|portion| guard.inspect(portion));
            prop_assert_eq!(whole, pieces);
        }
    }
}
