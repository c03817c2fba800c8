//! What modules write to standard error.

use super::log_quota::Verdict;
use super::{RequestId, RouteMetrics, Trace, line_level};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use tracing::Level;

/// The longest line; a longer one is logged in pieces.
const LONGEST_LINE: usize = 4096;

/// One line of a module's standard error.
#[derive(Clone, Copy, Debug)]
pub struct LogLine<'a> {
    /// The route whose module wrote it.
    pub route: &'a str,
    /// The request during which it was written.
    pub request: RequestId,
    /// The level that the module has begun the line with, as in `WARN shop: tea is low`, else INFO.
    pub level: Level,
    /// The line, without its end; control characters are escaped.
    pub text: &'a str,
    /// The line without the level at its beginning.
    pub message: &'a str,
}

/// Where the lines go.
///
/// Requirement: failure.stderr.
#[derive(Clone)]
pub struct ModuleLog(Arc<dyn Fn(LogLine<'_>) + Send + Sync>);

impl ModuleLog {
    /// Calls a function for every line. It is called on the threads that serve requests: it must
    /// not block.
    pub fn new(sink: impl Fn(LogLine<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(sink))
    }

    /// Logs every line through `tracing`, with its level and the target `wagi_host::module`.
    pub fn to_tracing() -> Self {
        Self::new(|line| {
            let (request, route, message) = (line.request.number(), line.route, line.message);
            // The level of an event is a constant.
            macro_rules! event {
                ($level:ident) => {
                    tracing::$level!(target: "wagi_host::module", request, route, "{message}")
                };
            }
            match line.level {
                Level::ERROR => event!(error),
                Level::WARN => event!(warn),
                Level::INFO => event!(info),
                Level::DEBUG => event!(debug),
                Level::TRACE => event!(trace),
            }
        })
    }
}

impl Default for ModuleLog {
    fn default() -> Self {
        Self::to_tracing()
    }
}

impl fmt::Debug for ModuleLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ModuleLog(…)")
    }
}

/// Cuts what a module writes into lines, up to a limit.
#[derive(Debug)]
pub(crate) struct LineBuffer {
    log: ModuleLog,
    route: Arc<str>,
    request: RequestId,
    line: Vec<u8>,
    /// The level of a line of which a piece has been logged, and the next one is to come.
    level_of_pieces: Option<Level>,
    left: usize,
    is_over: bool,
    /// The counters of the route, and the lines that it may have in a second.
    rate: Option<(Arc<RouteMetrics>, u32)>,
    trace: Option<Trace>,
}

impl LineBuffer {
    /// A buffer for one request, which logs at most `limit` bytes.
    pub(crate) fn new(log: ModuleLog, route: Arc<str>, request: RequestId, limit: usize) -> Self {
        Self {
            log,
            route,
            request,
            line: Vec::new(),
            level_of_pieces: None,
            left: limit,
            is_over: false,
            rate: None,
            trace: None,
        }
    }

    /// Shares `lines_per_second` with all requests of the route; what goes beyond is counted and
    /// dropped.
    pub(crate) fn rated(mut self, route: Arc<RouteMetrics>, lines_per_second: u32) -> Self {
        self.rate = Some((route, lines_per_second));
        self
    }

    /// Notes every line, also those that are not logged.
    pub(crate) fn traced(mut self, trace: Option<Trace>) -> Self {
        self.trace = trace;
        self
    }

