//! `wagi request --explain`: everything about one request.

use crate::gateway::escaped;
use crate::observe::Notes;
use anstyle::{AnsiColor, Style};
use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

const HEADING: Style = AnsiColor::Cyan.on_default().bold();
const REMARK: Style = AnsiColor::Yellow.on_default();

/// What is known of a request that was answered.
pub(super) struct Report<'a> {
    pub(super) notes: &'a Notes,
    pub(super) stdin: &'a [u8],
    /// The most linear memory that the instance had, in bytes.
    pub(super) memory: u64,
    pub(super) time: Duration,
    pub(super) color: bool,
}

impl Report<'_> {
    /// Prints everything up to the response.
    ///
    /// What comes from the module is shown with its control characters escaped, since it is looked at
    /// here and not used.
    pub(super) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let notes = self.notes;
        self.heading(out, "route")?;
        match (&notes.route, &notes.module) {
            (Some(route), Some((module, entrypoint))) => {
                writeln!(out, "{route} to `{entrypoint}` of {module}\n")?;
            }
            (Some(route), None) => writeln!(out, "{route}\n")?,
            (None, _) => writeln!(out, "(none)\n")?,
        }
        self.heading(out, "variables")?;
        for (name, value) in notes.variables.entries() {
            writeln!(out, "{name}={}", escaped(value.as_bytes()))?;
        }
        writeln!(out)?;
        self.heading(out, "arguments")?;
        for (index, argument) in notes.arguments.entries().iter().enumerate() {
            writeln!(out, "{index}: {}", escaped(argument.as_bytes()))?;
        }
        writeln!(out)?;
        self.bytes(out, "standard input", self.stdin)?;
        self.heading(out, "standard error")?;
        for line in notes.stderr.entries() {
            writeln!(out, "{}", escaped(line.as_bytes()))?;
        }
        writeln!(out)?;
        self.bytes(out, "raw output", notes.output.bytes())?;
        self.heading(out, "run")?;
        let run = notes.run.as_ref();
        let failure = run.and_then(|run| run.failure.as_ref());
        let outcome = failure.or(notes.failure.as_ref());
        let outcome = outcome.map_or("success", String::as_str);
        let milliseconds = self.time.as_secs_f64() * 1000.0;
        write!(out, "{outcome}, {milliseconds:.1} ms")?;
        match self.memory {
            0 => writeln!(out, "\n")?,
            memory => writeln!(out, ", {} of memory\n", size(memory))?,
        }
        self.heading(out, "rules of the specification that the output breaks")?;
        let remarks = notes.remarks();
        if remarks.is_empty() {
            writeln!(out, "none")?;
        }
        for remark in remarks {
            let style = if self.color { REMARK } else { Style::new() };
            writeln!(out, "{style}{remark}{style:#}")?;
        }
        writeln!(out)?;
        self.heading(out, "response")
    }

    fn heading(&self, out: &mut impl Write, text: impl Display) -> io::Result<()> {
        let style = if self.color { HEADING } else { Style::new() };
        writeln!(out, "{style}== {text} =={style:#}")
    }

    fn bytes(&self, out: &mut impl Write, name: &str, bytes: &[u8]) -> io::Result<()> {
        let count = bytes.len();
        let noun = if count == 1 { "byte" } else { "bytes" };
        self.heading(out, format_args!("{name}: {count} {noun}"))?;
        let text = escaped(bytes);
        if !text.is_empty() {
            out.write_all(text.as_bytes())?;
            if !text.ends_with('\n') {
                writeln!(out)?;
            }
        }
        writeln!(out)
    }
}

/// Memory comes in pages of 64 KiB.
fn size(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    match bytes {
        0..MIB => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{:.1} MiB", bytes as f64 / MIB as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size(64 << 10), "64 KiB");
        assert_eq!(size(17 << 16), "1.1 MiB");
        assert_eq!(size(1 << 20), "1.0 MiB");
    }
}
