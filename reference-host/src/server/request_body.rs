//! The body of a request on its way to a module's standard input.

use super::spool::Spool;
use crate::sandbox::{BodyError, BodySource, Limits};
use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A request body: taken from the connection as the module asks for it, and kept in a [`Spool`]
/// where it has to be taken earlier.
///
/// Requirements: stdin.bytes-unchanged, stdin.chunked.decoded, stdin.broken-body.
pub(super) struct RequestBody {
    body: UnsyncBoxBody<Bytes, BoxError>,
    spool: Spool,
    end: Option<Result<(), BodyError>>,
    received: u64,
    limit: u64,
}

impl RequestBody {
    pub(super) fn new<B>(body: B, limits: &Limits) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self {
            body: body.map_err(Into::into).boxed_unsync(),
            spool: Spool::new(limits.body_in_memory),
            end: None,
            received: 0,
            limit: limits.body,
        }
    }

    /// The limit of the module that the body is for.
    pub(super) fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// The length, when the client announced it.
    pub(super) fn announced_length(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// Receives the whole body, so that its length is known.
    ///
    /// Requirements: stdin.chunked.accepted, env.content-length.counted.
    pub(super) async fn receive_all(&mut self) -> Result<u64, BodyError> {
        poll_fn(|cx| self.poll_receive(cx)).await;
        match self.end.take() {
            Some(Err(error)) => Err(error),
            end => {
                self.end = end;
                Ok(self.received)
            }
        }
    }

    /// Moves bytes from the connection into the spool until the body ends.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.end.is_none() {
            if let Err(error) = ready!(self.spool.poll_push_ready(cx)) {
                self.end = Some(Err(BodyError::Storage(error)));
                break;
            }
            match ready!(self.poll_next(cx)) {
                Some(Ok(bytes)) => self.spool.push(bytes),
                Some(Err(error)) => self.end = Some(Err(error)),
                None => self.end = Some(Ok(())),
            }
        }
        Poll::Ready(())
    }

    /// The next bytes from the connection. Trailer fields are not for the module.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(cx)) else {
                return Poll::Ready(None);
            };
            let bytes = match frame.map(http_body::Frame::into_data) {
                Ok(Ok(bytes)) if !bytes.is_empty() => bytes,
                Ok(_) => continue,
                Err(error) => {
                    tracing::debug!(%error, "request body is broken");
                    return Poll::Ready(Some(Err(BodyError::Broken)));
                }
            };
            self.received += bytes.len() as u64;
            if self.received > self.limit {
                return Poll::Ready(Some(Err(BodyError::TooLarge)));
            }
            return Poll::Ready(Some(Ok(bytes)));
        }
    }
}

impl BodySource for RequestBody {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        match ready!(self.spool.poll_pop(cx)) {
            Some(Ok(bytes)) => return Poll::Ready(Some(Ok(bytes))),
            Some(Err(error)) => return Poll::Ready(Some(Err(BodyError::Storage(error)))),
            None => {}
        }
        match self.end.take() {
            Some(Ok(())) => {
                self.end = Some(Ok(()));
                Poll::Ready(None)
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None => self.poll_next(cx),
        }
    }

    fn poll_read_ahead(&mut self, cx: &mut Context<'_>) {
        let _ = self.poll_receive(cx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{Full, StreamBody};

    type Pieces = Vec<Result<http_body::Frame<Bytes>, std::io::Error>>;

    fn data(text: &'static str) -> Result<http_body::Frame<Bytes>, std::io::Error> {
        Ok(http_body::Frame::data(text.into()))
    }

    fn body(pieces: Pieces, limits: &Limits) -> RequestBody {
        RequestBody::new(StreamBody::new(futures_util::stream::iter(pieces)), limits)
    }

    fn small() -> Limits {
        Limits {
            body: 10,
            body_in_memory: 4,
            ..Limits::default()
        }
    }

    async fn all(body: &mut RequestBody) -> Result<Vec<u8>, BodyError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = poll_fn(|cx| body.poll_chunk(cx)).await {
            bytes.extend_from_slice(&chunk?);
        }
        Ok(bytes)
    }

    #[tokio::test]
    async fn a_body_without_a_length_is_counted_first() {
        let mut body = body(
            vec![data("abc"), data(""), data("defg"), data("hij")],
            &small(),
        );
        assert_eq!(body.announced_length(), None);
        assert_eq!(body.receive_all().await.unwrap(), 10);
        assert_eq!(all(&mut body).await.unwrap(), b"abcdefghij");
    }

    #[tokio::test]
    async fn reading_ahead_changes_nothing() {
        let mut body = body(vec![data("abc"), data("defg"), data("hij")], &small());
        assert_eq!(
            poll_fn(|cx| body.poll_chunk(cx)).await.unwrap().unwrap(),
            "abc"
        );
        poll_fn(|cx| {
            body.poll_read_ahead(cx);
            Poll::Ready(())
        })
        .await;
        assert_eq!(all(&mut body).await.unwrap(), b"defghij");
    }

    #[tokio::test]
    async fn the_limit_counts() {
        let mut body = body(vec![data("abcdefgh"), data("ijk")], &small());
        assert!(matches!(body.receive_all().await, Err(BodyError::TooLarge)));
        let body = RequestBody::new(Full::new(Bytes::from("abcdefghijk")), &small());
        assert_eq!(body.announced_length(), Some(11));
    }

    #[tokio::test]
    async fn an_error_comes_behind_what_was_received() {
        let error = || Err(std::io::Error::other("cut"));
        let mut received = body(vec![data("abc"), error()], &small());
        assert!(matches!(
            received.receive_all().await,
            Err(BodyError::Broken)
        ));
        let mut streamed = body(vec![data("abc"), error()], &small());
        assert_eq!(
            poll_fn(|cx| streamed.poll_chunk(cx))
                .await
                .unwrap()
                .unwrap(),
            "abc"
        );
        assert!(matches!(all(&mut streamed).await, Err(BodyError::Broken)));
    }
}
