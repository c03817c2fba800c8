//! Where the handler is mounted and what lies below: from `SCRIPT_NAME`, `PATH_INFO` and `X_RAW_PATH_INFO`.

use http::uri::{PathAndQuery, Uri};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode, percent_encode};

/// What may not stand in a path that is already encoded; anything else in it is kept as it came.
const NOT_IN_PATH: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What has to be encoded when a decoded path becomes part of a URI.
const NOT_IN_DECODED_PATH: AsciiSet = NOT_IN_PATH.add(b'%');

/// What has to be encoded when a name becomes one segment of a path.
const NOT_IN_SEGMENT: AsciiSet = NOT_IN_DECODED_PATH.add(b'/');

/// What may not stand in a query; servers pass on what the client sent (`env.query-string.verbatim`).
const NOT_IN_QUERY: AsciiSet = CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

/// The request path, split at the mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestPath {
    /// Decoded, without a slash at its end; empty at the root.
    pub(crate) script_name: String,
    /// Decoded once; empty or with a slash in front.
    pub(crate) path_info: String,
    /// `path_info` as the client wrote it, where the server tells.
    pub(crate) raw_path_info: Option<String>,
    /// Whether `raw_path_info` says the same as `path_info`, only encoded.
    raw_agrees: bool,
    /// `script_name` and `path_info` as they came: under plain CGI servers they may be other bytes than UTF-8.
    bytes: (Vec<u8>, Vec<u8>),
}

impl RequestPath {
    /// Reads the three variables, whichever server filled them.
    ///
    /// - deislabs/wagi sets `SCRIPT_NAME` to `/` on the route `/...`, so that the parts join to `//x`
    ///   (`env.script-name.root-wildcard-empty`).
    /// - Spin leaves `PATH_INFO` undecoded, equal to `X_RAW_PATH_INFO`: decoding that gives what `PATH_INFO` should be
    ///   (`env.path-info.decoded-once`), and changes nothing where a server with the decoded form has nothing to decode.
    /// - WAGI.NET encodes `X_RAW_PATH_INFO` anew, its slashes too: one that does not start with `/` is ignored.
    /// - Wasmer's WCGI puts the whole path, undecoded, in both; `doubled` says that this is such a server.
    ///
    /// Where `PATH_INFO` and `X_RAW_PATH_INFO` disagree (a server that resolved `..` in one of them), `PATH_INFO` holds.
    pub(crate) fn new(
        script_name: &[u8],
        path_info: &[u8],
        raw: Option<&[u8]>,
        doubled: bool,
    ) -> Self {
        let (script_name, raw) = if doubled && script_name == path_info {
            (&b""[..], Some(path_info))
        } else {
            (
                script_name,
                raw.filter(|raw| raw.is_empty() || raw.starts_with(b"/")),
            )
        };
        let script_name = match script_name {
            b"/" => Vec::new(),
            _ => rooted(script_name),
        };
        let decoded = raw
            .and_then(decode)
            .filter(|decoded| path_info == decoded.as_bytes() || Some(path_info) == raw);
        let raw_agrees = decoded.is_some();
        let path_info = decoded.map_or_else(|| rooted(path_info), String::into_bytes);
        Self {
            script_name: text(script_name.clone()),
            path_info: text(path_info.clone()),
            raw_path_info: raw.map(|raw| text(raw.to_vec())),
            raw_agrees,
            bytes: (script_name, path_info),
        }
    }

    /// The path below the mount, cut at its slashes, each piece decoded; a slash that came encoded does not cut, where the
    /// server lets us know. The mount itself, with or without a slash, is one empty segment.
    pub(crate) fn segments(&self) -> Vec<String> {
        let (path, encoded) = match &self.raw_path_info {
            Some(raw) if self.raw_agrees => (raw, true),
            _ => (&self.path_info, false),
        };
        let path = path.strip_prefix('/').unwrap_or(path);
        path.split('/')
            .map(|segment| {
                // What does not decode by itself cannot be: the whole did.
                let decoded = encoded.then(|| decode(segment.as_bytes())).flatten();
                decoded.unwrap_or_else(|| segment.to_owned())
            })
            .collect()
    }

