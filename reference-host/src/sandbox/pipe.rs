//! The bounded buffer between a module's standard output and the response.

use crate::observe::Trace;
use bytes::{Bytes, BytesMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The output ended because the module failed: the response is broken off.
///
/// Requirement: failure.trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the module failed while its response was being sent")
    }
}

impl std::error::Error for Broken {}

/// A module wrote more than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutputTooLarge;

impl std::fmt::Display for OutputTooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the output is larger than allowed")
    }
}

impl std::error::Error for OutputTooLarge {}

#[derive(Debug, Default)]
struct State {
    buffer: BytesMut,
    capacity: usize,
    /// How much may still be written in all, if there is a limit.
    left: Option<u64>,
    /// Where everything is noted, if somebody looks.
    trace: Option<Trace>,
    is_discarding: bool,
    reader_is_gone: bool,
    end: Option<Result<(), Broken>>,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// The module's end.
#[derive(Clone, Debug)]
pub(crate) struct PipeWriter(Arc<Mutex<State>>);

/// The response's end. Dropping it makes further writes fail.
#[derive(Debug)]
pub(crate) struct PipeReader(Arc<Mutex<State>>);

/// Makes a pipe that holds `capacity` bytes before the writer has to wait.
pub(crate) fn pipe(capacity: usize) -> (PipeWriter, PipeReader) {
    let state = State {
        capacity,
        ..State::default()
    };
    let state = Arc::new(Mutex::new(state));
    (PipeWriter(Arc::clone(&state)), PipeReader(state))
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // No code panics while it holds the lock, and the state is consistent between statements.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PipeWriter {
    /// Notes everything that is written.
    pub(crate) fn traced(&self, trace: Option<Trace>) {
        lock(&self.0).trace = trace;
    }

    /// How much may be written now, or `None` when nobody will read it.
    pub(crate) fn room(&self) -> Option<usize> {
        let state = lock(&self.0);
        match (state.reader_is_gone, state.is_discarding) {
            (_, true) => Some(state.capacity),
            (true, false) => None,
            (false, false) => Some(state.capacity.saturating_sub(state.buffer.len())),
        }
    }

    /// Waits until there is room, or nobody will read.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.room() != Some(0) {
            return Poll::Ready(());
        }
        let mut state = lock(&self.0);
        state.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Lets no more than `length` bytes pass in all.
    pub(crate) fn limit_to(&self, length: u64) {
        lock(&self.0).left = Some(length);
    }

    /// Adds bytes; the caller has asked for room.
    ///
    /// # Errors
    ///
    /// When the output would be larger than it may be; nothing is written then.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), OutputTooLarge> {
        let mut state = lock(&self.0);
        if let Some(left) = &mut state.left {
            *left = left.checked_sub(bytes.len() as u64).ok_or(OutputTooLarge)?;
        }
        if let Some(trace) = &state.trace {
            trace.wrote(bytes);
        }
        if !state.is_discarding {
            state.buffer.extend_from_slice(bytes);
        }
        wake(&mut state.reader);
        Ok(())
    }

    /// Nothing more will be written.
    pub(crate) fn finish(&self, end: Result<(), Broken>) {
        let mut state = lock(&self.0);
        state.end.get_or_insert(end);
        wake(&mut state.reader);
    }
}

impl PipeReader {
    /// Takes what is there, without waiting.
    pub(crate) fn take(&self) -> BytesMut {
        let mut state = lock(&self.0);
        state.reader = None;
        wake(&mut state.writer);
        state.buffer.split()
    }

    /// Looks at what is there, and leaves it there.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&[u8]) -> R) -> R {
        look(&lock(&self.0).buffer)
    }

    /// Whether the module waits for room.
    pub(crate) fn keeps_waiting(&self) -> bool {
        lock(&self.0).writer.is_some()
    }

    /// Waits for bytes or the end.
    pub(crate) fn poll_read(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        let mut state = lock(&self.0);
        if !state.buffer.is_empty() {
            wake(&mut state.writer);
            return Poll::Ready(Some(Ok(state.buffer.split().freeze())));
        }
        match state.end {
            Some(Ok(())) => Poll::Ready(None),
            Some(Err(broken)) => Poll::Ready(Some(Err(broken))),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Throws away what is there and what is still to come; the module never waits.
    pub(crate) fn discard(self) {
        let mut state = lock(&self.0);
        state.is_discarding = true;
        state.buffer = BytesMut::new();
        wake(&mut state.writer);
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.reader_is_gone = true;
        wake(&mut state.writer);
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    fn poll_now<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn the_writer_waits_for_room() {
        let (writer, reader) = pipe(4);
        writer.write(b"abcd").unwrap();
        assert_eq!(writer.room(), Some(0));
        assert!(!reader.keeps_waiting());
        assert_eq!(poll_now(|cx| writer.poll_room(cx)), Poll::Pending);
        assert!(reader.keeps_waiting());
        assert_eq!(
            poll_now(|cx| reader.poll_read(cx)),
            Poll::Ready(Some(Ok("abcd".into())))
        );
        assert_eq!(poll_now(|cx| writer.poll_room(cx)), Poll::Ready(()));
        assert_eq!(writer.room(), Some(4));
    }

    #[test]
    fn the_end_comes_behind_the_bytes() {
        for (end, expected) in [(Ok(()), None), (Err(Broken), Some(Err(Broken)))] {
            let (writer, reader) = pipe(4);
            writer.write(b"x").unwrap();
            writer.finish(end);
            writer.finish(Ok(()));
            assert_eq!(
                poll_now(|cx| reader.poll_read(cx)),
                Poll::Ready(Some(Ok("x".into())))
            );
            assert_eq!(poll_now(|cx| reader.poll_read(cx)), Poll::Ready(expected));
        }
    }

    #[test]
    fn without_a_reader_there_is_no_room_unless_output_is_discarded() {
        let (writer, reader) = pipe(4);
        drop(reader);
        assert_eq!(writer.room(), None);

        let (writer, reader) = pipe(4);
        writer.write(b"abcd").unwrap();
        reader.discard();
        assert_eq!(writer.room(), Some(4));
        writer.write(b"more than four").unwrap();
        assert_eq!(writer.room(), Some(4));
    }

    #[test]
    fn the_whole_output_has_a_limit() {
        let (writer, reader) = pipe(4);
        writer.limit_to(6);
        assert_eq!(writer.write(b"abcd"), Ok(()));
        reader.take();
        assert_eq!(writer.write(b"efg"), Err(OutputTooLarge));
        assert_eq!(writer.write(b"ef"), Ok(()));
        reader.discard();
        assert_eq!(writer.write(b"g"), Err(OutputTooLarge));
    }

    #[tokio::test]
    async fn reader_and_writer_wake_each_other() {
        let (writer, reader) = pipe(8);
        let writing = tokio::spawn(async move {
            for _ in 0..1000 {
                poll_fn(|cx| writer.poll_room(cx)).await;
                writer.write(b"12345678").unwrap();
            }
            writer.finish(Ok(()));
        });
        let mut length = 0;
        while let Some(bytes) = poll_fn(|cx| reader.poll_read(cx)).await {
            length += bytes.unwrap().len();
        }
        writing.await.unwrap();
        assert_eq!(length, 8000);
    }
}
