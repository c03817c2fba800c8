//! The body of a response on its way to the client.

use super::activity::UnderWay;
use super::stream::ConnectionFlags;
use crate::files::FileBody;
use crate::observe::{AccessRecord, RequestOutcome};
use crate::sandbox::{Broken, PipeReader};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::task::AbortHandle;

/// A response body. When it is over, or dropped because the client left, the request is logged and
/// a module that still runs is stopped.
#[derive(Debug)]
pub(crate) struct ResponseBody {
    content: Content,
    record: Option<AccessRecord>,
    flags: Option<Arc<ConnectionFlags>>,
    under_way: Option<UnderWay>,
}

#[derive(Debug)]
enum Content {
    /// Everything is there.
    Whole(Option<Bytes>),
    /// A body that is announced by its length only: the answer to HEAD.
    Unsent(u64),
    /// What was held back, and what the module goes on to write.
    Stream {
        first: Option<Bytes>,
        rest: PipeReader,
        _module: StopOnDrop,
    },
    /// A file of a static route.
    File(FileBody),
}

/// Stops the module when the response is dropped.
#[derive(Debug)]
pub(super) struct StopOnDrop(pub(super) AbortHandle);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl ResponseBody {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self::with(Content::Whole(
            Some(bytes).filter(|bytes| !bytes.is_empty()),
        ))
    }

    pub(super) fn unsent(length: u64) -> Self {
        Self::with(Content::Unsent(length))
    }

    pub(super) fn stream(first: Bytes, rest: PipeReader, module: StopOnDrop) -> Self {
        let first = Some(first).filter(|bytes| !bytes.is_empty());
        Self::with(Content::Stream {
            first,
            rest,
            _module: module,
        })
    }

    pub(super) fn file(body: FileBody) -> Self {
        Self::with(Content::File(body))
    }

    fn with(content: Content) -> Self {
        Self {
            content,
            record: None,
            flags: None,
            under_way: None,
        }
    }

    /// Ties the place of the request among those of its connection to the body.
    pub(super) fn accompanied(mut self, mut under_way: UnderWay) -> Self {
        match self.is_end_stream() {
            true => under_way.finish(),
            false => under_way.waits_for_client(),
        }
        self.under_way = Some(under_way);
        self
    }

    /// Ties the log record, and the connection that has to be broken off on failure, to the body.
    pub(super) fn observed(
        mut self,
        record: AccessRecord,
        flags: Option<Arc<ConnectionFlags>>,
    ) -> Self {
        self.record = Some(record);
        self.flags = flags;
        if self.content.is_over() || matches!(self.content, Content::Unsent(_)) {
            self.finish();
        }
        self
    }

    /// Nothing more is to be sent.
    fn finish(&mut self) {
        if let Some(record) = &mut self.record {
            record.is_over = true;
        }
        if let Some(under_way) = &mut self.under_way {
            under_way.finish();
        }
    }

    fn poll_content(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        match &mut self.content {
            Content::Whole(bytes) => Poll::Ready(bytes.take().map(Ok)),
            Content::Unsent(_) => Poll::Ready(None),
            Content::Stream { first, rest, .. } => match first.take() {
                Some(first) => Poll::Ready(Some(Ok(first))),
                None => rest.poll_read(cx),
            },
            Content::File(body) => match std::task::ready!(body.poll_read(cx)) {
                Some(Err(error)) => {
                    tracing::warn!(%error, "a file could not be sent to its end");
                    Poll::Ready(Some(Err(Broken)))
                }
                Some(Ok(bytes)) => Poll::Ready(Some(Ok(bytes))),
                None => Poll::Ready(None),
            },
        }
    }
}

impl Content {
    fn is_over(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::File(body) => body.is_done(),
            _ => false,
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = &mut *self;
        let result = match this.poll_content(cx) {
            Poll::Ready(result) => result,
            Poll::Pending => {
                if let Some(under_way) = &mut this.under_way {
                    under_way.waits_for_module();
                }
                return Poll::Pending;
            }
        };
        if this.content.is_over() || result.is_none() {
            this.finish();
        } else if let Some(under_way) = &mut this.under_way {
            under_way.waits_for_client();
        }
        match &result {
            Some(Ok(bytes)) => {
                if let Some(record) = &mut this.record {
                    record.bytes += bytes.len() as u64;
                }
            }
            Some(Err(broken)) => {
                if let Some(record) = &mut this.record {
                    record.failure = Some(broken.to_string());
                    record.outcome = RequestOutcome::BrokenOff;
                    record.is_over = true;
                }
                if let Some(flags) = &this.flags {
                    flags.break_off();
                }
            }
            None => {}
        }
        Poll::Ready(result.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_over()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64))
            }
            Content::Unsent(length) => SizeHint::with_exact(*length),
            Content::File(body) => SizeHint::with_exact(body.remaining()),
            Content::Stream { .. } => SizeHint::default(),
        }
    }
}
