//! A client's TCP stream: what arrives is guarded, and how it ends is decided here.

use super::framing_guard::FramingGuard;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// How long a client may go on sending after its last response, so that it gets to read it.
const LINGER_TIME: Duration = Duration::from_secs(2);

/// How long a module may run on after the client has closed its side of the connection. A client
/// that only ended its request, as `nc -N` does, waits for the answer; one that is gone does not.
const GRACE_TIME: Duration = Duration::from_secs(5);

/// What the service says about the connection that a request came from.
#[derive(Debug, Default)]
pub(crate) struct ConnectionFlags {
    lingers: AtomicBool,
    is_broken_off: AtomicBool,
}

impl ConnectionFlags {
    /// The response goes out before the request was read: closing at once would destroy it.
    pub(super) fn linger(&self) {
        self.lingers.store(true, Ordering::Relaxed);
    }

    /// The connection has to end in a way that no client takes for a regular end.
    pub(super) fn break_off(&self) {
        self.is_broken_off.store(true, Ordering::Relaxed);
    }
}

/// The stream as the HTTP implementation sees it.
pub(super) struct ClientStream {
    stream: Arc<TcpStream>,
    flags: Arc<ConnectionFlags>,
    guard: FramingGuard,
    lingering: Option<Pin<Box<Sleep>>>,
    is_shut_down: bool,
}

impl ClientStream {
    pub(super) fn new(stream: Arc<TcpStream>, flags: Arc<ConnectionFlags>) -> Self {
        let guard = FramingGuard::default();
        Self {
            stream,
            flags,
            guard,
            lingering: None,
            is_shut_down: false,
        }
    }

    fn poll_write_with(
        &self,
        cx: &mut Context<'_>,
        mut write: impl FnMut(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(cx))?;
            match write(&self.stream) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
        }
    }

    /// Reads and throws away until the client closes, or for as long as it is given.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self
            .lingering
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER_TIME)));
        if timer.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut scrap = [0; 8192];
        loop {
            if ready!(self.stream.poll_read_ready(cx)).is_err() {
                return Poll::Ready(());
            }
            match self.stream.try_read(&mut scrap) {
                Ok(0) => return Poll::Ready(()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Poll::Ready(()),
            }
        }
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        loop {
            ready!(self.stream.poll_read_ready(cx))?;
            match self.stream.try_read_buf(buffer) {
                Ok(_) => {
                    self.guard.inspect(&mut buffer.filled_mut()[before..]);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, |stream| stream.try_write_vectored(pieces))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_shut_down {
            self.is_shut_down = true;
            shut_down_writing(&self.stream)?;
        }
        if self.flags.lingers.load(Ordering::Relaxed) {
            ready!(self.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for ClientStream {
    fn drop(&mut self) {
        if self.flags.is_broken_off.load(Ordering::Relaxed) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

fn shut_down_writing(stream: &TcpStream) -> io::Result<()> {
    match socket2::SockRef::from(stream).shutdown(std::net::Shutdown::Write) {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
        result => result,
    }
}

/// Ends some time after the client has closed its side of the connection.
pub(super) async fn client_left(stream: &TcpStream) {
    // While further bytes wait to be read, nothing can be learnt by waiting for readiness.
    match stream.ready(Interest::READABLE).await {
        Ok(ready) if !ready.is_read_closed() => std::future::pending().await,
        Ok(_) => tokio::time::sleep(GRACE_TIME).await,
        Err(_) => {}
    }
}
