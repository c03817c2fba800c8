//! `setup`: probes and configuration, ready to deploy on a server.

mod cgi_bin;
mod deployed;
mod folder;
mod modules_toml;
mod spin;

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::probe::ProbeError;
use folder::Folder;

/// What kind of server is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `modules.toml`, for `wagi` and the reference host.
    ModulesToml,
    /// `spin.toml`, for Spin's WAGI executor.
    Spin,
    /// A folder of scripts, for plain CGI servers.
    CgiBin,
}

/// What `setup` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The files, relative to the folder.
    pub files: Vec<PathBuf>,
    /// Mounts that the format cannot express, each with the reason.
    pub left_out: Vec<(String, String)>,
}

/// Probes or configuration could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A file that `setup` did not write stands in the way.
    #[error("{} exists and was not written by `setup`; choose an empty folder, or move it away", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A script's first line cannot name the program.
    #[error("a script cannot start the program {}: {reason}", program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// A probe does not assemble.
    #[error(transparent)]
    Probe(#[from] ProbeError),
}

/// Writes probes and configuration into `dir`, which is created. Files that an earlier `setup`
/// wrote are replaced, others are never touched. `program` is this very program, which the scripts
/// of a `cgi-bin` folder start.
pub fn write(dir: &Path, format: Format, program: &Path) -> Result<Written, SetupError> {
    let mut folder = Folder::open(dir)?;
    let left_out = match format {
        Format::ModulesToml => modules_toml::write(&mut folder)?,
        Format::Spin => spin::write(&mut folder)?,
        Format::CgiBin => cgi_bin::write(&mut folder, program)?,
    };
    Ok(Written { files: folder.finish()?, left_out })
}
