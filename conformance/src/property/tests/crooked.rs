//! A tiny WAGI server for tests, right but for one flaw: threads, no modules, probes played.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use crate::probe::{Dump, digest};

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Nothing.
    None,
    /// Only the last of several Set-Cookie is sent.
    LastCookieOnly,
    /// PATH_INFO is decoded twice.
    DecodesTwice,
    /// Output that does not begin with a field is taken for the body as a whole.
    TakesTextForBody,
    /// A continuation line is appended to the field before it.
    FoldsContinuation,
    /// The module's Content-Length is believed.
    BelievesLength,
    /// The last of several request fields wins.
    LastFieldOnly,
    /// A name with `_` is a name like any other.
    TakesUnderscores,
    /// No answer to a control character in a value.
    HangsOnControls,
}

/// Starts it; it runs until the test process ends.
pub(super) fn start(flaw: Flaw) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || while serve(&stream, flaw).is_some() {});
        }
    });
    address
}

/// An address at which nothing listens.
pub(super) fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

struct Request {
    method: String,
    path: String,
    query: String,
    version: String,
    fields: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        let named = |(n, _): &&(String, Vec<u8>)| n.eq_ignore_ascii_case(name);
        self.fields
            .iter()
            .filter(named)
            .map(|(_, value)| value.as_slice())
            .collect()
    }

    fn host(&self) -> String {
        let host = self
            .values("Host")
            .first()
            .map_or(b"localhost".to_vec(), |host| host.to_vec());
        String::from_utf8(host).expect("a Host that the tests sent")
    }
}

fn serve(stream: &TcpStream, flaw: Flaw) -> Option<()> {
    let request = read_request(stream)?;
    let output = match request.path.split('/').nth(1) {
        Some("env") => match variables(&request, flaw) {
            Some(dump) => [b"Content-Type: text/plain\n\n", dump.render().as_slice()].concat(),
            None => b"Status: 400\n\n".to_vec(),
        },
        Some("cat") => request.body.clone(),
        Some("say") => {
            let digits: Vec<u32> = request
                .query
                .chars()
                .filter_map(|c| c.to_digit(16))
                .collect();
            digits
                .chunks(2)
                .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).expect("hex"))
                .collect()
        }
        _ => b"Status: 404\n\n".to_vec(),
    };
    let closes = request.version == "HTTP/1.0"
        || request.values("Connection").contains(&b"close".as_slice());
    let mut answer = answer(&output, flaw)?;
    if answer.status == 204 || answer.status == 304 {
        answer.body.clear();
    }
    let length = answer
        .length
        .clone()
        .unwrap_or_else(|| answer.body.len().to_string());
    let mut wire = format!("HTTP/1.1 {} X\r\n", answer.status).into_bytes();
    for (name, value) in &answer.fields {
        wire.extend_from_slice(&[name.as_slice(), b": ", value, b"\r\n"].concat());
    }
    if answer.status != 204 && answer.status != 304 {
        wire.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
    }
    wire.extend_from_slice(if closes {
        b"Connection: close\r\n\r\n"
    } else {
        b"\r\n"
    });
    if request.method != "HEAD" {
        wire.extend_from_slice(&answer.body);
    }
    (&*stream).write_all(&wire).ok()?;
    (!closes).then_some(())
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = Vec::new();
        reader
            .read_until(b'\n', &mut line)
            .ok()
            .filter(|&length| length > 0)?;
        line.truncate(line.len().checked_sub(2)?);
        Some(line)
    };
    let first = String::from_utf8(line()?).ok()?;
    let mut words = first.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let target = target
        .strip_prefix("http://")
        .map_or(target, |rest| &rest[rest.find('/').unwrap_or(0)..]);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut fields = Vec::new();
    loop {
        let line = line()?;
        let Some(colon) = line.iter().position(|&b| b == b':') else {
            break;
        };
        let name = String::from_utf8(line[..colon].to_vec()).ok()?;
        fields.push((name, line[colon + 1..].trim_ascii().to_vec()));
    }
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        version: version.to_owned(),
        fields,
        body: Vec::new(),
    };
    if !request.values("Transfer-Encoding").is_empty() {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let digits = size.trim().split(';').next()?;
            let size = usize::from_str_radix(digits, 16).ok()?;
            if size == 0 {
                break;
            }
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            request.body.extend_from_slice(&chunk[..size]);
        }
        let mut trailer = String::from("x");
        while trailer.trim() != "" {
            trailer.clear();
            reader.read_line(&mut trailer).ok()?;
        }
    } else if let Some(&length) = request.values("Content-Length").first() {
        let length = std::str::from_utf8(length).ok()?.parse().ok()?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        request.body = body;
    }
    Some(request)
}

