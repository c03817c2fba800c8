use std::io::{self, Read};

use proptest::prelude::*;

use super::{Multipart, MultipartError, Stream};
use crate::testing::{Part, Request};
use crate::{Body, Error};

const BOUNDARY: &[u8] = b"b-0";

/// Hands out so many bytes at a time, in turn.
struct Pieces {
    bytes: Vec<u8>,
    at: usize,
    sizes: Vec<usize>,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.sizes.rotate_left(1);
        let rest = &self.bytes[self.at..];
        let n = rest.len().min(buffer.len()).min(self.sizes[0]);
        buffer[..n].copy_from_slice(&rest[..n]);
        self.at += n;
        Ok(n)
    }
}

fn form(bytes: &[u8], sizes: &[usize]) -> Multipart {
    let pieces = Pieces {
        bytes: bytes.to_vec(),
        at: 0,
        sizes: sizes.to_vec(),
    };
    Multipart {
        stream: Stream::new(Body::from_reader(pieces), BOUNDARY, u64::MAX),
        fields: 0,
    }
}

type Fields = Vec<(String, Option<String>, Vec<u8>)>;

fn read_all(mut form: Multipart, buffer: usize) -> Result<Fields, MultipartError> {
    let mut fields = Vec::new();
    while let Some(mut field) = form.next_field()? {
        let (name, file_name) = (
            field.name().to_owned(),
            field.file_name().map(str::to_owned),
        );
        let mut content = Vec::new();
        let mut buffer = vec![0; buffer];
        loop {
            match field.read(&mut buffer)? {
                0 => break,
                n => content.extend_from_slice(&buffer[..n]),
            }
        }
        fields.push((name, file_name, content));
    }
    Ok(fields)
}

