//! What HTTP/1 needs between the connection and hyper: framing that is beyond doubt, and clients
//! that send their requests in time.

use super::framing_guard::{FramingGuard, Place};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// The time that a client has at a place of its stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadTimes {
    /// Between requests.
    pub(super) idle: Duration,
    /// Within the request line and the fields.
    pub(super) header: Duration,
}

pub(super) struct Http1Stream<S> {
    stream: S,
    guard: FramingGuard,
    times: ReadTimes,
    /// One timer for all waiting, made when first needed.
    timer: Option<Pin<Box<Sleep>>>,
    /// What the timer runs for.
    waiting_at: Option<Place>,
}

impl<S> Http1Stream<S> {
    pub(super) fn new(stream: S, times: ReadTimes) -> Self {
        Self {
            stream,
            guard: FramingGuard::default(),
            times,
            timer: None,
            waiting_at: None,
        }
    }

    /// Called while there is nothing to read: is the client's time over?
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let place = self.guard.place();
        let time = match place {
            Place::BetweenRequests => self.times.idle,
            Place::Head(_) => self.times.header,
            // The body has its own rules.
            Place::Body => return Poll::Pending,
        };
        let deadline = || Instant::now() + time;
        let timer = match &mut self.timer {
            Some(timer) => {
                if self.waiting_at != Some(place) {
                    timer.as_mut().reset(deadline());
                }
                timer
            }
            None => self
                .timer
                .insert(Box::pin(tokio::time::sleep_until(deadline()))),
        };
        self.waiting_at = Some(place);
        std::task::ready!(timer.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Http1Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buffer) {
            Poll::Ready(Ok(())) => {
                this.guard.inspect(&mut buffer.filled_mut()[before..]);
                // The time for a head runs from its beginning to its end, whatever arrives. Idle time
                // begins anew: a whole request may have come and gone within one read.
                let place = this.guard.place();
                if place == Place::BetweenRequests || this.waiting_at != Some(place) {
                    this.waiting_at = None;
                }
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => this.poll_patience(cx),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Http1Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;
    use tokio::io::AsyncWriteExt;

    const TIMES: ReadTimes = ReadTimes {
        idle: Duration::from_secs(60),
        header: Duration::from_secs(10),
    };

    fn read(stream: &mut Http1Stream<tokio::io::DuplexStream>) -> Poll<io::Result<()>> {
        let mut bytes = [0; 1024];
        Pin::new(stream).poll_read(
            &mut Context::from_waker(Waker::noop()),
            &mut ReadBuf::new(&mut bytes),
        )
    }

    /// It used to run on from request to request, and cut a busy connection off after a minute.
    #[tokio::test]
    async fn idle_time_begins_anew_after_each_request() {
        let (mut client, server) = tokio::io::duplex(1024);
        let mut stream = Http1Stream::new(server, TIMES);
        for request in [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
        ] {
            assert!(read(&mut stream).is_pending());
            assert_eq!(stream.waiting_at, Some(Place::BetweenRequests));
            client.write_all(request.as_bytes()).await.unwrap();
            assert!(read(&mut stream).is_ready());
            assert_eq!(stream.waiting_at, None);
        }
    }

    #[tokio::test]
    async fn the_time_for_a_head_runs_on() {
        let (mut client, server) = tokio::io::duplex(1024);
        let mut stream = Http1Stream::new(server, TIMES);
        for piece in ["GET ", "/ HTTP", "/1.1\r\n"] {
            client.write_all(piece.as_bytes()).await.unwrap();
            assert!(read(&mut stream).is_ready());
            let before = stream.waiting_at;
            assert!(read(&mut stream).is_pending());
            let place = stream.guard.place();
            assert!(matches!(place, Place::Head(_)));
            assert_eq!(stream.waiting_at, Some(place));
            assert!(before.is_none() || before == Some(place));
        }
    }
}
