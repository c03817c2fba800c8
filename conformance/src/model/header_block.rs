//! The output of a module, cut into lines and body.

use super::{is_token, trim};

/// A module's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The lines in front of the first empty one.
    pub lines: Vec<Line>,
    /// What follows the first empty line; `None` without one.
    pub body: Option<Vec<u8>>,
    /// Whether what ends the header block is open to interpretation: a line of nothing but blanks
    /// or carriage returns, or an empty line in front of all fields.
    pub unclear: bool,
}

/// One line of a header block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// `name: value`
    Field(Field),
    /// `name : value`
    BlankBeforeColon(Field),
    /// Begins with a blank.
    Continuation(Vec<u8>),
    /// Without a colon, or with a name that is no token.
    Malformed(Vec<u8>),
}

/// A field of a header block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name as written.
    pub name: Vec<u8>,
    /// The value without surrounding blanks.
    pub value: Vec<u8>,
}

impl Field {
    /// Whether this is its name, in whatever case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Whether a control character other than a tab stands in the value.
    pub fn has_controls(&self) -> bool {
        self.value
            .iter()
            .any(|&b| b.is_ascii_control() && b != b'\t')
    }

    /// One of the fields that concern the connection.
    pub fn is_connection_level(&self) -> bool {
        const NAMES: [&str; 6] = [
            "Connection",
            "Keep-Alive",
            "Transfer-Encoding",
            "TE",
            "Trailer",
            "Upgrade",
        ];
        NAMES.iter().any(|name| self.is(name))
            || self
                .name
                .get(..6)
                .is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"Proxy-"))
    }

    /// One of Content-Type, Location, Status.
    pub fn is_cgi(&self) -> bool {
        self.is("Content-Type") || self.is("Location") || self.is("Status")
    }
}

impl Output {
    /// The requirement about the first line that is no proper field, if there is one.
    pub fn irregular(&self) -> Option<&'static str> {
        self.lines.iter().find_map(|line| match line {
            Line::Continuation(_) => Some("header-block.continuation-line"),
            Line::Malformed(_) => Some("header-block.malformed-line"),
            Line::BlankBeforeColon(_) => Some("header-block.blank-before-colon"),
            Line::Field(_) => None,
        })
    }

    /// Cuts the output at its line ends: LF or CRLF.
    pub fn parse(output: &[u8]) -> Output {
        let mut parsed = Output {
            lines: Vec::new(),
            body: None,
            unclear: false,
        };
        let mut rest = output;
        while let Some(end) = rest.iter().position(|&b| b == b'\n') {
            let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
            rest = &rest[end + 1..];
            if line.is_empty() {
                parsed.unclear |= parsed.lines.is_empty();
                parsed.body = Some(rest.to_vec());
                return parsed;
            }
            parsed.unclear |= line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r'));
            parsed.lines.push(Line::parse(line));
        }
        if !rest.is_empty() {
            parsed.lines.push(Line::parse(rest));
        }
        parsed
    }
}

impl Line {
    fn parse(line: &[u8]) -> Line {
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            return Line::Continuation(line.to_vec());
        }
        let Some(colon) = line.iter().position(|&b| b == b':') else {
            return Line::Malformed(line.to_vec());
        };
        let (name, value) = (&line[..colon], trim(&line[colon + 1..]));
        let field = |name: &[u8]| Field {
            name: name.to_vec(),
            value: value.to_vec(),
        };
        if is_token(name) {
            Line::Field(field(name))
        } else if is_token(trim(name)) {
            Line::BlankBeforeColon(field(trim(name)))
        } else {
            Line::Malformed(line.to_vec())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, value: &str) -> Line {
        Line::Field(Field {
            name: name.into(),
            value: value.into(),
        })
    }

    #[test]
    fn lines_and_body() {
        let output = Output::parse(b"Content-Type:  text/plain \r\nX-U: http://h:1/\n\r\n\r\nhi\r");
        assert_eq!(
            output.lines,
            [
                field("Content-Type", "text/plain"),
                field("X-U", "http://h:1/")
            ]
        );
        assert_eq!(output.body.as_deref(), Some(b"\r\nhi\r".as_slice()));
        assert!(!output.unclear);
    }

    #[test]
    fn lines_that_are_no_fields() {
        let malformed = |line: &str| Line::Malformed(line.into());
        let table = [
            ("oops", malformed("oops")),
            (": x", malformed(": x")),
            ("Bad Name: x", malformed("Bad Name: x")),
            (
                "HTTP/1.1 404 Not Found",
                malformed("HTTP/1.1 404 Not Found"),
            ),
            (
                "HTTP/1.1 404 Not: Found",
                malformed("HTTP/1.1 404 Not: Found"),
            ),
            (" X: y", Line::Continuation(" X: y".into())),
            (
                "X : y",
                Line::BlankBeforeColon(Field {
                    name: "X".into(),
                    value: "y".into(),
                }),
            ),
            ("X_Y: z", field("X_Y", "z")),
        ];
        for (line, expected) in table {
            let output = Output::parse(line.as_bytes());
            assert_eq!(output.lines, [expected], "{line}");
            assert_eq!(output.body, None);
        }
    }

    #[test]
    fn an_end_open_to_interpretation() {
        for output in [
            "\nContent-Type: a\n\nhi",
            "Content-Type: a\n \n\nhi",
            "Status: 200\n\r\r\n\n",
        ] {
            assert!(Output::parse(output.as_bytes()).unclear, "{output:?}");
        }
    }
}
