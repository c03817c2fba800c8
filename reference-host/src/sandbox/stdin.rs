//! The request body as a module's standard input.

use super::Outcome;
use crate::observe::Trace;
use bytes::Bytes;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// Why a request body cannot be read to its end.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// The client cut it short or framed it wrongly.
    Broken,
    /// It is larger than allowed.
    TooLarge,
    /// The client paused for too long.
    Slow,
    /// The host could not hold it.
    Storage(std::io::Error),
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken => f.write_str("the request body is incomplete or malformed"),
            Self::TooLarge => f.write_str("the request body is too large"),
            Self::Slow => f.write_str("the request body did not come in time"),
            Self::Storage(error) => write!(f, "cannot hold the request body: {error}"),
        }
    }
}

impl std::error::Error for BodyError {}

/// Where standard input comes from.
pub(crate) trait BodySource: Send {
    /// The next bytes, in order; never empty ones.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>>;

    /// Reads on without anybody asking, so that a client that sends everything before it reads the
    /// response does not wait for ever.
    fn poll_read_ahead(&mut self, cx: &mut Context<'_>);
}

struct State {
    source: Option<Box<dyn BodySource>>,
    current: Bytes,
    error: Option<BodyError>,
    was_touched: bool,
    /// Where everything is noted, if somebody looks.
    trace: Option<Trace>,
}

/// Standard input: shared by the module, which reads it, and the host, which drains it.
///
/// Requirements: stdin.bytes-unchanged, stdin.end-of-file, stdin.broken-body, stdin.unread.
#[derive(Clone)]
pub(crate) struct Stdin(Arc<Mutex<State>>);

/// What became of the part of a body that the module did not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drained {
    /// The body was read to its end.
    Complete,
    /// The rest is too long to be read for nothing.
    TooMuch,
    /// The body turned out to be cut short or malformed.
    Broken,
}

impl Stdin {
    /// Standard input without a byte.
    pub(crate) fn empty() -> Self {
        Self::with(None)
    }

    /// Standard input that is read from `source` as the module asks for it.
    pub(crate) fn from_source(source: impl BodySource + 'static) -> Self {
        Self::with(Some(Box::new(source)))
    }

    fn with(source: Option<Box<dyn BodySource>>) -> Self {
        Self(Arc::new(Mutex::new(State {
            source,
            current: Bytes::new(),
            error: None,
            was_touched: false,
            trace: None,
        })))
    }

    /// Notes what arrives, and how much of it the module reads.
    pub(crate) fn traced(self, trace: Option<Trace>) -> Self {
        self.lock().trace = trace;
        self
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock, and the state is consistent between statements.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there are bytes, the end, or an error.
    pub(super) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.lock().poll_fill(cx)
    }

    /// Takes up to `size` bytes for the module; `None` at the end. After [`Stdin::poll_ready`] it
    /// never returns an empty piece.
    pub(super) fn read(&self, size: usize) -> Option<Result<Bytes, ()>> {
        let mut state = self.lock();
        let taken = state.take(size);
        if let (Some(trace), Some(Ok(bytes))) = (&state.trace, &taken) {
            trace.read(bytes.len());
        }
        taken
    }

    /// How a module ends whose body turned out to be of no use.
    pub(crate) fn failure(&self) -> Option<Outcome> {
        match self.lock().error.as_ref()? {
            BodyError::Slow => Some(Outcome::BodySlow),
            _ => Some(Outcome::BodyBroken),
        }
    }

    /// Whether anybody has begun to read.
    pub(crate) fn was_touched(&self) -> bool {
        self.lock().was_touched
    }

    /// Reads ahead into the source's own buffer.
    pub(crate) fn poll_read_ahead(&self, cx: &mut Context<'_>) {
        if let Some(source) = &mut self.lock().source {
            source.poll_read_ahead(cx);
        }
    }

