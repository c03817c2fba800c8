//! A drawn module output, and the request that makes a probe write it.

use proptest::prelude::*;
use proptest::sample::select;

use super::lines::{self, Bytes};
use crate::case::bytes::filler;
use crate::model::Rules;
use crate::property::Subject;
use crate::wire::client::Outgoing;

/// A drawn module output.
#[derive(Debug, Clone)]
pub(in crate::property) struct OutputDraw {
    /// Lines with their ends.
    lines: Vec<(Bytes, End)>,
    /// What separates them from the body.
    separator: &'static str,
    body: Vec<u8>,
    via: Via,
    http10: bool,
}

/// The end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Lf,
    CrLf,
}

/// How the output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Via {
    /// POST to `cat`.
    Cat,
    /// GET from `say`.
    Get,
    /// HEAD from `say`.
    Head,
}

/// Longer outputs do not go into a query.
const LONGEST_QUERY: usize = 1500;

/// Outputs; `fetchable` is a path that a server must not fetch when it stands in Location.
pub(in crate::property) fn strategy(rules: Rules, fetchable: &str) -> BoxedStrategy<OutputDraw> {
    let end = || prop_oneof![2 => Just(End::Lf), 1 => Just(End::CrLf)];
    let others = prop::collection::vec((lines::line(rules, fetchable), end()), 0..5);
    let base = prop_oneof![
        12 => (lines::cgi(rules, fetchable), end()).prop_map(Some),
        1 => Just(None),
    ];
    let separator = prop_oneof![
        12 => Just("\n"),
        6 => Just("\r\n"),
        1 => select(&["", "\n\n", "\r\n\r\n", " \n\n", "\r\r\n"][..]),
    ];
    let via = prop_oneof![8 => Just(Via::Cat), 1 => Just(Via::Get), 1 => Just(Via::Head)];
    let place = any::<prop::sample::Index>();
    (
        others,
        base,
        place,
        separator,
        body(rules),
        via,
        prop::bool::weighted(0.1),
    )
        .prop_map(|(mut lines, base, place, separator, body, via, http10)| {
            if let Some(base) = base {
                lines.insert(place.index(lines.len() + 1), base);
            }
            OutputDraw {
                lines,
                separator,
                // Without an empty line there is no body.
                body: if separator.is_empty() {
                    Vec::new()
                } else {
                    body
                },
                via,
                http10,
            }
        })
        .boxed()
}

fn body(rules: Rules) -> BoxedStrategy<Vec<u8>> {
    const BODIES: &[&str] = &[
        "hello\n",
        "\nhi",
        "\r\n\r\nhi\r",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "Status: 404\n\nhi",
        "0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\n",
    ];
    // Servers that come to a stop on large bodies are found by a golden case, without waiting long.
    let longest: usize = match rules {
        Rules::Wagi => 200_000,
        Rules::Cgi => 30_000,
    };
    prop_oneof![
        3 => Just(Vec::new()),
        4 => select(BODIES).prop_map(|body| body.as_bytes().to_vec()),
        2 => prop::collection::vec(any::<u8>(), 1..200),
        1 => (1000..longest).prop_map(filler),
    ]
    .boxed()
}

impl OutputDraw {
    /// The bytes that the module writes.
    pub(in crate::property) fn output(&self) -> Vec<u8> {
        let mut output = Vec::new();
        for (line, end) in &self.lines {
            output.extend_from_slice(line);
            output.extend_from_slice(match end {
                End::Lf => b"\n",
                End::CrLf => b"\r\n",
            });
        }
        output.extend_from_slice(self.separator.as_bytes());
        output.extend_from_slice(&self.body);
        output
    }

    /// The request that makes a probe write the output.
    pub(in crate::property) fn render(&self, subject: &Subject) -> Outgoing {
        let output = self.output();
        let minor_version = u8::from(!self.http10);
        match self.via() {
            Via::Get => say(subject, "GET", minor_version, &output),
            Via::Head => say(subject, "HEAD", minor_version, &output),
            Via::Cat => {
                let head = format!(
                    "POST {} HTTP/1.{minor_version}\r\nHost: {}\r\n\
                     Content-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
                    subject.cat.path,
                    subject.authority,
                    output.len(),
                );
                Outgoing {
                    head: head.into_bytes(),
                    body: output,
                    ..Outgoing::default()
                }
            }
        }
    }

    fn via(&self) -> Via {
        if self.output().len() > LONGEST_QUERY {
            Via::Cat
        } else {
            self.via
        }
    }
}

/// A request to the `say` mount that makes it write `output`.
pub(super) fn say(subject: &Subject, method: &str, minor_version: u8, output: &[u8]) -> Outgoing {
    let hex: String = output.iter().map(|byte| format!("{byte:02x}")).collect();
    let head = format!(
        "{method} {}?{hex} HTTP/1.{minor_version}\r\nHost: {}\r\n\r\n",
        subject.say.path, subject.authority,
    );
    let no_body_expected = method == "HEAD";
    Outgoing {
        head: head.into_bytes(),
        no_body_expected,
        ..Outgoing::default()
    }
}
