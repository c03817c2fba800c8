//! `wagi request --explain`: everything about one request.

use crate::gateway::{Remark, escaped};
use crate::server::Explanation;
use anstyle::{AnsiColor, Style};
use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

const HEADING: Style = AnsiColor::Cyan.on_default().bold();
const REMARK: Style = AnsiColor::Yellow.on_default();

/// What is known of a request that was answered.
pub(super) struct Report<'a> {
    pub(super) explanation: &'a Explanation,
    pub(super) stdin: &'a [u8],
    pub(super) stderr: &'a [String],
    pub(super) remarks: &'a [Remark],
    pub(super) time: Duration,
    pub(super) color: bool,
}

impl Report<'_> {
    /// Prints everything up to the response.
    ///
    /// What comes from the module is shown with its control characters escaped, since it is looked at
    /// here and not used.
    pub(super) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let Explanation {
            route,
            variables,
            arguments,
            output,
            module,
            ..
        } = self.explanation;
        self.heading(out, "route")?;
        match (route, module) {
            (Some(route), Some(module)) => writeln!(out, "{route} to {module}\n")?,
            _ => writeln!(out, "(none)\n")?,
        }
        self.heading(out, "variables")?;
        for (name, value) in variables {
            writeln!(out, "{name}={}", escaped(value.as_bytes()))?;
        }
        writeln!(out)?;
        self.heading(out, "arguments")?;
        for (index, argument) in arguments.iter().enumerate() {
            writeln!(out, "{index}: {}", escaped(argument.as_bytes()))?;
        }
        writeln!(out)?;
        self.bytes(out, "standard input", self.stdin)?;
        self.heading(out, "standard error")?;
        for line in self.stderr {
            writeln!(out, "{}", escaped(line.as_bytes()))?;
        }
        writeln!(out)?;
        self.bytes(out, "raw output", output)?;
        self.heading(out, "run")?;
        let outcome = self.explanation.failure.as_deref().unwrap_or("success");
        let milliseconds = self.time.as_secs_f64() * 1000.0;
        writeln!(out, "{outcome}, {milliseconds:.1} ms\n")?;
        self.heading(out, "rules of the specification that the output breaks")?;
        if self.remarks.is_empty() {
            writeln!(out, "none")?;
        }
        for remark in self.remarks {
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