fn field(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

/// What stresses a parser of boundaries: pieces of boundaries and line ends.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\r\n--b-".to_vec()),
        Just(b"\r\n--".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"--b-0".to_vec()),
        Just(b"-".to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
        Just(vec![b'x'; 9000]),
    ];
    prop::collection::vec(piece, 0..12)
        .prop_map(|pieces| pieces.concat())
        .prop_filter("no boundary in it", |content| {
            let whole = [b"\r\n", &**content].concat();
            !whole.windows(7).any(|window| window == b"\r\n--b-0")
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_was_written_is_read(
        contents in prop::collection::vec(content(), 0..4),
        sizes in prop::collection::vec(1..9000_usize, 1..5),
        buffer in prop_oneof![Just(1_usize), 2..50_usize, Just(20_000)],
        preamble in prop_oneof![Just(&b""[..]), Just(&b"ignored\r\n"[..])],
    ) {
        let mut bytes = preamble.to_vec();
        for (index, content) in contents.iter().enumerate() {
            bytes.extend_from_slice(format!("--b-0\r\nContent-Disposition: form-data; name=\"{index}\"\r\n\r\n").as_bytes());
            bytes.extend_from_slice(content);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"--b-0--");
        let read = read_all(form(&bytes, &sizes), buffer).unwrap();
        let expected: Fields = contents.into_iter().enumerate().map(|(index, content)| (index.to_string(), None, content)).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn any_bytes_in_any_pieces_end_the_same_way(
        pieces in prop::collection::vec(prop_oneof![
            Just(b"--b-0".to_vec()), Just(b"\r\n".to_vec()), Just(b"--".to_vec()), Just(b"\n".to_vec()),
            Just(b"Content-Disposition: form-data; name=\"a\"".to_vec()), Just(b"Content-Disposition: form-data; filename=\"".to_vec()),
            Just(b"\r\n--b-0\r\n".to_vec()), prop::collection::vec(any::<u8>(), 0..20),
        ], 0..20),
        sizes in prop::collection::vec(1..30_usize, 1..5),
    ) {
        let bytes = pieces.concat();
        let whole = read_all(form(&bytes, &[usize::MAX]), 100_000).map_err(|error| error.to_string());
        let in_pieces = read_all(form(&bytes, &sizes), 3).map_err(|error| error.to_string());
        prop_assert_eq!(whole, in_pieces);
    }
}

#[test]
fn fields_as_browsers_send_them() {
    let bytes = field(
        "--b-0\nContent-Disposition: form-data; name=\"a\"\n\none\ntwo\n\
         --b-0  \ncontent-disposition: form-data; name=\"f\"; filename=\"x.png\"\nCONTENT-TYPE: image/png\nX-Y: z\n\n\n\
         --b-0--\nepilogue",
    );
    let mut form = form(&bytes, &[7]);
    assert_eq!(
        form.next_field().unwrap().unwrap().text(100).unwrap(),
        "one\r\ntwo"
    );
    let second = form.next_field().unwrap().unwrap();
    assert_eq!(
        (second.name(), second.file_name(), second.content_type()),
        ("f", Some("x.png"), Some("image/png"))
    );
    assert_eq!(second.bytes(0).unwrap(), b"");
    assert!(form.next_field().unwrap().is_none());
    assert!(form.next_field().unwrap().is_none());
}

#[test]
fn what_is_not_read_is_skipped() {
    let bytes = field(
        "--b-0\nContent-Disposition: form-data; name=a\n\nlong content\n\
         --b-0\nContent-Disposition: form-data; name=b\n\nsecond\n--b-0--\n",
    );
    let mut form = form(&bytes, &[1]);
    form.next_field()
        .unwrap()
        .unwrap()
        .read_exact(&mut [0; 2])
        .unwrap();
    assert_eq!(form.next_field().unwrap().unwrap().name(), "b");
    assert!(form.next_field().unwrap().is_none());
}

#[test]
fn what_is_malformed_is_a_400() {
    for (bytes, why) in [
        ("", "it ends before its last boundary"),
        ("--b-0", "it ends before its last boundary"),
        ("--b-1--", "it ends before its last boundary"),
        (
            "--b-0\nContent-Disposition: form-data; name=a\n\ncontent",
            "it ends before its last boundary",
        ),
        ("--b-0\n\ncontent\n--b-0--", "a field has no name"),
        (
            "--b-0\nContent-Disposition: attachment; name=a\n\n\n--b-0--",
            "a field has no name",
        ),
        (
            "--b-0\nwhat\n\n\n--b-0--",
            "a header line of a field has no colon",
        ),
        (
            "--b-0x\n\n\n--b-0--",
            "something follows a boundary in its line",
        ),
    ] {
        let error = read_all(form(&field(bytes), &[5]), 10).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("The form is malformed: {why}."),
            "{bytes:?}"
        );
        assert_eq!(error.status(), 400);
    }
    let endless = [b"--b-0\r\nX: ", &*vec![b'x'; 1_000_000]].concat();
    let error = read_all(form(&endless, &[usize::MAX]), 10).unwrap_err();
    assert_eq!(
        error.to_string(),
        "The form is malformed: the header of a field is too long."
    );
}

#[test]
fn limits_answer_413() {
    let handler = |mut form: Multipart| -> Result<String, Error> {
        let mut text = String::new();
        while let Some(field) = form.next_field()? {
            text += &field.text(5)?;
        }
        Ok(text)
    };
    let send = |parts: Vec<Part>| Request::post("/").multipart(parts).send(handler);
    assert_eq!(
        send(vec![Part::text("a", "12345"), Part::text("b", "6")]).text(),
        "123456"
    );

    let refused = send(vec![Part::text("note", "123456")]);
    assert_eq!(refused.status(), 413);
    assert_eq!(
        refused.text(),
        "`note` is longer than the 5 bytes that are accepted here.\n"
    );
    let refused = send(vec![Part::file("note", "n", "text/plain", [0xff])]);
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.text(), "`note` is not valid UTF-8.\n");
    let refused = send((0..1001).map(|_| Part::text("a", "")).collect());
    assert_eq!(refused.status(), 413);

    let limited = |form: Multipart| handler(form.limit(10));
    assert_eq!(
        Request::post("/")
            .multipart([Part::text("a", "1")])
            .send(limited)
            .status(),
        413
    );
    // Through `Read`, too, the client learns what was wrong.
    let copy = |mut form: Multipart| -> Result<(), Error> {
        let mut field = form.next_field()?.unwrap();
        io::copy(&mut field, &mut io::sink())?;
        Ok(())
    };
    let big = Request::post("/").multipart([Part::file("a", "a", "x/y", vec![0; 3_000_000])]);
    assert_eq!(big.send(copy).status(), 413);
}

#[test]
fn a_body_that_is_announced_to_be_too_long_is_not_read() {
    struct Untouched;

    impl Read for Untouched {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("it is read")
        }
    }

    for length in [11, u64::MAX] {
        let body = Body::from_reader_of(length, Untouched);
        let mut form = Multipart {
            stream: Stream::new(body, BOUNDARY, 5),
            fields: 0,
        }
        .limit(10);
        let error = form.next_field().unwrap_err();
        assert_eq!(
            (error.status().as_u16(), error.to_string()),
            (
                413,
                "The form is longer than the 10 bytes that are accepted here.".to_owned()
            )
        );
    }
    // One that is as long as it may be is taken.
    let mut form = Multipart {
        stream: Stream::new(Body::from("--b-0--\r\n"), BOUNDARY, 9),
        fields: 0,
    };
    assert!(form.next_field().unwrap().is_none());
}

#[test]
fn other_media_types_are_refused() {
    let handler = |_: Multipart| "fine";
    let send = |media_type: &str| {
        Request::post("/")
            .header("Content-Type", media_type)
            .body("x")
            .send(handler)
            .status()
            .as_u16()
    };
    assert_eq!(send("application/x-www-form-urlencoded"), 415);
    assert_eq!(send("multipart/mixed; boundary=a"), 415);
    assert_eq!(send("multipart/form-data"), 400);
    assert_eq!(send("multipart/form-data; boundary=a"), 200);
    assert_eq!(Request::post("/").body("x").send(handler).status(), 415);
}