    /// The path and the query as a URI in origin form; `None` if it is longer than `http` can hold (64 KiB).
    pub(crate) fn with_query(&self, query: &[u8]) -> Option<Uri> {
        let (script_name, path_info) = &self.bytes;
        let mut target = percent_encode(script_name, &NOT_IN_DECODED_PATH).to_string();
        match &self.raw_path_info {
            Some(raw) if self.raw_agrees => {
                target.extend(percent_encode(raw.as_bytes(), &NOT_IN_PATH));
            }
            _ => target.extend(percent_encode(path_info, &NOT_IN_DECODED_PATH)),
        }
        if target.is_empty() {
            target.push('/');
        }
        if !query.is_empty() {
            target.push('?');
            target.extend(percent_encode(query, &NOT_IN_QUERY));
        }
        PathAndQuery::try_from(target).ok().map(Uri::from)
    }
}

/// Puts the slash in front that a path needs to be joined to another.
fn rooted(path: &[u8]) -> Vec<u8> {
    match path {
        [] | [b'/', ..] => path.to_vec(),
        _ => [b"/", path].concat(),
    }
}

/// Decodes once; `None` for what is not text, or would smuggle a NUL in.
fn decode(raw: &[u8]) -> Option<String> {
    let decoded = String::from_utf8(percent_decode(raw).collect()).ok()?;
    (!decoded.contains('\0')).then_some(decoded)
}

/// Variables are UTF-8 (`env.values.utf8-without-nul`) except under plain CGI servers.
/// `String::from_utf8_lossy` does the same with three times the code.
pub(crate) fn text(bytes: Vec<u8>) -> String {
    let error = match String::from_utf8(bytes) {
        Ok(text) => return text,
        Err(error) => error,
    };
    let mut rest = error.as_bytes();
    let mut repaired = Vec::with_capacity(rest.len() + 8);
    while let Err(error) = std::str::from_utf8(rest) {
        let (valid, invalid) = rest.split_at(error.valid_up_to());
        repaired.extend_from_slice(valid);
        repaired.extend_from_slice("\u{fffd}".as_bytes());
        rest = &invalid[error.error_len().unwrap_or(invalid.len())..];
    }
    repaired.extend_from_slice(rest);
    String::from_utf8(repaired).unwrap_or_default()
}

/// Encodes a decoded path for use in a URI.
pub(crate) fn encode_path(path: &str) -> String {
    percent_encode(path.as_bytes(), &NOT_IN_DECODED_PATH).to_string()
}

/// Encodes a name for use as one segment of a path.
///
/// Clients resolve `.` and `..`, encoded or not: these come out as names of something else that is not there.
pub(crate) fn encode_segment(name: &str) -> String {
    match name {
        "." => "%252E".to_owned(),
        ".." => "%252E%252E".to_owned(),
        _ => percent_encode(name.as_bytes(), &NOT_IN_SEGMENT).to_string(),
    }
}

/// Keeps a path from the root on this host: `//a/b` would be the path `/b` on the host `a`.
///
/// The dot goes when the client resolves the reference (RFC 3986 §5.2.4), so that it asks for the very path.
pub(crate) fn rooted_reference(path: String) -> String {
    if path.starts_with("//") {
        ["/.", &path].concat()
    } else {
        path
    }
}

/// Encodes what may not stand in a URI reference, and nothing that may.
pub(crate) fn encode_reference(reference: &str) -> String {
    const NOT_IN_REFERENCE: AsciiSet = AsciiSet::EMPTY
        .add(b' ')
        .add(b'"')
        .add(b'<')
        .add(b'>')
        .add(b'\\')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}');
    percent_encode(reference.as_bytes(), &NOT_IN_REFERENCE).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::text;

    proptest! {
        #[test]
        fn what_is_no_text_becomes_what_the_standard_library_makes_of_it(
            bytes in prop::collection::vec(prop_oneof![Just(0xe2), Just(0x82), Just(0xac), Just(0xf0), any::<u8>()], 0..20),
        ) {
            let expected = String::from_utf8_lossy(&bytes).into_owned();
            prop_assert_eq!(text(bytes), expected);
        }
    }
}
