//! The bytes of a file on their way to the client.

use bytes::Bytes;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::task::JoinHandle;

/// How much is read at a time (128 KiB).
const CHUNK: usize = 128 * 1024;

/// A part of a file, read piece by piece on threads that may block.
#[derive(Debug)]
pub(crate) struct FileBody {
    state: State,
    /// What is still to come, in bytes.
    remaining: u64,
}

#[derive(Debug)]
enum State {
    /// There is nothing to send, or nothing more.
    Done,
    Idle(File),
    Reading(JoinHandle<io::Result<(File, Bytes)>>),
}

impl FileBody {
    pub(super) fn empty() -> Self {
        Self {
            state: State::Done,
            remaining: 0,
        }
    }

    /// The body of an answer to HEAD: it has a length and no bytes.
    pub(super) fn announced(length: u64) -> Self {
        Self {
            state: State::Done,
            remaining: length,
        }
    }

    pub(super) fn part(mut file: File, start: u64, length: u64) -> io::Result<Self> {
        if start > 0 {
            file.seek(SeekFrom::Start(start))?;
        }
        let state = match length {
            0 => State::Done,
            _ => State::Idle(file),
        };
        Ok(Self {
            state,
            remaining: length,
        })
    }

    /// How many bytes are to come.
    pub(crate) fn remaining(&self) -> u64 {
        self.remaining
    }

    /// Whether there are no bytes, sent or only announced.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.state, State::Done) && self.remaining == 0
    }

    /// The next bytes. A file that became shorter is an error, since its length has been announced.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Idle(file) => {
                    let length = usize::try_from(self.remaining).unwrap_or(CHUNK).min(CHUNK);
                    let reading = tokio::task::spawn_blocking(move || read(file, length));
                    self.state = State::Reading(reading);
                }
                State::Reading(mut reading) => {
                    let Poll::Ready(result) = Pin::new(&mut reading).poll(cx) else {
                        self.state = State::Reading(reading);
                        return Poll::Pending;
                    };
                    let (file, bytes) = match result.map_err(io::Error::other).and_then(|r| r) {
                        Ok(read) => read,
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    };
                    self.remaining = self.remaining.saturating_sub(bytes.len() as u64);
                    if self.remaining > 0 {
                        self.state = State::Idle(file);
                    }
                    return Poll::Ready(Some(Ok(bytes)));
                }
            }
        }
    }
}

fn read(mut file: File, length: usize) -> io::Result<(File, Bytes)> {
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes)?;
    Ok((file, bytes.into()))
}
