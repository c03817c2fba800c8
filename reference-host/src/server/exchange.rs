//! From a running module to a response: what is held back, and when it is committed.

use super::ResponseBody;
use super::error_response::Failure;
use super::response_body::StopOnDrop;
use super::stream::ConnectionFlags;
use crate::gateway::{HeaderBlock, MalformedBlock, ResponseHead, find_block_end, response_head};
use crate::sandbox::{Broken, Drained, Limits, Outcome, PipeReader, PipeWriter, Stdin};
use bytes::Bytes;
use http::header::EXPECT;
use http::{Response, request};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Sleep;

/// How long the rest of a body that nobody reads may take to arrive.
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// A module that runs, and what goes in and out of it.
pub(super) struct Exchange {
    pub(super) run: Pin<Box<dyn Future<Output = Outcome> + Send>>,
    pub(super) writer: PipeWriter,
    pub(super) reader: PipeReader,
    pub(super) input: Input,
    pub(super) is_head: bool,
    pub(super) flags: Option<Arc<ConnectionFlags>>,
    pub(super) limits: Arc<Limits>,
}

/// The request body.
#[derive(Clone)]
pub(super) struct Input {
    pub(super) stdin: Stdin,
    /// Whether the client sends its body only when it is asked for.
    pub(super) awaits_continue: bool,
}

/// A response, and whether the connection can be used again.
pub(super) struct Answer {
    pub(super) result: Result<Response<ResponseBody>, Failure>,
    pub(super) body_was_read: bool,
}

/// How far the output that is held back has been looked at.
#[derive(Default)]
struct Held {
    scanned: usize,
    block_end: Option<usize>,
    timer: Option<Pin<Box<Sleep>>>,
}

enum Progress {
    Ended(Outcome),
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
    pub(super) async fn answer(mut self) -> Answer {
        let mut held = Held::default();
        match poll_fn(|cx| self.poll_progress(&mut held, cx)).await {
            Progress::Ended(outcome) => {
                let (outcome, body_was_read) =
                    self.input.settle_behind(outcome, &self.limits).await;
                let result = self.ended(outcome, held.block_end);
                Answer {
                    result,
                    body_was_read,
                }
            }
            Progress::Commit => self.committed(held.block_end),
            Progress::BlockTooLarge => Answer::closing(MalformedBlock::TooLarge.into()),
        }
    }

    fn poll_progress(&mut self, held: &mut Held, cx: &mut Context<'_>) -> Poll<Progress> {
        // The output stays in the pipe, which has room for exactly what may be held. As the module
        // runs within this poll, nothing else has to wake this task.
        let progress = self.run.as_mut().poll(cx);
        let length = self.reader.look(|output| {
            held.scan(output);
            output.len()
        });
        if let Poll::Ready(outcome) = progress {
            return Poll::Ready(Progress::Ended(outcome));
        }
        let limits = &self.limits;
        let wants_to_write_more = self.reader.keeps_waiting();
        if held.block_end.is_none() {
            return match wants_to_write_more || length > limits.header_block.bytes {
                true => Poll::Ready(Progress::BlockTooLarge),
                false => Poll::Pending,
            };
        }
        let sleep = || Box::pin(tokio::time::sleep(limits.hold_time));
        let timer = held.timer.get_or_insert_with(sleep);
        let is_too_much = wants_to_write_more || length > limits.held_output;
        match is_too_much || timer.as_mut().poll(cx).is_ready() {
            true => Poll::Ready(Progress::Commit),
            false => Poll::Pending,
        }
    }

    /// Requirements: body.head.discarded, body.head.same-fields, status.bodiless, body.framing.
    fn ended(
        &self,
        outcome: Outcome,
        block_end: Option<usize>,
    ) -> Result<Response<ResponseBody>, Failure> {
        if !outcome.is_success() {
            return Err(Failure::Module(outcome));
        }
        let (head, body) = self.parsed(block_end)?;
        let body = match (head.is_bodiless(), self.is_head) {
            (true, _) => ResponseBody::whole(Bytes::new()),
            (false, true) => ResponseBody::unsent(body.len() as u64),
            (false, false) => ResponseBody::whole(body),
        };
        Ok(response(head, body))
    }

    /// The module runs on beside its response, unless its header block turns out to be malformed.
    fn committed(self, block_end: Option<usize>) -> Answer {
        match self.parsed(block_end) {
            Ok((head, first)) => {
                let body = self.streamed(&head, first);
                Answer {
                    result: Ok(response(head, body)),
                    body_was_read: true,
                }
            }
            Err(malformed) => Answer::closing(malformed.into()),
        }
    }