/// `None` to refuse the request.
fn variables(request: &Request, flaw: Flaw) -> Option<Dump> {
    let rest = request.path.strip_prefix("/env").expect("the mount");
    let dots = |segment: &str| {
        matches!(
            segment.replace("%2e", ".").replace("%2E", ".").as_str(),
            "." | ".."
        )
    };
    let mut info = decode(rest)?;
    let odd = |c: char| c.is_control() || !c.is_ascii() || "\"<>\\^`{|}[]".contains(c);
    let refused = info.split('/').chain(rest.split('/')).any(dots)
        || rest.contains(odd)
        || info.contains('\0')
        || request.query.contains(odd)
        || decode(&request.query).is_none() && !request.query.contains("%FF");
    if refused {
        return None;
    }
    if flaw == Flaw::DecodesTwice {
        info = decode(&info).unwrap_or(info);
    }
    let host = request.host();
    let name = if host.ends_with(']') {
        &host
    } else {
        host.rsplit_once(':').map_or(&*host, |(name, _)| name)
    };
    let question = if request.query.is_empty() {
        String::new()
    } else {
        format!("?{}", request.query)
    };
    let mut dump = Dump::default();
    let mut set = |name: &str, value: &str| dump.variables.push((name.to_owned(), value.into()));
    set("GATEWAY_INTERFACE", "CGI/1.1");
    set("REQUEST_METHOD", &request.method);
    set("QUERY_STRING", &request.query);
    set("SERVER_PROTOCOL", &request.version);
    set("SERVER_PORT", "80");
    set("SERVER_NAME", name);
    set("SERVER_SOFTWARE", "crooked/1");
    set("REMOTE_ADDR", "127.0.0.1");
    set("SCRIPT_NAME", "/env");
    set("PATH_INFO", &info);
    set("PATH_TRANSLATED", &info);
    set("X_RAW_PATH_INFO", rest);
    set("X_MATCHED_ROUTE", "/env/...");
    set(
        "X_FULL_URL",
        &format!("http://{host}{}{question}", request.path),
    );
    set("CONTENT_LENGTH", &request.body.len().to_string());
    let content_type = request
        .values("Content-Type")
        .first()
        .map_or(Vec::new(), |value| value.to_vec());
    dump.variables
        .push(("CONTENT_TYPE".to_owned(), content_type));
    for (name, value) in protocol_variables(request, flaw) {
        dump.variables.push((name, value));
    }
    dump.arguments.push(b"/env".to_vec());
    let pieces = request.query.split('&').filter(|piece| !piece.is_empty());
    dump.arguments
        .extend(pieces.map(|piece| piece.as_bytes().to_vec()));
    dump.stdin_length = request.body.len() as u64;
    dump.stdin_digest = digest(&request.body);
    Some(dump)
}

