//! From a running module to a response: what is held back, and when it is committed.

use super::ResponseBody;
use super::error_response::Failure;
use super::response_body::StopOnDrop;
use crate::gateway::{HeaderBlock, MalformedBlock, ResponseHead, find_block_end, response_head};
use crate::sandbox::{Broken, Drained, Limits, Outcome, PipeReader, PipeWriter, Stdin};
use bytes::{Bytes, BytesMut};
use http::Response;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Sleep;

/// How long the rest of a body that nobody reads may take to arrive.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// A module that runs, and what it writes.
pub(super) struct Exchange {
    pub(super) run: Pin<Box<dyn Future<Output = Ended> + Send>>,
    pub(super) writer: PipeWriter,
    pub(super) reader: PipeReader,
    pub(super) stdin: Stdin,
    pub(super) is_head: bool,
}

/// How a module ended, and whether its request body was read to the end, by it or behind it.
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    pub(super) body_was_read: bool,
}

/// A response, and whether the connection can be used again.
pub(super) struct Answer {
    pub(super) result: Result<Response<ResponseBody>, Failure>,
    pub(super) body_was_read: bool,
}

/// Runs a module to its end, then reads what it left of the request body, within bounds.
///
/// Requirements: stdin.unread, stdin.broken-body, stdin.expect-continue.
pub(super) async fn run_and_settle(
    run: impl Future<Output = Outcome> + Send,
    stdin: Stdin,
    awaits_continue: bool,
    limits: &Limits,
) -> Ended {
    let outcome = run.await;
    let drained = match outcome {
        Outcome::TimedOut | Outcome::BodyBroken => Drained::TooMuch,
        _ => settle(&stdin, awaits_continue, limits).await,
    };
    let outcome = match drained {
        Drained::Broken => Outcome::BodyBroken,
        Drained::Complete | Drained::TooMuch => outcome,
    };
    Ended {
        outcome,
        body_was_read: drained == Drained::Complete,
    }
}

/// Reads what is left of a body, so that the next request on the connection is found. A client that
/// waits for permission to send its body is not asked for it in vain.
pub(super) async fn settle(stdin: &Stdin, awaits_continue: bool, limits: &Limits) -> Drained {
    if awaits_continue && !stdin.was_touched() {
        return Drained::TooMuch;
    }
    let draining = stdin.drain(limits.body_drained);
    tokio::time::timeout(DRAIN_TIME, draining)
        .await
        .unwrap_or(Drained::TooMuch)
}

/// The output so far.
struct Held {
    bytes: BytesMut,
    scanned: usize,
    block_end: Option<usize>,
    timer: Option<Pin<Box<Sleep>>>,
}

enum Progress {
    Ended(Ended),
    Commit,
    BlockTooLarge,
}

impl Exchange {
    /// Runs the module until its response can be sent.
    ///
    /// A response is committed when the module has ended, when more than `held_output` bytes are
    /// held, or when the module runs on for `hold_time` after its header block. A failure before
    /// that is answered with an error, and nothing of the output is sent.
    ///
    /// Requirements: failure.exit-nonzero, failure.trap, failure.codes, body.unchanged.
    pub(super) async fn answer(mut self, limits: &Limits) -> Answer {
        let mut held = Held {
            bytes: BytesMut::new(),
            scanned: 0,
            block_end: None,
            timer: None,
        };
        let progress = poll_fn(|cx| self.poll_progress(&mut held, limits, cx)).await;
        let ended = match progress {
            Progress::Ended(ended) => Some(ended),
            Progress::Commit => None,
            Progress::BlockTooLarge => return self.malformed(MalformedBlock::TooLarge),
        };
        if let Some(Ended {
            outcome,
            body_was_read,
        }) = &ended
            && !outcome.is_success()
        {
            let result = Err(Failure::Module(outcome.clone()));
            return Answer {
                result,
                body_was_read: *body_was_read,
            };
        }
        let body_was_read = ended.as_ref().is_none_or(|ended| ended.body_was_read);
        let Some(block_end) = held.block_end else {
            let result = Err(Failure::Malformed(MalformedBlock::NoEmptyLine));
            return Answer {
                result,
                body_was_read,
            };
        };
        let body = held.bytes.split_off(block_end).freeze();
        let head = match HeaderBlock::parse(&held.bytes, &limits.header_block) {
            Ok(block) => response_head(block),
            Err(malformed) if ended.is_none() => return self.malformed(malformed),
            Err(malformed) => {
                return Answer {
                    result: Err(Failure::Malformed(malformed)),
                    body_was_read,
                };
            }
        };
        let body = match ended {
            Some(_) => whole(&head, self.is_head, body),
            None => self.streamed(&head, body),
        };
        Answer {
            result: Ok(response(head, body)),
            body_was_read,
        }
    }