    /// Reads what is left and throws it away, up to `limit` bytes.
    pub(crate) async fn drain(&self, limit: u64) -> Drained {
        let mut left = limit;
        loop {
            poll_fn(|cx| self.poll_ready(cx)).await;
            let taken = self.lock().take(usize::MAX);
            match taken {
                None => return Drained::Complete,
                // Whether it is whole will never be known.
                Some(Err(())) if self.failure() == Some(Outcome::BodySlow) => {
                    return Drained::TooMuch;
                }
                Some(Err(())) => return Drained::Broken,
                Some(Ok(bytes)) => match left.checked_sub(bytes.len() as u64) {
                    Some(less) => left = less,
                    None => return Drained::TooMuch,
                },
            }
        }
    }
}

impl State {
    fn take(&mut self, size: usize) -> Option<Result<Bytes, ()>> {
        if !self.current.is_empty() {
            let size = size.min(self.current.len());
            Some(Ok(self.current.split_to(size)))
        } else if self.error.is_some() {
            Some(Err(()))
        } else if self.source.is_none() {
            None
        } else {
            Some(Ok(Bytes::new()))
        }
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.was_touched = true;
        while self.current.is_empty() && self.error.is_none() {
            let Some(source) = &mut self.source else {
                break;
            };
            match std::task::ready!(source.poll_chunk(cx)) {
                Some(Ok(bytes)) => {
                    if let Some(trace) = &self.trace {
                        trace.received(&bytes);
                    }
                    self.current = bytes;
                }
                Some(Err(error)) => {
                    self.error = Some(error);
                    self.source = None;
                }
                None => self.source = None,
            }
        }
        Poll::Ready(())
    }
}

impl fmt::Debug for Stdin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stdin").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    struct Pieces(VecDeque<Result<Bytes, BodyError>>);

    impl BodySource for Pieces {
        fn poll_chunk(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
            Poll::Ready(self.0.pop_front())
        }

        fn poll_read_ahead(&mut self, _: &mut Context<'_>) {}
    }

    fn stdin(pieces: impl IntoIterator<Item = Result<&'static str, BodyError>>) -> Stdin {
        let pieces = pieces
            .into_iter()
            .map(|piece| piece.map(Bytes::from))
            .collect();
        Stdin::from_source(Pieces(pieces))
    }

    async fn read(stdin: &Stdin, size: usize) -> Option<Result<Bytes, ()>> {
        poll_fn(|cx| stdin.poll_ready(cx)).await;
        stdin.read(size)
    }

    #[tokio::test]
    async fn pieces_are_cut_to_size_and_end() {
        let stdin = stdin([Ok("abc"), Ok("d")]);
        assert_eq!(read(&stdin, 2).await, Some(Ok("ab".into())));
        assert_eq!(read(&stdin, 2).await, Some(Ok("c".into())));
        assert_eq!(read(&stdin, 2).await, Some(Ok("d".into())));
        assert_eq!(read(&stdin, 2).await, None);
        assert_eq!(read(&Stdin::empty(), 2).await, None);
    }

    #[tokio::test]
    async fn a_broken_body_is_an_error_and_never_an_end() {
        let stdin = stdin([Ok("abc"), Err(BodyError::Broken)]);
        assert_eq!(read(&stdin, 9).await, Some(Ok("abc".into())));
        assert_eq!(read(&stdin, 9).await, Some(Err(())));
        assert_eq!(read(&stdin, 9).await, Some(Err(())));
        assert_eq!(stdin.failure(), Some(Outcome::BodyBroken));
    }

    #[tokio::test]
    async fn draining() {
        assert_eq!(
            stdin([Ok("abc"), Ok("d")]).drain(4).await,
            Drained::Complete
        );
        assert_eq!(stdin([Ok("abc"), Ok("d")]).drain(3).await, Drained::TooMuch);
        let broken = stdin([Ok("abc"), Err(BodyError::Broken)]);
        assert_eq!(broken.drain(9).await, Drained::Broken);
    }
}
