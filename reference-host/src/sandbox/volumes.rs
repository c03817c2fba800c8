//! Directories of the host that a module sees.

use std::path::PathBuf;
#[cfg(not(fuzzing))]
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

/// A host directory under a guest path.
///
/// WASI resolves every path below the opened directory, so neither `..` nor links lead out of it.
///
/// Requirements: volume.only-mounted, volume.no-escape, volume.write-access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// The path inside the module.
    pub guest: String,
    /// The directory on the host.
    pub host: PathBuf,
    /// Whether the module may only read.
    pub read_only: bool,
}

#[cfg(not(fuzzing))]
pub(super) fn mount(volumes: &[Volume], context: &mut WasiCtxBuilder) -> wasmtime::Result<()> {
    for volume in volumes {
        let permissions = match volume.read_only {
            true => FsPerms::ReadOnly,
            false => FsPerms::ReadWrite,
        };
        context.preopened_dir(&volume.host, &volume.guest, permissions)?;
    }
    Ok(())
}