    fn poll_progress(
        &mut self,
        held: &mut Held,
        limits: &Limits,
        cx: &mut Context<'_>,
    ) -> Poll<Progress> {
        if let Poll::Ready(ended) = self.run.as_mut().poll(cx) {
            held.take(&self.reader);
            return Poll::Ready(Progress::Ended(ended));
        }
        while let Poll::Ready(Some(Ok(bytes))) = self.reader.poll_read(cx) {
            held.add(&bytes);
        }
        if held.block_end.is_none() {
            return match held.bytes.len() > limits.header_block.bytes {
                true => Poll::Ready(Progress::BlockTooLarge),
                false => Poll::Pending,
            };
        }
        let timer = held
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limits.hold_time)));
        match held.bytes.len() > limits.held_output || timer.as_mut().poll(cx).is_ready() {
            true => Poll::Ready(Progress::Commit),
            false => Poll::Pending,
        }
    }

    /// The module still runs: it is stopped, and its body is left unread.
    fn malformed(self, malformed: MalformedBlock) -> Answer {
        Answer {
            result: Err(Failure::Malformed(malformed)),
            body_was_read: false,
        }
    }

    /// Lets the module run on beside the response. What nobody will see is thrown away, but the
    /// module runs to its end.
    fn streamed(self, head: &ResponseHead, first: Bytes) -> ResponseBody {
        let Self {
            mut run,
            writer,
            reader,
            stdin,
            is_head,
        } = self;
        let is_unseen = is_head || head.is_bodiless();
        let task = tokio::spawn(async move {
            let ended = poll_fn(|cx| {
                let progress = run.as_mut().poll(cx);
                if progress.is_pending() && writer.room() == Some(0) && stdin.was_touched() {
                    // A client may send all of its body before it reads the response.
                    stdin.poll_read_ahead(cx);
                }
                progress
            });
            let outcome = ended.await.outcome;
            if !outcome.is_success() {
                tracing::warn!(target: "wagi_host::module", %outcome, "module failed after its response was committed");
            }
            writer.finish(if outcome.is_success() {
                Ok(())
            } else {
                Err(Broken)
            });
        });
        match is_unseen {
            true => {
                reader.discard();
                ResponseBody::whole(Bytes::new())
            }
            false => ResponseBody::stream(first, reader, StopOnDrop(task.abort_handle())),
        }
    }
}

impl Held {
    fn take(&mut self, reader: &PipeReader) {
        let bytes = reader.take();
        if self.bytes.is_empty() {
            self.bytes = bytes;
            self.scan();
        } else {
            self.add(&bytes);
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.scan();
    }

    fn scan(&mut self) {
        if self.block_end.is_none() {
            self.block_end = find_block_end(&self.bytes, &mut self.scanned);
        }
    }
}

/// Requirements: body.head.discarded, body.head.same-fields, status.bodiless, body.framing.
fn whole(head: &ResponseHead, is_head: bool, body: Bytes) -> ResponseBody {
    match (head.is_bodiless(), is_head) {
        (true, _) => ResponseBody::whole(Bytes::new()),
        (false, true) => ResponseBody::unsent(body.len() as u64),
        (false, false) => ResponseBody::whole(body),
    }
}

fn response(head: ResponseHead, body: ResponseBody) -> Response<ResponseBody> {
    let mut response = Response::new(body);
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    response
}
