//! What a registry sends.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;

/// Memory for as many bytes as were announced, and not for one more.
pub(super) struct Limited {
    pub(super) bytes: Vec<u8>,
    left: usize,
}

impl Limited {
    pub(super) fn to(left: usize) -> Self {
        Self {
            bytes: Vec::new(),
            left,
        }
    }
}

impl AsyncWrite for Limited {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if bytes.len() > self.left {
            let problem = "more bytes come than the manifest says";
            return Poll::Ready(Err(io::Error::other(problem)));
        }
        self.left -= bytes.len();
        self.bytes.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
