//! Drawn request bodies.

use proptest::prelude::*;
use proptest::sample::select;

use crate::case::bytes::filler;

/// A body and how it is framed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BodyDraw {
    /// No body and no framing.
    None,
    /// With `Content-Length`.
    Length(Content),
    /// With `Transfer-Encoding: chunked`.
    Chunked {
        content: Content,
        /// Sizes of the chunks; the last is used for what is left.
        sizes: Vec<usize>,
        extension: &'static str,
        trailer: bool,
    },
}

/// The bytes of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// These.
    Bytes(Vec<u8>),
    /// So many, of every value.
    Filler(usize),
}

impl Content {
    /// The bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Content::Bytes(bytes) => bytes.clone(),
            Content::Filler(length) => filler(*length),
        }
    }
}

impl BodyDraw {
    /// Without framing; `None` for no body.
    pub(super) fn content(&self) -> Option<Vec<u8>> {
        match self {
            BodyDraw::None => None,
            BodyDraw::Length(content) | BodyDraw::Chunked { content, .. } => Some(content.bytes()),
        }
    }

    /// The same, framed by its length if it was chunked.
    pub(super) fn by_length(self) -> BodyDraw {
        match self {
            BodyDraw::Chunked { content, .. } => BodyDraw::Length(content),
            other => other,
        }
    }

    /// The field that announces it, and its bytes on the wire.
    pub(super) fn framed(&self) -> (Option<(&'static str, String)>, Vec<u8>) {
        match self {
            BodyDraw::None => (None, Vec::new()),
            BodyDraw::Length(content) => {
                let bytes = content.bytes();
                (Some(("Content-Length", bytes.len().to_string())), bytes)
            }
            BodyDraw::Chunked {
                content,
                sizes,
                extension,
                trailer,
            } => {
                let mut framed = Vec::new();
                let bytes = content.bytes();
                let mut rest = bytes.as_slice();
                let mut sizes = sizes.iter().copied();
                while !rest.is_empty() {
                    let size = sizes.next().unwrap_or(rest.len()).clamp(1, rest.len());
                    let (chunk, behind) = rest.split_at(size);
                    rest = behind;
                    framed.extend_from_slice(format!("{size:x}{extension}\r\n").as_bytes());
                    framed.extend_from_slice(chunk);
                    framed.extend_from_slice(b"\r\n");
                }
                framed.extend_from_slice(b"0\r\n");
                if *trailer {
                    framed.extend_from_slice(b"X-Trailer: 1\r\n");
                }
                framed.extend_from_slice(b"\r\n");
                (Some(("Transfer-Encoding", "chunked".to_owned())), framed)
            }
        }
    }
}

/// No body, or one of either framing.
pub(super) fn any() -> BoxedStrategy<BodyDraw> {
    prop_oneof![Just(BodyDraw::None), body()].boxed()
}

/// A body of either framing.
pub(super) fn body() -> BoxedStrategy<BodyDraw> {
    let extensions = select(&["", ";a=b", ";q=\"x;y\"", ";a;b"][..]);
    let sizes = prop::collection::vec(1..400usize, 0..6);
    let chunked = (content(), sizes, extensions, proptest::bool::ANY).prop_map(
        |(content, sizes, extension, trailer)| BodyDraw::Chunked {
            content,
            sizes,
            extension,
            trailer,
        },
    );
    prop_oneof![3 => content().prop_map(BodyDraw::Length), 2 => chunked].boxed()
}

fn content() -> BoxedStrategy<Content> {
    prop_oneof![
        20 => prop::collection::vec(proptest::num::u8::ANY, 0..64).prop_map(Content::Bytes),
        5 => (0..3000usize).prop_map(Content::Filler),
        1 => (60_000..150_000usize).prop_map(Content::Filler),
    ]
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framing() {
        let content = Content::Bytes(b"hello world".to_vec());
        let chunked = BodyDraw::Chunked {
            content,
            sizes: vec![5],
            extension: ";a=b",
            trailer: true,
        };
        let (field, framed) = chunked.framed();
        assert_eq!(field, Some(("Transfer-Encoding", "chunked".to_owned())));
        let expected = "5;a=b\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n";
        assert_eq!(framed, expected.as_bytes());
        assert_eq!(
            chunked.content().as_deref(),
            Some(b"hello world".as_slice())
        );
        let (field, framed) = chunked.by_length().framed();
        assert_eq!(
            (field, framed.as_slice()),
            (
                Some(("Content-Length", "11".to_owned())),
                &b"hello world"[..]
            )
        );
    }
}
