//! How to repeat an exchange without the suite: a line for a shell.

use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::outcome::Reproducer;
use crate::wire::client::Outgoing;

/// Longer requests are not printed: the suite writes them to a pipe instead.
const PRINTED: usize = 4096;
/// How long `nc` waits for more.
const WAIT: &str = "-w 5";
/// How long `curl` goes on in all: a response that announces more than comes would keep it for ever.
const MOST: &str = "-m 10";

/// The line that sends the same bytes, or with `curl` the same request. `id` is the case.
pub fn of(sent: &[Outgoing], address: SocketAddr, id: &str) -> Reproducer {
    if let [only] = sent
        && let Some(line) = curl(only, address)
    {
        return Reproducer::Curl(line);
    }
    Reproducer::Socket(socket(sent, address, id))
}

/// A `printf '…' | nc HOST PORT` line.
pub fn socket(sent: &[Outgoing], address: SocketAddr, id: &str) -> String {
    let bytes: Vec<u8> = sent.iter().flat_map(Outgoing::bytes).collect();
    // Without -N some versions keep the connection open at the end of the input.
    let half_close = if sent.iter().any(|one| one.half_close) {
        " -N"
    } else {
        ""
    };
    let source = if bytes.len() <= PRINTED {
        format!("printf {}", printf_format(&bytes))
    } else {
        format!("wagi-conformance reproduce {id} --raw --url http://{address}")
    };
    format!(
        "{source} | nc{half_close} {WAIT} {} {}",
        address.ip(),
        address.port()
    )
}

/// A complete `curl` line, where curl can express the request.
pub fn curl(outgoing: &Outgoing, address: SocketAddr) -> Option<String> {
    if outgoing.half_close || outgoing.head.len() + outgoing.body.len() > PRINTED {
        return None;
    }
    let request = Parsed::of(outgoing)?;
    let mut line = format!("curl -i {MOST} --path-as-is");
    if request.version == "HTTP/1.0" {
        line.push_str(" --http1.0");
    }
    let posts = !outgoing.body.is_empty() || request.length == Some(0);
    match request.method {
        "HEAD" if posts => return None,
        "HEAD" => line.push_str(" --head"),
        "GET" if !posts => {}
        "POST" if posts => {}
        method => {
            let _ = write!(line, " -X {}", quoted(method));
        }
    }
    let mut url = format!("http://{address}");
    if request.target.starts_with('/') && !request.target.contains('#') {
        url.push_str(request.target);
    } else {
        let _ = write!(line, " --request-target {}", quoted(request.target));
        url.push('/');
    }
    if url.contains(['[', ']', '{', '}']) {
        line.push_str(" --globoff");
    }
    for (name, value) in &request.fields {
        match (name.to_ascii_lowercase().as_str(), *value) {
            ("host", value) if value == address.to_string() => {}
            ("content-length", _) => {}
            // The notation for a field without a value.
            (_, "") => {
                let _ = write!(line, " -H {}", quoted(&format!("{name};")));
            }
            (_, value) => {
                let _ = write!(line, " -H {}", quoted(&format!("{name}: {value}")));
            }
        }
    }
    // What curl would add of its own.
    let added = ["User-Agent", "Accept"]
        .iter()
        .chain(posts.then_some(&"Content-Type"));
    for name in added {
        if !request
            .fields
            .iter()
            .any(|(n, _)| n.eq_ignore_ascii_case(name))
        {
            let _ = write!(line, " -H {}", quoted(&format!("{name}:")));
        }
    }
    if posts {
        match std::str::from_utf8(&outgoing.body) {
            Ok(text) if is_plain(text) && !text.starts_with('@') => {
                let _ = write!(line, " --data-binary {}", quoted(text));
            }
            _ => {
                line = format!(
                    "printf {} | {line} --data-binary @-",
                    printf_format(&outgoing.body)
                );
            }
        }
    }
    let _ = write!(line, " {}", quoted(&url));
    Some(line)
}

/// A request of the kind that curl makes.
struct Parsed<'a> {
    method: &'a str,
    target: &'a str,
    version: &'a str,
    fields: Vec<(&'a str, &'a str)>,
    length: Option<usize>,
}

impl<'a> Parsed<'a> {
    fn of(outgoing: &'a Outgoing) -> Option<Parsed<'a>> {
        let head = std::str::from_utf8(&outgoing.head).ok()?;
        // A raw request may go on after its header section.
        let (head, rest) = head.split_once("\r\n\r\n")?;
        if !rest.is_empty() {
            return None;
        }
        let mut lines = head.split("\r\n");
        let words: Vec<_> = lines.next()?.split(' ').collect();
        let [method, target, version] = words[..] else {
            return None;
        };
        let is_word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if !is_word(method) || !is_word(target) || !matches!(version, "HTTP/1.0" | "HTTP/1.1") {
            return None;
        }
        let fields = lines.map(field).collect::<Option<Vec<_>>>()?;
        let all = |name: &str| -> Vec<&str> {
            fields
                .iter()
                .filter(|(n, _)| n.eq_ignore_ascii_case(name))
                .map(|(_, v)| *v)
                .collect()
        };
        // curl sends one Host, first and in this spelling, one length, and chunks of its own.
        let host_is_first = fields
            .first()
            .is_some_and(|(name, value)| *name == "Host" && !value.is_empty());
        if !host_is_first || all("Host").len() != 1 || !all("Transfer-Encoding").is_empty() {
            return None;
        }
        let length = match all("Content-Length")[..] {
            [] if outgoing.body.is_empty() => None,
            [only] if only == outgoing.body.len().to_string() => Some(outgoing.body.len()),
            _ => return None,
        };
        Some(Parsed {
            method,
            target,
            version,
            fields,
            length,
        })
    }
}

/// A field that curl sends as it stands.
fn field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let value = value.strip_prefix(' ').unwrap_or(value);
    let sound = !name.is_empty() && name.bytes().all(is_token) && value.trim() == value;
    (sound && !value.contains(char::is_control)).then_some((name, value))
}

/// Text that stays readable in single quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| !c.is_control())
}

/// In single quotes, for a POSIX shell.
pub fn quoted(text: &str) -> String {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&b);
    if !text.is_empty() && text.bytes().all(safe) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The bytes as the format of `printf`, in single quotes, for a POSIX shell.
pub fn printf_format(bytes: &[u8]) -> String {
    let mut text = "'".to_owned();
    for (index, &byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' => text.push_str(r"\r"),
            b'\n' => text.push_str(r"\n"),
            b'\t' => text.push_str(r"\t"),
            b'\\' => text.push_str(r"\\"),
            b'%' => text.push_str("%%"),
            // It would be taken for an option.
            b'-' if index == 0 => text.push_str(r"\055"),
            b'\'' => text.push_str(r"\047"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => {
                let _ = write!(text, "\\{byte:03o}");
            }
        }
    }
    text.push('\'');
    text
}

#[cfg(test)]
mod tests;
