//! Bytes that have to be kept for a while: in memory at first, beyond that in a temporary file.

use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::task::JoinHandle;

const READ_AT_ONCE: u64 = 64 * 1024;

/// Pieces are gathered up to this size: a client may send a body byte by byte, and every piece costs
/// the same, in memory and as access to the file.
const GATHERED: usize = 16 * 1024;

/// A queue of bytes that uses at most `memory_limit` of memory. The file has no name, so nothing is
/// left behind however the process ends. All file access happens on blocking threads.
pub(super) struct Spool {
    /// The oldest bytes; what is in the file comes behind them.
    memory: VecDeque<Bytes>,
    /// The newest bytes, as long as they are few.
    gathered: BytesMut,
    /// All that is in memory.
    in_memory: usize,
    memory_limit: usize,
    file: Option<Arc<File>>,
    /// The part of the file that was written and not yet read.
    written: u64,
    read: u64,
    job: Option<Job>,
}

enum Job {
    Write(JoinHandle<io::Result<Arc<File>>>),
    Read(JoinHandle<io::Result<Bytes>>),
}

impl Spool {
    pub(super) fn new(memory_limit: usize) -> Self {
        Self {
            memory: VecDeque::new(),
            gathered: BytesMut::new(),
            in_memory: 0,
            memory_limit,
            file: None,
            written: 0,
            read: 0,
            job: None,
        }
    }

