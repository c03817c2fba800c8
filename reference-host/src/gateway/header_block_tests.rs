use super::*;
use proptest::prelude::*;

fn parse(block: &[u8]) -> Result<HeaderBlock, MalformedBlock> {
    HeaderBlock::parse(block, &BlockLimits::default())
}

fn fields(block: &str) -> Vec<(String, String)> {
    let block = parse(format!("Status: 200\n{block}\n\n").as_bytes()).unwrap();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    block
        .fields
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect()
}

fn one(name: &str, value: &str) -> Vec<(String, String)> {
    vec![(name.to_string(), value.to_string())]
}

#[test]
fn the_body_begins_behind_the_first_empty_line() {
    for (output, end) in [
        ("A: b\n\nbody", Some(6)),
        ("A: b\r\n\r\nbody", Some(8)),
        ("A: b\r\n\nbody", Some(7)),
        ("A: b\n\r\n\r\nbody", Some(7)),
        ("\nA: b\n\n", Some(1)),
        ("A: b\n\r\r\n\n", Some(9)),
        ("A: b\n", None),
        ("A: b", None),
        ("", None),
    ] {
        assert_eq!(find_block_end(output.as_bytes(), &mut 0), end, "{output:?}");
    }
}

#[test]
fn lines_that_are_no_field_are_skipped() {
    for line in [
        "no colon",
        "Bad Name: x",
        "Name : x",
        "Name\t: x",
        " Set-Cookie: evil=1",
        "\tSet-Cookie: evil=1",
        ": x",
        "HTTP/1.1 404 Not Found",
        "HTTP/1.1 404: x",
        "X-Empty:",
        "X-Empty:  \t ",
        "Ü: x",
        "X-C: a\rb",
        "X-C: a\0b",
        "X-C: a\x1bb",
        "X-C: a\x7fb",
    ] {
        assert_eq!(fields(line), [], "{line:?}");
    }
}

#[test]
fn values_keep_their_inner_bytes() {
    assert_eq!(fields("X-U: http://h:1/"), one("x-u", "http://h:1/"));
    assert_eq!(fields("X-U:a  \"b\",\tc \t"), one("x-u", "a  \"b\",\tc"));
    assert_eq!(fields("X-U: grüße"), one("x-u", "grüße"));
    let latin = parse(b"Status: 200\nX-U: gr\xfc\xdfe\n\n").unwrap();
    assert_eq!(latin.fields["x-u"].as_bytes(), b"gr\xfc\xdfe");
}

#[test]
fn repeated_fields_are_kept_in_order() {
    let cookies = fields("Set-Cookie: a=1, x\nX-D: 1\nset-cookie: b=2\nX-D: 2");
    let values: Vec<&str> = cookies.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(values, ["a=1, x", "b=2", "1", "2"]);
}

#[test]
fn what_the_server_decides_is_dropped() {
    for name in [
        "Connection",
        "Keep-Alive",
        "Transfer-Encoding",
        "TE",
        "Trailer",
        "Upgrade",
        "Content-Length",
        "Proxy-Connection",
        "Proxy-Authenticate",
        "Date",
        "Server",
        "X-CGI-Anything",
    ] {
        assert_eq!(fields(&format!("{name}: x")), [], "{name}");
    }
}

#[test]
fn statuses() {
    for (status, code) in [
        ("Status: 404", Ok(404)),
        ("status:404", Ok(404)),
        ("STATUS: 299 So so", Ok(299)),
        ("Status: 599", Ok(599)),
        ("Status: 999", Ok(999)),
        ("Status: 200\tOK", Ok(200)),
        ("Status: abc", Err(MalformedBlock::Status)),
        ("Status: 99", Err(MalformedBlock::Status)),
        ("Status: 20", Err(MalformedBlock::Status)),
        ("Status: 1000", Err(MalformedBlock::Status)),
        ("Status: 200abc", Err(MalformedBlock::Status)),
        ("Status: -1", Err(MalformedBlock::Status)),
        ("Status: +20", Err(MalformedBlock::Status)),
        ("Status:", Err(MalformedBlock::Status)),
        ("Status: 100", Err(MalformedBlock::InterimStatus)),
        ("Status: 101", Err(MalformedBlock::InterimStatus)),
        ("Status: 000", Err(MalformedBlock::InterimStatus)),
        ("Status: 200 a\0b", Err(MalformedBlock::ControlCharacter)),
    ] {
        let block = format!("Content-Type: text/plain\n{status}\n\n");
        let parsed = parse(block.as_bytes()).map(|block| block.status.unwrap().as_u16());
        assert_eq!(parsed, code, "{status:?}");
    }
}

