//! What is true of every response, whatever the module wrote: looked at in the raw bytes, since a
//! lenient reader would hide it.

use super::header_block::Field;
use super::{Violation, is_token, quote, trim};

/// How the header section in `received` departs from what a gateway may send.
pub(super) fn judge(
    received: &[u8],
    connection_level: &[Field],
    cgi_field_once: bool,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut fields: Vec<(&[u8], &[u8])> = Vec::new();
    for line in header_lines(received).skip(1) {
        violations.extend(judge_line(line));
        if let Some(colon) = line.iter().position(|&b| b == b':') {
            fields.push((&line[..colon], trim(&line[colon + 1..])));
        }
    }
    let values = |name: &'static str| {
        let named = move |(n, _): &&(&[u8], &[u8])| n.eq_ignore_ascii_case(name.as_bytes());
        fields.iter().filter(named).map(|(_, value)| *value)
    };
    if let Some(status) = values("Status").next() {
        let requirement = "header-block.status-not-forwarded";
        violations.push(Violation::new(
            requirement,
            "field Status",
            "absent",
            quote(status),
        ));
    }
    for (name, requirement) in [
        ("Content-Type", "header-block.cgi-field-once"),
        ("Location", "header-block.cgi-field-once"),
        ("Content-Length", "header-block.content-length"),
    ] {
        let free = requirement == "header-block.cgi-field-once" && !cgi_field_once;
        if values(name).count() > 1 && !free {
            let all: Vec<String> = values(name).map(quote).collect();
            let subject = format!("field {name}");
            violations.push(Violation::new(
                requirement,
                subject,
                "at most once",
                all.join(", then "),
            ));
        }
    }
    for field in connection_level {
        let leaked = fields
            .iter()
            .find(|(n, v)| n.eq_ignore_ascii_case(&field.name) && leaks(field, v));
        if let Some((_, value)) = leaked {
            let subject = format!("field {}", String::from_utf8_lossy(&field.name));
            let expected = format!("without the module's {}", quote(&field.value));
            let requirement = "header-block.connection-level";
            violations.push(Violation::new(requirement, subject, expected, quote(value)));
        }
    }
    violations
}

/// The lines of the header section, status line first, without their line ends.
fn header_lines(received: &[u8]) -> impl Iterator<Item = &[u8]> {
    received
        .split(|&b| b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .take_while(|line| !line.is_empty())
}

fn judge_line(line: &[u8]) -> Option<Violation> {
    let violation = |requirement, expected| {
        Some(Violation::new(
            requirement,
            "header section",
            expected,
            quote(line),
        ))
    };
    if line.iter().any(|&b| b.is_ascii_control() && b != b'\t') {
        return violation("header-block.controls", "no control characters");
    }
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        return violation("header-block.continuation-line", "no folded line");
    }
    let name = line.split(|&b| b == b':').next().unwrap_or_default();
    if name.len() < line.len() && is_token(trim(name)) && !is_token(name) {
        return violation(
            "header-block.blank-before-colon",
            "no blank in front of a colon",
        );
    }
    if name.len() == line.len() || !is_token(name) {
        return violation(
            "header-block.malformed-line",
            "field lines with valid names only",
        );
    }
    None
}

/// Whether a value on the wire shows the module's; what a server says by itself proves nothing.
fn leaks(field: &Field, value: &[u8]) -> bool {
    let own = |element: &[u8]| {
        [b"close".as_slice(), b"keep-alive", b"chunked"]
            .iter()
            .any(|o| element.eq_ignore_ascii_case(o))
    };
    let split = |value: &[u8]| -> Vec<Vec<u8>> {
        value
            .split(|&b| b == b',')
            .map(|element| trim(element).to_ascii_lowercase())
            .collect()
    };
    let wire = split(value);
    split(&field.value)
        .iter()
        .any(|element| !element.is_empty() && !own(element) && wire.contains(element))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirements(head: &str, module: &[(&str, &str)]) -> Vec<&'static str> {
        let field = |(name, value): &(&str, &str)| Field {
            name: name.as_bytes().to_vec(),
            value: value.as_bytes().to_vec(),
        };
        let module: Vec<Field> = module.iter().map(field).collect();
        let received = format!("HTTP/1.1 200 OK\r\n{head}\r\nbody: \x01\r\n folded");
        judge(received.as_bytes(), &module, true)
            .iter()
            .map(|v| v.requirement)
            .collect()
    }

    #[test]
    fn what_no_answer_may_show() {
        let table: &[(&str, &[&str])] = &[
            ("Content-Type: text/plain\r\nX-A: caf\u{e9}\tb\r\n", &[]),
            ("X-A: a\rb\r\n", &["header-block.controls"]),
            ("X-A: a\0b\r\n", &["header-block.controls"]),
            ("X-A: a\r\n b\r\n", &["header-block.continuation-line"]),
            ("X-A : a\r\n", &["header-block.blank-before-colon"]),
            ("Bad Name: a\r\n", &["header-block.malformed-line"]),
            ("oops\r\n", &["header-block.malformed-line"]),
            ("status: 200\r\n", &["header-block.status-not-forwarded"]),
            (
                "Location: a\r\nlocation: b\r\n",
                &["header-block.cgi-field-once"],
            ),
            (
                "Content-Length: 1\r\nContent-Length: 1\r\n",
                &["header-block.content-length"],
            ),
        ];
        for (head, expected) in table {
            assert_eq!(&requirements(head, &[]), expected, "{head:?}");
        }
    }

    #[test]
    fn fields_of_the_connection_are_the_servers() {
        let module = [
            ("Connection", "X-Module, close"),
            ("Transfer-Encoding", "gzip"),
        ];
        assert_eq!(requirements("Connection: close\r\n", &module), [""; 0]);
        assert_eq!(
            requirements("Transfer-Encoding: chunked\r\n", &module),
            [""; 0]
        );
        let leaked = ["header-block.connection-level"];
        assert_eq!(
            requirements("connection: close, x-module\r\n", &module),
            leaked
        );
        assert_eq!(
            requirements("Transfer-Encoding: gzip, chunked\r\n", &module),
            leaked
        );
    }
}
