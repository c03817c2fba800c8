//! From the records of a run to what people and CI read.
//!
//! Everything here is a function of a [`Report`]: nothing is measured, sent or decided but the
//! [`verdict`]. What came over the network is hostile, so each form escapes it in its own way:
//! the terminal and JUnit through [`crate::text`], HTML in addition through its own escaping.

use std::io::{self, Write};
use std::path::Path;

use crate::outcome::Report;

mod difference;
mod failure;
pub mod file;
#[cfg(test)]
pub(crate) mod fixture;
pub(crate) mod html;
mod json;
mod junit;
mod kind;
pub(crate) mod label;
pub mod progress;
mod prose;
mod read;
mod results;
mod summary;
mod table;
pub mod tally;
pub mod terminal;
mod trace;
pub mod verdict;

pub use kind::{Destination, Kind, ParseDestinationError};
pub use read::{ReadError, read};

/// Writes `report` to `path` in the form `kind`, whole or not at all.
///
/// Parent folders are created. A file that stands there already stays as it was until the new one
/// is complete. The error's text names the file and the cause.
pub fn write(report: &Report, kind: Kind, path: &Path) -> io::Result<()> {
    file::replace(path, |out| render(report, kind, out))
}

/// Writes `report` to `out` in the form `kind`.
pub fn render(report: &Report, kind: Kind, out: &mut dyn Write) -> io::Result<()> {
    match kind {
        Kind::Json => json::render(report, out),
        Kind::Junit => junit::render(report, out),
        Kind::Html => html::render(report, out),
        Kind::Results => results::render(report, out),
    }
}
