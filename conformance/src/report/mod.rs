//! From the records of a run to what people and CI read.
//!
//! Everything here is a function of a [`Report`]: nothing is measured, sent or decided but the
//! [`verdict`]. What came over the network is hostile, so each form escapes it in its own way:
//! the terminal through [`crate::text`], the others in addition through their own escaping.

use std::io::{self, Write};
use std::path::Path;

use crate::outcome::Report;

mod badge;
mod difference;
mod failure;
pub mod file;
#[cfg(test)]
pub(crate) mod fixture;
mod github;
pub(crate) mod html;
mod json;
mod junit;
mod kind;
pub(crate) mod label;
mod markdown;
pub mod progress;
mod prose;
mod read;
mod results;
mod summary;
mod table;
pub mod tally;
mod tap;
pub mod terminal;
mod trace;
pub mod verdict;

pub use kind::{Destination, Kind, Output, ParseDestinationError, SamePlace, check_places};
pub use read::{ReadError, read};

/// Writes `report` to `path` in the form `kind`, whole or not at all.
///
/// Parent folders are created. A file that stands there already stays as it was until the new one
/// is complete. The error's text names the file and the cause.
pub fn write(report: &Report, kind: Kind, path: &Path) -> io::Result<()> {
    file::replace(path, |out| render(report, kind, out))
}

/// Prints `report` in the form `kind`.
pub fn print(report: &Report, kind: Kind, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    render(report, kind, &mut out)?;
    out.flush()
}

/// Writes `report` to `out` in the form `kind`.
pub fn render(report: &Report, kind: Kind, out: &mut dyn Write) -> io::Result<()> {
    match kind {
        Kind::Json => json::render(report, out),
        Kind::Junit => junit::render(report, out),
        Kind::Html => html::render(report, out),
        Kind::Markdown => markdown::render(report, out),
        Kind::Tap => tap::render(report, out),
        Kind::BadgeSvg => badge::image(report, out),
        Kind::BadgeEndpoint => badge::endpoint(report, out),
        Kind::Github => github::render(report, out),
        Kind::Results => results::render(report, out),
    }
}
