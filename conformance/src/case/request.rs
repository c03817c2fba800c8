//! From the request of a case to the bytes on the wire.

use std::fmt::Write as _;

use super::bytes::Context;
use super::schema::{Framing, Request, Version};
use crate::wire::client::Outgoing;

impl Request {
    /// The method as it goes on the wire.
    pub fn method_name(&self) -> &str {
        let default = if self.body.is_some() || self.output.is_some() {
            "POST"
        } else {
            "GET"
        };
        self.method.as_deref().unwrap_or(default)
    }

    /// Whether the module output of the request travels in the query, as hexadecimal digits for a
    /// `say` probe, because the method has no body.
    pub fn output_in_query(&self) -> bool {
        self.output.is_some() && matches!(self.method_name(), "GET" | "HEAD")
    }

    /// The bytes to send.
    pub fn build(&self, context: &Context) -> Outgoing {
        if let Some(raw) = &self.raw {
            let head = context.bytes(raw);
            return Outgoing {
                no_body_expected: head.starts_with(b"HEAD "),
                half_close: self.half_close,
                several: true,
                head,
                ..Outgoing::default()
            };
        }
        let method = context.text(self.method_name());
        let mut head = method.clone().into_bytes();
        head.push(b' ');
        head.extend(self.target_bytes(context));
        head.extend_from_slice(match self.version {
            Version::Http10 => b" HTTP/1.0\r\n",
            Version::Http11 => b" HTTP/1.1\r\n",
        });
        let mut field = |name: &[u8], value: &[u8]| {
            head.extend([name, b": ".as_slice(), value, b"\r\n"].concat());
        };
        let fields: Vec<(Vec<u8>, Vec<u8>)> = self
            .fields
            .iter()
            .map(|(name, value)| (context.bytes(name), context.bytes(value)))
            .collect();
        if !self.omit_host
            && !fields
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(b"host"))
        {
            field(b"Host", context.host.as_bytes());
        }
        for (name, value) in &fields {
            field(name, value);
        }
        if self.expect_continue {
            field(b"Expect", b"100-continue");
        }
        let body = if self.output_in_query() {
            None
        } else {
            self.output.as_ref()
        };
        let body = self.body.as_ref().or(body).map(|body| context.bytes(body));
        let mut framed = Vec::new();
        if let Some(body) = body {
            framed = match self.framing {
                Framing::Length => {
                    field(b"Content-Length", body.len().to_string().as_bytes());
                    body
                }
                Framing::Chunked => {
                    field(b"Transfer-Encoding", b"chunked");
                    chunked(&body)
                }
                Framing::Unframed => body,
            };
        }
        head.extend_from_slice(b"\r\n");
        Outgoing {
            head,
            body: framed,
            await_continue: self.expect_continue,
            no_body_expected: method == "HEAD",
            half_close: self.half_close,
            several: false,
        }
    }

    fn target_bytes(&self, context: &Context) -> Vec<u8> {
        let mut target = match &self.target {
            Some(target) => context.bytes(target),
            // The mount `root` has the empty path.
            None if context.mount.is_empty() => b"/".to_vec(),
            None => context.mount.clone().into_bytes(),
        };
        if let Some(output) = self.output.as_ref().filter(|_| self.output_in_query()) {
            target.push(b'?');
            target.extend(hexadecimal(&context.bytes(output)).into_bytes());
        }
        target
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// In chunks of uneven sizes, so that no boundary of the body falls on one of a buffer.
fn chunked(body: &[u8]) -> Vec<u8> {
    const SIZES: [usize; 4] = [1, 10, 255, 8191];
    let mut out = Vec::with_capacity(body.len() + 64);
    let mut sizes = SIZES.into_iter().chain(std::iter::repeat(SIZES[3]));
    let mut rest = body;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(sizes.next().unwrap_or(1).min(rest.len()));
        out.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
        rest = after;
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(toml: &str) -> Outgoing {
        let request: Request = toml::from_str(toml).unwrap();
        request.build(&Context {
            mount: "/cat".to_owned(),
            pattern: "/cat/...".to_owned(),
            nonce: "n0nce".to_owned(),
            host: "h:1".to_owned(),
        })
    }

    fn text(outgoing: &Outgoing) -> String {
        String::from_utf8(outgoing.bytes()).unwrap()
    }

    #[test]
    fn nothing_said_is_a_plain_get() {
        assert_eq!(text(&built("")), "GET /cat HTTP/1.1\r\nHost: h:1\r\n\r\n");
    }

    #[test]
    fn fields_keep_order_case_and_duplicates() {
        let toml = "target = '{mount}/a%2Fb?{nonce}'\nversion = '1.0'\nfields = [['x-A', '1'], ['hOst', 'other'], ['X-a', ['caf', 0xE9]]]";
        assert_eq!(
            built(toml).head,
            b"GET /cat/a%2Fb?n0nce HTTP/1.0\r\nx-A: 1\r\nhOst: other\r\nX-a: caf\xE9\r\n\r\n"
        );
        assert_eq!(
            text(&built("omit-host = true")),
            "GET /cat HTTP/1.1\r\n\r\n"
        );
    }

    #[test]
    fn a_body_is_framed() {
        assert_eq!(
            text(&built("body = '{nonce}'")),
            "POST /cat HTTP/1.1\r\nHost: h:1\r\nContent-Length: 5\r\n\r\nn0nce"
        );
        assert_eq!(
            text(&built(
                "body = 'abc'\nframing = 'chunked'\nmethod = 'PUT'\nexpect-continue = true"
            )),
            "PUT /cat HTTP/1.1\r\nHost: h:1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
        );
        assert_eq!(
            text(&built("body = 'abc'\nframing = 'unframed'")),
            "POST /cat HTTP/1.1\r\nHost: h:1\r\n\r\nabc"
        );
        assert!(text(&built("body = ''")).contains("Content-Length: 0"));
    }

    #[test]
    fn an_output_is_posted_or_said() {
        assert!(
            text(&built("output = '''Status: 204\n\n'''"))
                .ends_with("Content-Length: 13\r\n\r\nStatus: 204\n\n")
        );
        let head = built("output = '''a:\n'''\nmethod = 'HEAD'");
        assert_eq!(
            text(&head),
            "HEAD /cat?613a0a HTTP/1.1\r\nHost: h:1\r\n\r\n"
        );
        assert!(head.no_body_expected);
    }

    #[test]
    fn raw_is_sent_as_it_stands() {
        let raw = built("raw = \"HEAD {mount} HTTP/1.1\\nbroken\"\nhalf-close = true");
        assert_eq!(text(&raw), "HEAD /cat HTTP/1.1\nbroken");
        assert!(raw.no_body_expected && raw.half_close);
    }
}
