//! The JSON report: [`Report`] itself, indented, in the order of its fields.

use std::io::{self, Write};

use crate::outcome::Report;

/// Writes the report as JSON with a line feed at the end.
pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}