    /// Takes bytes in any portions.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let taken = &bytes[..bytes.len().min(self.left)];
        self.left -= taken.len();
        for piece in taken.split_inclusive(|&byte| byte == b'\n') {
            for piece in piece.chunks(LONGEST_LINE) {
                if self.line.len() + piece.len() > LONGEST_LINE {
                    self.flush();
                }
                self.line.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                self.flush();
            }
        }
        if taken.len() < bytes.len() && !self.is_over {
            self.is_over = true;
            self.flush();
            self.emit(
                self.unleveled("(the limit is reached: what follows on standard error is dropped)"),
            );
        }
    }

    fn flush(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return;
        }
        let text = String::from_utf8_lossy(&line);
        let text = escaped(text.trim_end_matches(['\r', '\n']));
        let (level, message) = match self.level_of_pieces {
            Some(level) => (level, &*text),
            None => line_level::split(&text).unwrap_or((Level::INFO, &text)),
        };
        self.level_of_pieces = (!line.ends_with(b"\n")).then_some(level);
        self.emit(LogLine {
            level,
            message,
            ..self.unleveled(&text)
        });
    }

    fn emit(&self, line: LogLine<'_>) {
        if let Some(trace) = &self.trace {
            trace.said(line.text);
        }
        let verdict = match &self.rate {
            Some((route, lines_per_second)) => route.log_quota.take(*lines_per_second),
            None => Verdict::Logged { dropped_before: 0 },
        };
        match (verdict, &self.rate) {
            (Verdict::Dropped, Some((route, _))) => return route.dropped_lines.add(1),
            (Verdict::Dropped, None) | (Verdict::Logged { dropped_before: 0 }, _) => {}
            (Verdict::Logged { dropped_before }, _) => {
                let text = format!("({dropped_before} lines of this route were dropped)");
                (self.log.0)(self.unleveled(&text));
            }
        }
        (self.log.0)(line);
    }

    /// A line of which the module has not said a level.
    fn unleveled<'a>(&'a self, text: &'a str) -> LogLine<'a> {
        LogLine {
            route: &self.route,
            request: self.request,
            level: Level::INFO,
            text,
            message: text,
        }
    }
}

fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| c.is_control() && c != '\t') {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| match c {
        '\t' => "\t".to_string(),
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    Cow::Owned(text.chars().map(escape).collect())
}

impl Drop for LineBuffer {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn seen<T: Clone + Send + 'static>(
        limit: usize,
        pieces: &[&[u8]],
        see: impl Fn(LogLine<'_>) -> T + Send + Sync + 'static,
    ) -> Vec<T> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let log = ModuleLog::new(move |line| sink.lock().unwrap().push(see(line)));
        let mut buffer = LineBuffer::new(log, "/r".into(), RequestId::first(), limit);
        for piece in pieces {
            buffer.write(piece);
        }
        drop(buffer);
        let lines = lines.lock().unwrap();
        lines.clone()
    }

    fn logged(limit: usize, pieces: &[&[u8]]) -> Vec<String> {
        seen(limit, pieces, |line| line.text.to_string())
    }

    #[test]
    fn lines_are_put_together() {
        assert_eq!(
            logged(99, &[b"a", b"b\nc\r\n", b"\n", b"d"]),
            ["ab", "c", "", "d"]
        );
    }

    #[test]
    fn control_characters_cannot_forge_a_log() {
        assert_eq!(logged(99, &[b"a\x1b[31m\tb\n"]), ["a\\u{1b}[31m\tb"]);
    }

    #[test]
    fn the_limit_is_told_once() {
        let lines = logged(3, &[b"abcdef\n", b"more\n"]);
        assert_eq!(lines[0], "abc");
        assert!(lines[1].contains("limit"));
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn a_long_line_is_logged_in_pieces() {
        let lines = logged(1 << 20, &["x".repeat(10_000).as_bytes()]);
        assert_eq!(lines.iter().map(String::len).sum::<usize>(), 10_000);
        assert!(lines.iter().all(|line| line.len() <= LONGEST_LINE));
    }

    #[test]
    fn a_level_is_told_apart_from_the_message() {
        let see = |line: LogLine<'_>| (line.level, line.text.to_string(), line.message.to_string());
        assert_eq!(
            seen(99, &[b"ER", b"ROR a: b\x07\r\nERROR\n"], see),
            [
                (Level::ERROR, "ERROR a: b\\u{7}".into(), "a: b\\u{7}".into()),
                (Level::INFO, "ERROR".into(), "ERROR".into())
            ]
        );
    }

    #[test]
    fn all_pieces_of_a_line_have_its_level() {
        let see = |line: LogLine<'_>| (line.level, line.message.len());
        let mut lines = b"WARN a: ".to_vec();
        lines.resize(LONGEST_LINE, b'x');
        // What looks like a level is the middle of a line.
        lines.extend(b"ERROR a: b\nc\n");
        assert_eq!(
            seen(1 << 20, &[&lines], see),
            [
                (Level::WARN, LONGEST_LINE - "WARN ".len()),
                (Level::WARN, "ERROR a: b".len()),
                (Level::INFO, 1)
            ]
        );
    }
}
