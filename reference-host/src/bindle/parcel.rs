//! A parcel on the disk: checked before it is used.

use crate::config::{Diagnostic, MODULE_SIZE_LIMIT};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::PathBuf;

/// Where a parcel is, and what it has to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ParcelFile {
    pub(crate) path: PathBuf,
    /// In lower case.
    pub(crate) sha256: String,
    pub(crate) size: u64,
    /// What the invoice calls it.
    pub(crate) name: String,
}

/// Why a parcel cannot be used.
#[derive(Debug)]
pub(crate) enum ParcelError {
    Unreadable(io::Error),
    Size {
        found: u64,
    },
    Digest {
        found: String,
    },
    TooLarge,
    /// Its copy cannot be written.
    Storage(io::Error),
}

impl fmt::Display for ParcelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) if error.kind() == io::ErrorKind::NotFound => {
                f.write_str("it is not there")
            }
            Self::Unreadable(error) => f.write_str(&crate::config::io_text(error)),
            Self::Size { found } => write!(f, "it has {found} bytes"),
            Self::Digest { found } => write!(f, "its SHA-256 is {found}"),
            Self::TooLarge => f.write_str("it is larger than 256 MiB"),
            Self::Storage(error) => {
                write!(f, "it cannot be copied: {}", crate::config::io_text(error))
            }
        }
    }
}

impl ParcelFile {
    /// The bytes of a module, if they are what they have to be.
    pub(crate) fn read(&self) -> Result<Vec<u8>, ParcelError> {
        if self.size > MODULE_SIZE_LIMIT {
            return Err(ParcelError::TooLarge);
        }
        let mut bytes = Vec::new();
        self.copy_to(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes the parcel elsewhere. What has been written is to be thrown away after an error.
    pub(super) fn copy_to(&self, out: &mut impl Write) -> Result<(), ParcelError> {
        let file = File::open(&self.path).map_err(ParcelError::Unreadable)?;
        let metadata = file.metadata().map_err(ParcelError::Unreadable)?;
        if !metadata.is_file() || metadata.len() != self.size {
            let found = metadata.len();
            return Err(ParcelError::Size { found });
        }
        let mut digest = Sha256::new();
        let mut left = file.take(self.size.saturating_add(1));
        let mut buffer = vec![0; 64 * 1024];
        let mut found = 0;
        loop {
            let length = left.read(&mut buffer).map_err(ParcelError::Unreadable)?;
            if length == 0 {
                break;
            }
            found += length as u64;
            digest.update(&buffer[..length]);
            out.write_all(&buffer[..length])
                .map_err(ParcelError::Storage)?;
        }
        if found != self.size {
            return Err(ParcelError::Size { found });
        }
        let found = crate::digest::hex(&digest.finalize());
        match found == self.sha256 {
            true => Ok(()),
            false => Err(ParcelError::Digest { found }),
        }
    }
}

/// What is said of a parcel that cannot be used.
pub(crate) fn problem(file: &ParcelFile, error: &ParcelError, span: Range<usize>) -> Diagnostic {
    let text = format!("the parcel of `{}` cannot be used: {error}", file.name);
    let hint = format!("it is expected at `{}`", file.path.display());
    Diagnostic::error(text, span).hint(hint)
}
