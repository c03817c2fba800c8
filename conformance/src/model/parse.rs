//! From the bytes of a request back to its model, for requests that are replayed.

use std::net::IpAddr;

use super::request::{MountModel, RequestModel};

impl RequestModel {
    /// The model of a whole, well-formed request. The error says what is wrong with it: nothing is
    /// modelled of requests whose parts cannot be told.
    pub fn parse(
        request: &[u8],
        mount: MountModel,
        peer: Option<IpAddr>,
    ) -> Result<RequestModel, String> {
        let (line, mut rest) = line(request)?;
        let words: Vec<&[u8]> = line.split(|&b| b == b' ').collect();
        let [method, target, version] = words[..] else {
            return Err("its first line is not `METHOD TARGET HTTP/1.1`".to_owned());
        };
        let minor_version = match version {
            b"HTTP/1.0" => 0,
            b"HTTP/1.1" => 1,
            _ => return Err("its version is neither HTTP/1.0 nor HTTP/1.1".to_owned()),
        };
        let mut fields = Vec::new();
        loop {
            let (line, after) = self::line(rest)?;
            rest = after;
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|&b| b == b':');
            let colon = colon.ok_or("a field has no colon")?;
            fields.push((line[..colon].to_vec(), line[colon + 1..].to_vec()));
        }
        let target = origin_form(target);
        let (path, query) = match target.iter().position(|&b| b == b'?') {
            Some(at) => (&target[..at], Some(target[at + 1..].to_vec())),
            None => (target, None),
        };
        let mut model = RequestModel {
            method: String::from_utf8(method.to_vec())
                .map_err(|_| "its method is no text".to_owned())?,
            path: path.to_vec(),
            query,
            minor_version,
            fields,
            body: None,
            chunked: false,
            mount,
            peer,
            scheme: "http",
        };
        model.chunked = model.field("Transfer-Encoding").is_some();
        model.body = match model.field("Content-Length") {
            _ if model.chunked => Some(unchunked(rest)?),
            Some(length) if length == rest.len().to_string().as_bytes() => Some(rest.to_vec()),
            Some(_) => return Err("its length is not that of its body".to_owned()),
            None if rest.is_empty() => None,
            None => return Err("its body is not framed".to_owned()),
        };
        Ok(model)
    }
}

/// The line up to CRLF, and what follows.
fn line(bytes: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let end = bytes.windows(2).position(|two| two == b"\r\n");
    let end = end.ok_or("its header section does not end")?;
    Ok((&bytes[..end], &bytes[end + 2..]))
}

/// Without scheme and authority.
fn origin_form(target: &[u8]) -> &[u8] {
    let Some(rest) = target.strip_prefix(b"http://") else {
        return target;
    };
    let end = rest.iter().position(|&b| b == b'/').unwrap_or(rest.len());
    &rest[end..]
}

fn unchunked(mut rest: &[u8]) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        let (size, after) = line(rest)?;
        let digits = size.split(|&b| b == b';').next().unwrap_or_default();
        let size = std::str::from_utf8(digits)
            .ok()
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| usize::from_str_radix(digits, 16).ok())
            .ok_or("the size of a chunk is no number")?;
        rest = after;
        if size == 0 {
            break;
        }
        let (chunk, after) = rest.split_at_checked(size).ok_or("a chunk is cut short")?;
        body.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n").ok_or("a chunk does not end")?;
    }
    // Trailer fields.
    loop {
        let (field, after) = line(rest)?;
        rest = after;
        match field.is_empty() {
            true if rest.is_empty() => return Ok(body),
            true => return Err("bytes behind its end".to_owned()),
            false => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(request: &str) -> Result<RequestModel, String> {
        let mount = MountModel {
            path: "/env".to_owned(),
            pattern: "/env/...".to_owned(),
        };
        RequestModel::parse(request.as_bytes(), mount, None)
    }

    #[test]
    fn every_part_is_found() {
        let model = parse(
            "POST http://h:1/env/a?b?c HTTP/1.0\r\nHost:  h:1\r\nX-a:\r\nTransfer-Encoding: chunked\r\n\r\n\
             3;x=y\r\nabc\r\nB\r\n\r\ndefghijkl\r\n0\r\nX-T: 1\r\n\r\n",
        )
        .unwrap();
        assert_eq!((model.method.as_str(), model.minor_version), ("POST", 0));
        assert_eq!(model.path, b"/env/a");
        assert_eq!(model.query.as_deref(), Some(b"b?c".as_slice()));
        assert_eq!(model.fields[0], (b"Host".to_vec(), b"  h:1".to_vec()));
        assert_eq!(model.fields[1], (b"X-a".to_vec(), Vec::new()));
        assert_eq!(model.body.as_deref(), Some(b"abc\r\ndefghijkl".as_slice()));
        assert!(model.chunked);
        let plain = parse("GET /env? HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!((plain.query, plain.body), (Some(Vec::new()), None));
    }

    #[test]
    fn what_is_not_whole_is_not_modelled() {
        for (request, says) in [
            ("GET /env HTTP/1.1\r\nHost: h\r\n", "does not end"),
            ("GET  /env HTTP/1.1\r\n\r\n", "METHOD TARGET"),
            ("GET /env HTTP/2\r\n\r\n", "neither HTTP/1.0"),
            ("GET /env HTTP/1.1\r\nX\r\n\r\n", "no colon"),
            ("GET /env HTTP/1.1\r\n\r\nx", "not framed"),
            (
                "GET /env HTTP/1.1\r\nContent-Length: 2\r\n\r\nx",
                "its length",
            ),
            (
                "GET /env HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nx",
                "cut short",
            ),
        ] {
            let error = parse(request).unwrap_err();
            assert!(error.contains(says), "{request:?}: {error}");
        }
    }
}
