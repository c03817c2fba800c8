//! A client's stream, as the protocols above it see it.

use super::activity::Activity;
use super::socket::Socket;
use bytes::{Buf, BytesMut};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// How long a client may go on sending after its last response, so that it gets to read it.
const LINGER_TIME: Duration = Duration::from_secs(2);

/// How long a module may run on after the client has closed its side of the connection. A client
/// that only ended its request, as `nc -N` does, waits for the answer; one that is gone does not.
const GRACE_TIME: Duration = Duration::from_secs(5);

/// A client that takes less than this within `send_time` is as good as gone.
const LEAST_PROGRESS: usize = 4096;

/// What is looked at before the protocol is known: room for a PROXY header and a first request.
const PREFIX: usize = 1024;

/// What the service says about the connection that a request came from.
#[derive(Debug, Default)]
pub(crate) struct ConnectionFlags {
    lingers: AtomicBool,
    is_broken_off: AtomicBool,
    /// Kept for connections on which several requests can be under way at once.
    pub(super) activity: Option<Activity>,
}

impl ConnectionFlags {
    /// For a connection that carries several requests at once.
    pub(super) fn with_activity() -> Self {
        Self {
            activity: Some(Activity::new()),
            ..Self::default()
        }
    }

    /// The response goes out before the request was read: closing at once would destroy it.
    pub(super) fn linger(&self) {
        self.lingers.store(true, Ordering::Relaxed);
    }

    /// The connection has to end in a way that no client takes for a regular end.
    pub(super) fn break_off(&self) {
        self.is_broken_off.store(true, Ordering::Relaxed);
    }
}

/// Bytes to and from a socket: what was read too early comes first, a client that does not read is
/// given up, and the end of the connection is decided here.
pub(super) struct ClientStream {
    socket: Arc<Socket>,
    flags: Arc<ConnectionFlags>,
    prefix: BytesMut,
    send_time: Duration,
    stalled: Option<Stalled>,
    lingering: Option<Pin<Box<Sleep>>>,
    is_shut_down: bool,
}

/// The client does not take what there is for it.
struct Stalled {
    timer: Pin<Box<Sleep>>,
    taken: usize,
}

impl ClientStream {
    pub(super) fn new(
        socket: Arc<Socket>,
        flags: Arc<ConnectionFlags>,
        send_time: Duration,
    ) -> Self {
        Self {
            socket,
            flags,
            prefix: BytesMut::new(),
            send_time,
            stalled: None,
            lingering: None,
            is_shut_down: false,
        }
    }

    /// Reads ahead until `look` has made up its mind about the first bytes. It is told whether they
    /// are all there will be.
    pub(super) async fn look_ahead<T>(
        &mut self,
        mut look: impl FnMut(&[u8]) -> Option<T>,
    ) -> io::Result<T> {
        loop {
            if let Some(verdict) = look(&self.prefix) {
                return Ok(verdict);
            }
            poll_fn(|cx| self.socket.poll_read_ready(cx)).await?;
            let mut scrap = [0; PREFIX];
            match self.socket.try_read(&mut scrap) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.prefix.extend_from_slice(&scrap[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes bytes away that [`ClientStream::look_ahead`] has shown.
    pub(super) fn consume(&mut self, length: usize) {
        self.prefix.advance(length);
    }

    fn poll_write_with(
        &mut self,
        cx: &mut Context<'_>,
        mut write: impl FnMut(&Socket) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.socket.poll_write_ready(cx) {
                Poll::Ready(ready) => ready?,
                Poll::Pending => return self.poll_stalled(cx),
            }
            match write(&self.socket) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => {
                    if let (Some(stalled), Ok(length)) = (&mut self.stalled, &result) {
                        stalled.taken += length;
                        if stalled.taken >= LEAST_PROGRESS {
                            self.stalled = None;
                        }
                    }
                    return Poll::Ready(result);
                }
            }
        }
    }

    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let stalled = self.stalled.get_or_insert_with(|| Stalled {
            timer: Box::pin(tokio::time::sleep(self.send_time)),
            taken: 0,
        });
        ready!(stalled.timer.as_mut().poll(cx));
        // What is still in the system's buffers is not worth keeping either.
        self.flags.break_off();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
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
            if ready!(self.socket.poll_read_ready(cx)).is_err() {
                return Poll::Ready(());
            }
            match self.socket.try_read(&mut scrap) {
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
        if !self.prefix.is_empty() {
            let length = self.prefix.len().min(buffer.remaining());
            buffer.put_slice(&self.prefix[..length]);
            self.prefix.advance(length);
            if self.prefix.is_empty() {
                self.prefix = BytesMut::new();
            }
            return Poll::Ready(Ok(()));
        }
        loop {
            ready!(self.socket.poll_read_ready(cx))?;
            match self.socket.try_read_buf(buffer) {
                Ok(_) => return Poll::Ready(Ok(())),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, |socket| socket.try_write(bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, |socket| socket.try_write_vectored(pieces))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Everything was handed to the system: the client has caught up.
    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stalled = None;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_shut_down {
            self.is_shut_down = true;
            self.socket.shut_down_writing()?;
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
            self.socket.reset_on_close();
        }
    }
}

/// Ends some time after the client has closed its side of the connection.
pub(super) async fn client_left(socket: &Socket) {
    loop {
        match socket.read_ready().await {
            Ok(ready) if ready.is_read_closed() => break,
            Ok(_) => match socket.is_at_end() {
                Some(true) => break,
                Some(false) => {}
                // While further bytes wait to be read, only the system's own notice tells.
                None => tokio::time::sleep(Duration::from_secs(1)).await,
            },
            Err(_) => return,
        }
    }
    tokio::time::sleep(GRACE_TIME).await;
}
