//! HTTP/1.x responses as they came, byte for byte.

/// A response as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Interim (1xx) responses that came before.
    pub interim: Vec<Head>,
    /// Status line and header section.
    pub head: Head,
    /// The body, transfer coding removed.
    pub body: Vec<u8>,
    /// How the body was delimited.
    pub framing: BodyFraming,
    /// Whether the body came to its end.
    pub complete: bool,
    /// Every byte of it, interim responses included.
    pub raw: Vec<u8>,
}

impl Response {
    /// Whether the server says that it closes the connection after this response.
    pub fn closes(&self) -> bool {
        let says = |option: &str| {
            let mut options = self
                .head
                .values("Connection")
                .flat_map(|value| value.split(|&b| b == b','));
            options.any(|one| one.trim_ascii().eq_ignore_ascii_case(option.as_bytes()))
        };
        match self.head.version {
            (1, 0) => !says("keep-alive"),
            _ => says("close") || self.framing == BodyFraming::UntilClose,
        }
    }
}

/// Status line and header section of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// `(1, 1)` for HTTP/1.1.
    pub version: (u8, u8),
    /// The status code.
    pub status: u16,
    /// The reason phrase as sent.
    pub reason: Vec<u8>,
    /// Names and values in order, case kept, surrounding blanks of the value removed.
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
    /// The first line that ends in LF without CR, if there is one. Recipients put up with it
    /// (RFC 9112 §2.2), but a server must not send it.
    pub bare_lf: Option<Vec<u8>>,
}

impl Head {
    /// The values of all fields of this name, in order, without regard to the name's case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.fields
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value.as_slice())
    }
}

/// How a response body was delimited (RFC 9112 §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFraming {
    /// None by definition: HEAD, 1xx, 204, 304.
    None,
    /// By `Content-Length`.
    Length,
    /// By `Transfer-Encoding: chunked`.
    Chunked,
    /// By the end of the connection.
    UntilClose,
}