#[test]
fn a_cgi_field_is_needed() {
    for block in [
        "",
        "\n",
        "X-A: b\n\n",
        "Location:\n\n",
        "Content-Type: \n\n",
        "hello\n\n",
    ] {
        assert_eq!(
            parse(block.as_bytes()),
            Err(MalformedBlock::NoCgiField),
            "{block:?}"
        );
    }
    for block in [
        "Status: 204\n\n",
        "Location: /x\n\n",
        "content-type: a/b\r\n\r\n",
    ] {
        assert!(parse(block.as_bytes()).is_ok(), "{block:?}");
    }
    assert_eq!(
        parse(b"Location: a\rb\n\n"),
        Err(MalformedBlock::ControlCharacter)
    );
}

#[test]
fn sizes() {
    let long = format!("Status: 200\nX-Long: {}\n\n", "x".repeat(8 * 1024));
    assert!(parse(long.as_bytes()).is_ok());
    let many = format!("Status: 200\n{}\n", "X-A: 1\n".repeat(100));
    assert_eq!(parse(many.as_bytes()).unwrap().fields.len(), 100);
    let longer = format!("Status: 200\nX-Long: {}\n\n", "x".repeat(17 * 1024));
    assert_eq!(parse(longer.as_bytes()), Err(MalformedBlock::TooLarge));
    let more = format!("Status: 200\n{}\n", "X-A: 1\n".repeat(300));
    assert_eq!(parse(more.as_bytes()), Err(MalformedBlock::TooLarge));
    let most = format!(
        "Status: 200\n{}\n",
        "X-A: 12345678901234567890\n".repeat(3000)
    );
    assert_eq!(parse(most.as_bytes()), Err(MalformedBlock::TooLarge));
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
        let _ = find_block_end(&bytes, &mut 0);
    }

    #[test]
    fn pieces_are_searched_like_the_whole(
        output in "([A-Za-z: ]{0,5}(\r?\n)){0,8}[a-z\r\n]{0,5}",
        cut in 0_usize..60,
    ) {
        let output = output.as_bytes();
        let mut scanned = 0;
        let first = find_block_end(&output[..cut.min(output.len())], &mut scanned);
        let found = first.or_else(|| find_block_end(output, &mut scanned));
        prop_assert_eq!(found, find_block_end(output, &mut 0));
    }

    #[test]
    fn a_rendered_block_parses_back(
        status in prop::option::of(200_u16..600),
        content_type in "[a-z]{1,8}/[a-z]{1,8}",
        others in prop::collection::vec(("x-[a-z]{1,8}", "[!-~][ -~]{0,10}[!-~]"), 0..8),
        end in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        prop_assume!(others.iter().all(|(name, _)| !name.starts_with("x-cgi-")));
        let mut block = String::new();
        for (name, value) in &others {
            block += &format!("{name}: {value}{end}");
        }
        block += &format!("Content-Type: {content_type}{end}");
        if let Some(status) = status {
            block += &format!("Status: {status} reason{end}");
        }
        block += end;
        let parsed = parse(block.as_bytes()).unwrap();
        prop_assert_eq!(parsed.status.map(|code| code.as_u16()), status);
        prop_assert_eq!(parsed.content_type.unwrap(), content_type);
        prop_assert_eq!(parsed.fields.len(), others.len());
        for (name, _) in &others {
            let expected: Vec<&str> =
                others.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect();
            let got: Vec<&str> =
                parsed.fields.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
            prop_assert_eq!(got, expected);
        }
    }

    /// Requirement: header-block.controls.
    #[test]
    fn no_line_end_or_nul_leaves_in_a_value(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let block = [b"Status: 200\nX-A: ", bytes.as_slice(), b"\n\n"].concat();
        if let Ok(block) = parse(&block) {
            for value in block.fields.values() {
                prop_assert!(!value.as_bytes().iter().any(|b| matches!(b, b'\r' | b'\n' | 0)));
            }
        }
    }
}
