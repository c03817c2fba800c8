//! Bodies of requests that modules send, and of the responses to them.

use super::OutboundError;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::OwnedSemaphorePermit;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a module sends.
pub(crate) type OutboundBody = UnsyncBoxBody<Bytes, BoxError>;

/// What a module is sent: as much as it may receive. As long as it exists, it counts among the open
/// responses.
#[derive(Debug)]
pub(crate) struct InboundBody {
    body: Incoming,
    left: u64,
    _open: OwnedSemaphorePermit,
}

impl InboundBody {
    pub(super) fn new(body: Incoming, limit: u64, open: OwnedSemaphorePermit) -> Self {
        Self {
            body,
            left: limit,
            _open: open,
        }
    }
}

impl Body for InboundBody {
    type Data = Bytes;
    type Error = OutboundError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, OutboundError>>> {
        let this = &mut *self;
        let frame = match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => Err(OutboundError::Protocol(error.to_string())),
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len) as u64;
                match this.left.checked_sub(length) {
                    Some(left) => {
                        this.left = left;
                        Ok(frame)
                    }
                    None => Err(OutboundError::TooLarge),
                }
            }
        };
        Poll::Ready(Some(frame))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
