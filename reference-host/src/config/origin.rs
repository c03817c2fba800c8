//! Where a configuration comes from, so that it can be read again.

use super::{Config, Diagnostics, Reading};
use crate::bindle::{self, BindleId};
use std::path::PathBuf;

/// Where a configuration comes from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// `modules.toml`
    File(PathBuf),
    /// A bindle, and the folder in which bindles are.
    Bindle { base: PathBuf, id: BindleId },
    /// No file: the command line, or a program.
    Given(Box<Config>),
}

impl Origin {
    /// Reads as much as can be read, so that all problems can be told at once.
    pub(crate) fn read(&self) -> Result<Reading, Diagnostics> {
        match self {
            Self::File(path) => Config::read(path),
            Self::Bindle { base, id } => bindle::read(base, id),
            Self::Given(config) => Ok(Reading {
                config: Config::clone(config),
                errors: Vec::new(),
            }),
        }
    }
}
