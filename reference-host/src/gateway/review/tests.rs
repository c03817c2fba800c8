use super::*;
use crate::gateway::HeaderBlock;
use proptest::prelude::*;

fn remarks(output: &[u8]) -> String {
    let remarks = review(output.into(), false, &BlockLimits::default());
    let lines: Vec<String> = remarks.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn fine_output() {
    for output in [
        &b"Content-Type: text/plain\n\nhello"[..],
        b"Status: 404 Not Found\r\nX-A: b\r\n\r\n",
        b"Location: /x\nContent-Length: 0\n\n",
        b"Status: 204\n\n",
    ] {
        assert_eq!(remarks(output), "", "{}", String::from_utf8_lossy(output));
    }
}

#[test]
fn everything_that_can_be_wrong() {
    let output = b"HTTP/1.1 200 OK\nContent-Type: a/b\ncontent-type: c/d\n folded\nno colon\nA B: c\nX : y\n\
        Status: abc\nStatus: 100\nStatus: 700\nLocation:\nX-Empty: \nConnection: close\nProxy-X: a\n\
        Content-Length: 7\nDate: now\nX-CGI-Y: z\nX-Nul: a\0b\nX-Bytes: \xff\n\nhello";
    insta::assert_snapshot!(remarks(output));
}

#[test]
fn escaping() {
    assert_eq!(
        escaped(b"a\tb\r\n\x1b[0m\xff\xc3\xa9"),
        "a\tb\\r\n\\u{1b}[0m\\xff\u{e9}"
    );
}

#[test]
fn incomplete_output() {
    assert_eq!(
        remarks(b""),
        "nothing was written (header-block.incomplete)"
    );
    let no_end = "no empty line ends the header block (header-block.incomplete)";
    assert_eq!(remarks(b"hello"), no_end);
    assert_eq!(
        remarks(b"\nhello"),
        "an empty line stands before the first field (header-block.incomplete)\n\
         there is none of Content-Type, Location and Status (header-block.no-cgi-field)"
    );
    assert!(remarks(b"Status: 304\n\nhello").contains("5 bytes of a body are dropped"));
    let head = review(
        b"Status: 200\n\nhello"[..].into(),
        true,
        &BlockLimits::default(),
    );
    assert_eq!(head[0].rule, Rule::HeadBody);
}

/// What was not kept counts, and what cannot be seen is not guessed.
#[test]
fn output_that_was_cut() {
    let limits = BlockLimits::default();
    let cut = |bytes: &[u8], total| {
        let remarks = review(Written { bytes, total }, false, &limits);
        remarks.iter().map(|remark| remark.rule).collect::<Vec<_>>()
    };
    let block = b"Status: 200\nContent-Length: 9\n\nabc";
    let body = block.len() as u64 + 6;
    assert_eq!(cut(block, body), []);
    assert_eq!(cut(block, body + 1), [Rule::ContentLength]);
    assert_eq!(cut(b"Status: 200\n", 1000), []);
    assert_eq!(cut(b"Status: 200\n", 1 << 20), [Rule::Size]);
}

proptest! {
    /// What the gateway refuses is remarked on.
    #[test]
    fn nothing_malformed_is_overlooked(output in prop::collection::vec(any::<u8>(), 0..80)) {
        let limits = BlockLimits::default();
        let remarks = review(output[..].into(), false, &limits);
        let accepted = find_block_end(&output, &mut 0)
            .is_some_and(|end| HeaderBlock::parse(&output[..end], &limits).is_ok());
        prop_assert!(accepted || !remarks.is_empty());
    }

    #[test]
    fn nor_in_a_block_of_likely_lines(lines in prop::collection::vec("(Status|Content-Type|Location|X-A|Date)?:? ?[0-9a-z\u{0}\u{ff}]{0,5}", 0..6)) {
        let output = format!("{}\n\nbody", lines.join("\n"));
        let limits = BlockLimits::default();
        let remarks = review(output.as_bytes().into(), false, &limits);
        let accepted = find_block_end(output.as_bytes(), &mut 0)
            .is_some_and(|end| HeaderBlock::parse(&output.as_bytes()[..end], &limits).is_ok());
        prop_assert!(accepted || !remarks.is_empty());
    }
}