    /// Waits until [`Spool::push`] may be called.
    pub(super) fn poll_push_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.job {
            Some(Job::Write(_)) => self.poll_written(cx),
            Some(Job::Read(_)) => Poll::Pending,
            None => Poll::Ready(Ok(())),
        }
    }

    pub(super) fn push(&mut self, bytes: Bytes) {
        let most = GATHERED.min(self.memory_limit);
        self.in_memory += bytes.len();
        if self.gathered.len() + bytes.len() <= most {
            self.gathered.extend_from_slice(&bytes);
            return;
        }
        let gathered = std::mem::take(&mut self.gathered).freeze();
        let rest = match bytes.len() <= most {
            true => {
                self.gathered.extend_from_slice(&bytes);
                Bytes::new()
            }
            false => bytes,
        };
        let is_little = self.in_memory - self.gathered.len() <= self.memory_limit - most;
        if self.read == self.written && is_little {
            let pieces = [gathered, rest].into_iter();
            self.memory.extend(pieces.filter(|piece| !piece.is_empty()));
            return;
        }
        let length = gathered.len() + rest.len();
        self.in_memory -= length;
        let file = self.file.clone();
        let at = self.written;
        self.written += length as u64;
        self.job = Some(Job::Write(tokio::task::spawn_blocking(move || {
            let file = match file {
                Some(file) => file,
                None => Arc::new(tempfile::tempfile()?),
            };
            file.write_all_at(&gathered, at)?;
            file.write_all_at(&rest, at + gathered.len() as u64)?;
            Ok(file)
        })));
    }

    /// The oldest bytes, or `None` when the spool is empty.
    pub(super) fn poll_pop(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Some(bytes) = self.memory.pop_front() {
            self.in_memory -= bytes.len();
            return Poll::Ready(Some(Ok(bytes)));
        }
        if let Some(Job::Write(_)) = self.job
            && let Err(error) = ready!(self.poll_written(cx))
        {
            return Poll::Ready(Some(Err(error)));
        }
        if self.job.is_none() {
            let (Some(file), true) = (self.file.clone(), self.read < self.written) else {
                return Poll::Ready(self.pop_gathered().map(Ok));
            };
            let at = self.read;
            let length = (self.written - at).min(READ_AT_ONCE);
            self.job = Some(Job::Read(tokio::task::spawn_blocking(move || {
                // At most READ_AT_ONCE.
                let mut bytes = vec![0; length as usize];
                file.read_exact_at(&mut bytes, at)?;
                Ok(bytes.into())
            })));
        }
        let Some(Job::Read(job)) = &mut self.job else {
            return Poll::Ready(None);
        };
        let result = ready!(std::pin::Pin::new(job).poll(cx)).unwrap_or_else(|e| Err(e.into()));
        self.job = None;
        if let Ok(bytes) = &result {
            self.read += bytes.len() as u64;
            if self.read == self.written {
                (self.read, self.written) = (0, 0);
            }
        }
        Poll::Ready(Some(result))
    }

    fn pop_gathered(&mut self) -> Option<Bytes> {
        self.in_memory -= self.gathered.len();
        let bytes = std::mem::take(&mut self.gathered).freeze();
        Some(bytes).filter(|bytes| !bytes.is_empty())
    }

    fn poll_written(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(Job::Write(job)) = &mut self.job else {
            return Poll::Ready(Ok(()));
        };
        let result = ready!(std::pin::Pin::new(job).poll(cx)).unwrap_or_else(|e| Err(e.into()));
        self.job = None;
        Poll::Ready(result.map(|file| self.file = Some(file)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    async fn push(spool: &mut Spool, bytes: &'static [u8]) {
        poll_fn(|cx| spool.poll_push_ready(cx)).await.unwrap();
        spool.push(Bytes::from_static(bytes));
    }

    async fn pop(spool: &mut Spool) -> Option<Bytes> {
        poll_fn(|cx| spool.poll_pop(cx)).await.map(Result::unwrap)
    }

    #[tokio::test]
    async fn bytes_come_back_in_order_from_memory_and_file() {
        let mut spool = Spool::new(4);
        for bytes in [b"abcd", b"efgh", b"ijkl"] {
            push(&mut spool, bytes).await;
        }
        // The newest are in memory.
        assert_eq!((spool.in_memory, spool.written), (4, 8));
        assert_eq!(pop(&mut spool).await.unwrap(), "abcdefgh");
        push(&mut spool, b"mn").await;
        assert_eq!(pop(&mut spool).await.unwrap(), "ijkl");
        assert_eq!(pop(&mut spool).await.unwrap(), "mn");
        assert_eq!(pop(&mut spool).await, None);
        push(&mut spool, b"op").await;
        assert_eq!(spool.in_memory, 2);
        assert_eq!(pop(&mut spool).await.unwrap(), "op");
        assert_eq!((pop(&mut spool).await, spool.in_memory), (None, 0));
    }

    #[tokio::test]
    async fn single_bytes_are_gathered() {
        let mut spool = Spool::new(1024 * 1024);
        for _ in 0..100_000 {
            push(&mut spool, b"x").await;
        }
        assert_eq!((spool.in_memory, spool.written), (100_000, 0));
        assert!(spool.memory.len() <= 100_000 / GATHERED);
        let mut length = 0;
        while let Some(bytes) = pop(&mut spool).await {
            length += bytes.len();
        }
        assert_eq!((length, spool.in_memory), (100_000, 0));
    }

    proptest::proptest! {
        #[test]
        fn any_pieces_come_back_in_order(
            limit in 0_usize..40_000,
            steps in proptest::collection::vec((0_usize..20_000, proptest::bool::ANY), 1..40),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let (mut sent, mut received) = (Vec::new(), Vec::new());
                let mut spool = Spool::new(limit);
                for (number, (length, pops)) in steps.into_iter().enumerate() {
                    // Numbers that do not repeat soon.
                    let bytes: Vec<u8> = (0..length).map(|at| (at / 7 + number) as u8).collect();
                    sent.extend_from_slice(&bytes);
                    poll_fn(|cx| spool.poll_push_ready(cx)).await.unwrap();
                    spool.push(bytes.into());
                    assert!(spool.in_memory <= limit);
                    if pops {
                        received.extend(pop(&mut spool).await.unwrap_or_default());
                    }
                }
                while let Some(bytes) = pop(&mut spool).await {
                    received.extend(bytes);
                }
                assert_eq!(spool.in_memory, 0);
                assert!(sent == received);
            });
        }
    }

    #[tokio::test]
    async fn a_file_is_read_in_portions() {
        let mut spool = Spool::new(0);
        let piece: &'static [u8] = &[7; 50_000];
        for _ in 0..4 {
            push(&mut spool, piece).await;
        }
        let mut length = 0;
        while let Some(bytes) = pop(&mut spool).await {
            assert!(bytes.len() as u64 <= READ_AT_ONCE);
            length += bytes.len();
        }
        assert_eq!(length, 200_000);
    }
}