    /// Cuts the output that is held in two: the head that it means, and the beginning of the body.
    fn parsed(&self, block_end: Option<usize>) -> Result<(ResponseHead, Bytes), MalformedBlock> {
        let mut output = self.reader.take();
        let body = output.split_off(block_end.ok_or(MalformedBlock::NoEmptyLine)?);
        let block = HeaderBlock::parse(&output, &self.limits.header_block)?;
        Ok((response_head(block), body.freeze()))
    }

    /// What nobody will see is thrown away, but the module runs to its end.
    fn streamed(self, head: &ResponseHead, first: Bytes) -> ResponseBody {
        let Self {
            mut run,
            writer,
            reader,
            input,
            is_head,
            flags,
            limits,
        } = self;
        let task = tokio::spawn(async move {
            let ended = poll_fn(|cx| {
                let progress = run.as_mut().poll(cx);
                if progress.is_pending() && writer.room() == Some(0) {
                    input.poll_read_ahead(cx);
                }
                progress
            });
            let outcome = ended.await;
            let (outcome, body_was_read) = input.settle_behind(outcome, &limits).await;
            if let (Some(flags), false) = (&flags, body_was_read) {
                flags.linger();
            }
            if !outcome.is_success() {
                tracing::warn!(target: "wagi_host::module", %outcome, "module failed after its response was committed");
            }
            writer.finish(if outcome.is_success() {
                Ok(())
            } else {
                Err(Broken)
            });
        });
        match is_head || head.is_bodiless() {
            true => {
                reader.discard();
                ResponseBody::whole(Bytes::new())
            }
            false => ResponseBody::stream(first, reader, StopOnDrop(task.abort_handle())),
        }
    }
}

impl Input {
    /// Whether a client waits for leave to send its body.
    pub(super) fn awaits_continue(parts: &request::Parts) -> bool {
        let expects = parts.headers.get(EXPECT);
        expects.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    }

    /// Reads what is left of a body, so that the next request on the connection is found. A client
    /// that waits for permission to send its body is not asked for it in vain.
    ///
    /// Requirements: stdin.unread, stdin.expect-continue.
    pub(super) async fn settle(&self, limits: &Limits) -> Drained {
        self.settle_within(DRAIN_TIME, limits).await
    }

    async fn settle_within(&self, time: Duration, limits: &Limits) -> Drained {
        if self.awaits_continue && !self.stdin.was_touched() {
            return Drained::TooMuch;
        }
        let draining = self.stdin.drain(limits.body_drained);
        tokio::time::timeout(time, draining)
            .await
            .unwrap_or(Drained::TooMuch)
    }

    /// Settles when the module has ended; a body that turns out to be broken makes it a failure.
    ///
    /// Requirement: stdin.broken-body.
    async fn settle_behind(&self, outcome: Outcome, limits: &Limits) -> (Outcome, bool) {
        let drained = match outcome {
            Outcome::BodyBroken => Drained::Broken,
            Outcome::BodySlow => Drained::TooMuch,
            // The client has waited long enough: only what has arrived is read.
            Outcome::TimedOut => self.settle_within(Duration::ZERO, limits).await,
            _ => self.settle(limits).await,
        };
        match drained {
            Drained::Complete => (outcome, true),
            Drained::TooMuch => (outcome, false),
            Drained::Broken => (Outcome::BodyBroken, false),
        }
    }

    /// A client may send all of its body before it reads the response: while the response cannot be
    /// sent, the body is received all the same.
    ///
    /// Requirement: stdin.large-echo.
    fn poll_read_ahead(&self, cx: &mut Context<'_>) {
        if !self.awaits_continue || self.stdin.was_touched() {
            self.stdin.poll_read_ahead(cx);
        }
    }
}

impl Held {
    fn scan(&mut self, output: &[u8]) {
        if self.block_end.is_none() {
            self.block_end = find_block_end(output, &mut self.scanned);
        }
    }
}

impl Answer {
    /// The request was not read to its end: the connection is of no further use.
    pub(super) fn closing(failure: Failure) -> Self {
        Self {
            result: Err(failure),
            body_was_read: false,
        }
    }
}

/// How much a pipe has to hold, so that every rule about held output can be applied exactly.
pub(super) fn pipe_capacity(limits: &Limits) -> usize {
    limits.held_output.max(limits.header_block.bytes)
}

fn response(head: ResponseHead, body: ResponseBody) -> Response<ResponseBody> {
    let mut response = Response::new(body);
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    response
}
