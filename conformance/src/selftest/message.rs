//! Requests and responses on their way through the crooked gateway.

use crate::wire::message::Response;

/// A whole request.
#[derive(Debug, Clone, Default)]
pub(super) struct Request {
    /// Request line and header section, as they came.
    pub(super) head: Vec<u8>,
    /// The body as it came.
    pub(super) framed: Vec<u8>,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) fields: Vec<(String, Vec<u8>)>,
    /// The body without transfer coding.
    pub(super) body: Vec<u8>,
    pub(super) chunked: bool,
}

impl Request {
    /// The values of the fields of this name.
    pub(super) fn values(&self, name: &str) -> Vec<&[u8]> {
        let named = self
            .fields
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_slice()).collect()
    }

    /// What the module under test writes, where the request says so.
    pub(super) fn output(&self) -> Option<Vec<u8>> {
        match self.path.split('/').nth(1)? {
            "cat" => Some(self.body.clone()),
            "say" => {
                let hex = self.query.as_deref().unwrap_or_default().as_bytes();
                let byte =
                    |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
                hex.chunks(2).map(byte).collect()
            }
            _ => None,
        }
    }

    /// The lines of the header block that the module writes, without their ends, and its body.
    pub(super) fn block(&self) -> Option<(Vec<Vec<u8>>, Vec<u8>)> {
        let output = self.output()?;
        let mut lines = Vec::new();
        let mut rest = output.as_slice();
        while let Some(end) = rest.iter().position(|&b| b == b'\n') {
            let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
            rest = &rest[end + 1..];
            if line.is_empty() {
                return Some((lines, rest.to_vec()));
            }
            lines.push(line.to_vec());
        }
        None
    }

    /// The values that the module writes for this name.
    pub(super) fn written(&self, name: &str) -> Vec<Vec<u8>> {
        let lines = self.block().map(|(lines, _)| lines).unwrap_or_default();
        lines
            .iter()
            .filter_map(|line| {
                let (n, value) = split(line)?;
                n.eq_ignore_ascii_case(name.as_bytes())
                    .then(|| value.trim_ascii().to_vec())
            })
            .collect()
    }
}

/// Name and rest of a line.
pub(super) fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|&b| b == b':')?;
    Some((&line[..colon], &line[colon + 1..]))
}

/// A response that a fault may change.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) status: u16,
    pub(super) fields: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    /// Sent before everything else.
    pub(super) interim: Vec<u8>,
    /// Raw lines at the end of the header section.
    pub(super) lines: Vec<Vec<u8>>,
    /// Said instead of the body's length.
    pub(super) length: Option<Vec<u8>>,
    /// Whether a body is sent although there can be none.
    pub(super) forced: bool,
    head_request: bool,
}

impl Message {
    pub(super) fn of(response: &Response, request: &Request) -> Message {
        let framing = |name: &[u8]| {
            name.eq_ignore_ascii_case(b"Transfer-Encoding")
                || (name.eq_ignore_ascii_case(b"Content-Length") && request.method != "HEAD")
        };
        let fields = response.head.fields.iter();
        Message {
            status: response.head.status,
            fields: fields.filter(|(name, _)| !framing(name)).cloned().collect(),
            body: response.body.clone(),
            interim: Vec::new(),
            lines: Vec::new(),
            length: None,
            forced: false,
            head_request: request.method == "HEAD",
        }
    }

    /// A plain answer with this body.
    pub(super) fn replace(&mut self, status: u16, body: &[u8]) {
        self.status = status;
        self.fields
            .retain(|(name, _)| name.eq_ignore_ascii_case(b"Connection"));
        self.fields
            .push((b"Content-Type".to_vec(), b"text/plain".to_vec()));
        self.body = body.to_vec();
    }

    /// The values of the fields of this name.
    pub(super) fn values(&self, name: &str) -> Vec<Vec<u8>> {
        let named = self
            .fields
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()));
        named.map(|(_, value)| value.clone()).collect()
    }

    /// Instead of all fields of this name.
    pub(super) fn set(&mut self, name: &str, values: &[Vec<u8>]) {
        self.fields
            .retain(|(n, _)| !n.eq_ignore_ascii_case(name.as_bytes()));
        let new = values
            .iter()
            .map(|value| (name.as_bytes().to_vec(), value.clone()));
        self.fields.extend(new);
    }

    pub(super) fn render(&self) -> Vec<u8> {
        let mut wire = self.interim.clone();
        wire.extend(format!("HTTP/1.1 {} X\r\n", self.status).into_bytes());
        for (name, value) in &self.fields {
            wire.extend([name, b": ".as_slice(), value, b"\r\n"].concat());
        }
        for line in &self.lines {
            wire.extend([line.as_slice(), b"\r\n"].concat());
        }
        let bodiless = matches!(self.status, 100..=199 | 204 | 304);
        let length = self.length.clone();
        let length = length.unwrap_or_else(|| self.body.len().to_string().into_bytes());
        if self.forced || (!bodiless && !self.head_request) {
            wire.extend([b"Content-Length: ", length.as_slice(), b"\r\n"].concat());
        }
        wire.extend_from_slice(b"\r\n");
        if self.forced || (!bodiless && !self.head_request) {
            wire.extend_from_slice(&self.body);
        }
        wire
    }
}
