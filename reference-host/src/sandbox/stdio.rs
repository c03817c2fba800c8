//! Standard input, output and error as WASI streams.

use super::{PipeWriter, Stdin};
use crate::observe::LineBuffer;
use bytes::Bytes;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdinStream, StdoutStream};
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

/// How much a module may hand over to standard error at once.
const STDERR_PERMIT: usize = 64 * 1024;

pub(super) struct StdinHandle(pub(super) Stdin);

#[derive(Clone)]
pub(super) struct StdoutHandle(pub(super) PipeWriter);

#[derive(Clone)]
pub(super) struct StderrHandle(pub(super) Arc<Mutex<LineBuffer>>);

impl IsTerminal for StdinHandle {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl IsTerminal for StdoutHandle {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl IsTerminal for StderrHandle {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdinStream for StdinHandle {
    /// Used by WASI preview 3 only, which the host does not offer.
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        Box::new(tokio::io::empty())
    }

    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(Self(self.0.clone()))
    }
}

impl StdoutStream for StdoutHandle {
    /// Used by WASI preview 3 only, which the host does not offer.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl StdoutStream for StderrHandle {
    /// Used by WASI preview 3 only, which the host does not offer.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for StdinHandle {
    async fn ready(&mut self) {
        poll_fn(|cx| self.0.poll_ready(cx)).await;
    }
}

#[async_trait]
impl InputStream for StdinHandle {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        match self.0.read(size) {
            Some(Ok(bytes)) => Ok(bytes),
            // The module must not take a cut body for a whole one: it is stopped.
            Some(Err(())) => Err(StreamError::trap(
                "the request body is incomplete or malformed",
            )),
            None => Err(StreamError::Closed),
        }
    }

    /// A read of nothing gives nothing, at once. wasmtime-wasi makes `EINTR` of an empty piece, upon
    /// which many standard libraries ask again, and zero bytes of a closed stream, which this one is
    /// taken for until the next read.
    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Err(StreamError::Closed);
        }
        self.ready().await;
        self.read(size)
    }
}

#[async_trait]
impl Pollable for StdoutHandle {
    async fn ready(&mut self) {
        poll_fn(|cx| self.0.poll_room(cx)).await;
    }
}

#[async_trait]
impl OutputStream for StdoutHandle {
    /// A component may ask for this without asking for room first: without the check it could fill
    /// the memory of the host.
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        match self.0.room() {
            None => Err(StreamError::Closed),
            Some(room) if bytes.len() > room => Err(StreamError::trap(
                "more was written to standard output than `check-write` allowed",
            )),
            Some(_) => self
                .0
                .write(&bytes)
                .map_err(|error| StreamError::Trap(error.into())),
        }
    }

    /// What is written is visible to the reader at once.
    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.0.room().ok_or(StreamError::Closed)
    }

    async fn blocking_write_and_flush(&mut self, mut bytes: Bytes) -> StreamResult<()> {
        while !bytes.is_empty() {
            self.ready().await;
            let room = self.check_write()?;
            let piece = bytes.split_to(room.min(bytes.len()));
            let written = self.0.write(&piece);
            written.map_err(|error| StreamError::Trap(error.into()))?;
        }
        Ok(())
    }
}

#[async_trait]
impl Pollable for StderrHandle {
    async fn ready(&mut self) {}
}

impl OutputStream for StderrHandle {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        // No code panics while it holds the lock, and the buffer is consistent between statements.
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(STDERR_PERMIT)
    }
}
