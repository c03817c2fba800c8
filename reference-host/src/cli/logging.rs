//! Where log lines go: to standard error, in colour if that is a terminal.

use crate::LogFormat;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::time::Duration;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What servers log. Which lines a module writes is its own choice, so all of them are shown.
pub(super) const OF_SERVERS: &str = "warn,wagi_host=info,wagi_host::module=trace";

/// Lines that wait to be written.
const WAITING_LINES: usize = 8192;

/// How long the last lines are waited for when nobody takes them.
const FLUSH_TIME: Duration = Duration::from_secs(1);

static LOG: OnceLock<Log> = OnceLock::new();

/// Writes on a thread of its own: whoever reads standard error slowly does not slow requests down.
/// Lines that find no place are dropped and counted.
#[derive(Debug)]
struct Log {
    lines: SyncSender<Message>,
    dropped: AtomicU64,
}

enum Message {
    Line(Vec<u8>),
    /// Everything before it has been written when the sender is dropped.
    Flush(std::sync::mpsc::Sender<()>),
}

/// Installs the subscriber. `default` holds unless `WAGI_LOG` says otherwise.
pub(super) fn start(default: &str, format: LogFormat) {
    let filter = std::env::var("WAGI_LOG").unwrap_or_else(|_| default.to_string());
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(Writer);
    match format {
        LogFormat::Text => subscriber
            .with_ansi(io::stderr().is_terminal() && !no_color)
            .init(),
        LogFormat::Json => subscriber
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .init(),
    }
}

/// Waits until everything is written that was logged, or nobody takes it.
pub(super) fn flush() {
    if let Some(log) = LOG.get() {
        let (written, flushed) = channel();
        if log.lines.try_send(Message::Flush(written)).is_ok() {
            let _ = flushed.recv_timeout(FLUSH_TIME);
        }
    }
}

fn log() -> &'static Log {
    LOG.get_or_init(|| {
        let (lines, waiting) = sync_channel(WAITING_LINES);
        let writing = std::thread::Builder::new()
            .name("wagi-log".into())
            .spawn(move || write_all(&waiting));
        if let Err(error) = writing {
            anstream::eprintln!("cannot write the log: {error}");
        }
        Log {
            lines,
            dropped: AtomicU64::new(0),
        }
    })
}

fn write_all(waiting: &Receiver<Message>) {
    for message in waiting {
        let line = match message {
            Message::Line(line) => line,
            Message::Flush(flushed) => {
                drop(flushed);
                continue;
            }
        };
        let dropped = log().dropped.swap(0, Relaxed);
        let mut stderr = io::stderr().lock();
        // There is no other place where a failure could be told.
        if dropped > 0 {
            let _ = writeln!(stderr, "({dropped} lines of the log were dropped)");
        }
        let _ = stderr.write_all(&line);
    }
}

struct Writer;

impl<'a> MakeWriter<'a> for Writer {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for Writer {
    /// Called once for each event, with all of it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let log = log();
        if log.lines.try_send(Message::Line(line.to_vec())).is_err() {
            log.dropped.fetch_add(1, Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
