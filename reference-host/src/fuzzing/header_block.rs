//! Any output of a module.

use crate::gateway::{BlockLimits, HeaderBlock, MalformedBlock, find_block_end, response_head};
use http::header::{HeaderMap, HeaderValue};

/// The first byte says where the output is cut in two on its way; the rest is the output.
pub fn header_block(data: &[u8]) {
    let Some((&cut, output)) = data.split_first() else {
        return;
    };
    let end = find_block_end(output, &mut 0);
    let mut scanned = 0;
    let early = find_block_end(&output[..usize::from(cut).min(output.len())], &mut scanned);
    assert_eq!(early.or_else(|| find_block_end(output, &mut scanned)), end);
    assert_eq!(end, naive_end(output));

    let block = &output[..end.unwrap_or(output.len())];
    let limits = BlockLimits {
        bytes: 2048,
        line: 256,
        fields: 16,
    };
    let parsed = HeaderBlock::parse(block, &limits);
    let lines = || block.split(|&byte| byte == b'\n');
    let is_long = |line: &[u8]| line.strip_suffix(b"\r").unwrap_or(line).len() > limits.line;
    match &parsed {
        Err(MalformedBlock::TooLarge) => assert!(
            block.len() > limits.bytes || lines().any(is_long) || lines().count() > limits.fields
        ),
        _ => assert!(block.len() <= limits.bytes),
    }
    let Ok(parsed) = parsed else { return };
    assert!(!lines().any(is_long));
    assert!(parsed.fields.len() <= limits.fields);
    assert!(parsed.status.is_some() || parsed.location.is_some() || parsed.content_type.is_some());
    assert!(parsed.status.is_none_or(|status| status.as_u16() >= 200));
    assert_eq!(
        HeaderBlock::parse(&rendered(&parsed), &BlockLimits::default()),
        Ok(parsed.clone())
    );

    let head = response_head(parsed);
    check_fields(&head.headers);
    for once in ["content-type", "location", "server"] {
        assert!(head.headers.get_all(once).iter().count() <= 1, "{once}");
    }
}

/// The first place where a line is empty, found the slow way.
fn naive_end(output: &[u8]) -> Option<usize> {
    (1..=output.len()).find(|&end| {
        let block = &output[..end];
        [&b"\n"[..], b"\r\n"].iter().any(|empty| {
            let above = block.strip_suffix(*empty);
            above.is_some_and(|above| above.is_empty() || above.ends_with(b"\n"))
        })
    })
}

/// What reaches a client cannot break the framing of the response.
fn check_fields(fields: &HeaderMap) {
    const FRAMING: [&str; 7] = [
        "connection",
        "content-length",
        "keep-alive",
        "status",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    for (name, value) in fields {
        assert!(!FRAMING.contains(&name.as_str()), "{name}");
        assert!(
            name.as_str()
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b':')
        );
        let is_safe = |&byte: &u8| byte == b'\t' || !byte.is_ascii_control();
        assert!(value.as_bytes().iter().all(is_safe), "{value:?}");
    }
}

fn rendered(block: &HeaderBlock) -> Vec<u8> {
    let mut text = Vec::new();
    let mut line = |name: &str, value: &[u8]| {
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value);
        text.extend_from_slice(b"\r\n");
    };
    if let Some(status) = block.status {
        line("Status", status.as_str().as_bytes());
    }
    let cgi = [
        ("Location", &block.location),
        ("Content-Type", &block.content_type),
    ];
    for (name, value) in cgi {
        if let Some(value) = value {
            line(name, value.as_bytes());
        }
    }
    for (name, value) in &block.fields {
        line(name.as_str(), HeaderValue::as_bytes(value));
    }
    text
}