fn protocol_variables(request: &Request, flaw: Flaw) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, value) in &request.fields {
        let variable = format!("HTTP_{}", name.to_ascii_uppercase().replace('-', "_"));
        let plain = |c: char| {
            c.is_ascii_alphanumeric() || c == '-' || (c == '_' && flaw == Flaw::TakesUnderscores)
        };
        if !name.chars().all(plain)
            || variable == "HTTP_PROXY"
            || std::str::from_utf8(value).is_err()
        {
            continue;
        }
        let separator: &[u8] = if variable == "HTTP_COOKIE" {
            b"; "
        } else {
            b", "
        };
        match all.iter_mut().find(|(known, _)| *known == variable) {
            Some((_, joined)) if flaw == Flaw::LastFieldOnly => joined.clone_from(value),
            Some((_, joined)) => *joined = [joined.as_slice(), separator, value].concat(),
            None => all.push((variable, value.clone())),
        }
    }
    all
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

struct Answer {
    status: u16,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    length: Option<String>,
    body: Vec<u8>,
}

/// The response to a module's output; everything malformed is a 502. `None` to hang up.
fn answer(output: &[u8], flaw: Flaw) -> Option<Answer> {
    let failure = Answer {
        status: 502,
        fields: Vec::new(),
        length: None,
        body: Vec::new(),
    };
    let mut answer = Answer {
        status: 0,
        fields: Vec::new(),
        length: None,
        body: Vec::new(),
    };
    let mut rest = output;
    let (mut typed, mut located) = (false, false);
    loop {
        let Some(end) = rest.iter().position(|&b| b == b'\n') else {
            return Some(failure);
        };
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        if flaw == Flaw::FoldsContinuation && line[0].is_ascii_whitespace() && line.is_ascii() {
            if let Some((_, value)) = answer.fields.last_mut() {
                value.extend_from_slice(line);
            }
            continue;
        }
        let Some(colon) = line.iter().position(|&b| b == b':') else {
            if flaw == Flaw::TakesTextForBody && output.starts_with(line) {
                return Some(Answer {
                    status: 200,
                    body: output.to_vec(),
                    ..failure
                });
            }
            return Some(failure);
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if value.iter().any(|&b| b.is_ascii_control() && b != b'\t') {
            return (flaw != Flaw::HangsOnControls).then_some(failure);
        }
        let token = |b: &u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b);
        if name.is_empty() || !name.iter().all(token) || std::str::from_utf8(value).is_err() {
            return Some(failure);
        }
        let lower = String::from_utf8_lossy(name).to_ascii_lowercase();
        let hop = [
            "connection",
            "keep-alive",
            "transfer-encoding",
            "te",
            "trailer",
            "upgrade",
            "date",
            "server",
        ];
        match lower.as_str() {
            "status" => {
                let code = value
                    .split(|b| b.is_ascii_whitespace())
                    .next()
                    .unwrap_or_default();
                let code = std::str::from_utf8(code)
                    .ok()
                    .filter(|c| c.len() == 3 && !c.starts_with('+'));
                match code.and_then(|code| code.parse().ok()) {
                    Some(code @ 200..) if answer.status == 0 => answer.status = code,
                    _ => return Some(failure),
                }
            }
            "content-type" if typed => return Some(failure),
            "location" if located => return Some(failure),
            "content-length" if flaw == Flaw::BelievesLength => {
                answer.length = Some(String::from_utf8_lossy(value).into_owned());
            }
            "content-length" => {}
            name if hop.contains(&name) || name.starts_with("proxy-") => {}
            _ => {
                typed |= lower == "content-type";
                located |= lower == "location";
                if flaw == Flaw::LastCookieOnly && lower == "set-cookie" {
                    answer
                        .fields
                        .retain(|(name, _)| !name.eq_ignore_ascii_case(b"set-cookie"));
                }
                answer.fields.push((name.to_vec(), value.to_vec()));
            }
        }
    }
    if answer.status == 0 {
        answer.status = match (located, typed) {
            (true, _) => 302,
            (false, true) => 200,
            (false, false) => return Some(failure),
        };
    }
    answer.body = rest.to_vec();
    Some(answer)
}
