//! Files with compiled modules, and the only `unsafe` code of the host.
//!
//! Wasmtime loads what it compiled earlier without looking at the machine code again: whoever can
//! choose those bytes can run anything. So `deserialize` is `unsafe`, and sound only for bytes that
//! this version of wasmtime wrote. The argument why they are:
//!
//! - **Where from.** [`Precompiled::write`] is the only place that makes such files, from what
//!   wasmtime serialized a moment ago. The folder is the server's own (`cache/folder.rs`: owned by its
//!   user, closed to others), and in no volume that a module of this server may write, since modules
//!   act as that user there (`site/exposed.rs`); a file is read only if it is a regular one of that
//!   user that nobody else can write.
//! - **Whole and unchanged.** A file holds the SHA-256 of its content. What is checked is what is
//!   loaded: the bytes are read into memory once, and the file is not looked at again. A file that
//!   is cut short, damaged or half written is therefore seen, and compiled anew.
//! - **The right one.** A file also holds its key: the SHA-256 of the module, of the host's version
//!   and of everything about the engine that code depends on. A file under another name, or of
//!   another version, engine or processor, is not loaded. Wasmtime checks its version again.
//!
//! What is trusted: the user account that the server runs under, the administrator, and the disk.
//! There is no secret in it: a process of the same account could write a file with a right checksum,
//! and could as well replace the server. Accounts that must not trust each other need folders of
//! their own, which is the default.
#![allow(unsafe_code, reason = "loading the host's own precompiled modules")]

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use wasmtime::component::Component;
use wasmtime::{Engine, Module};

/// Names what was compiled, and for what.
pub(super) type Key = [u8; 32];

const MAGIC: &[u8; 16] = b"wagi compiled 1\n";

/// Nothing larger is read (1 GiB).
const MAX_SIZE: u64 = 1 << 30;

/// What wasmtime serialized earlier. There is no other way to make one than reading a checked file.
pub(super) struct Precompiled(Vec<u8>);

/// Why a file is not used.
#[derive(Debug)]
pub(super) enum Unusable {
    /// It cannot be read.
    Unreadable(io::Error),
    /// Others can write it, or it is no regular file of this user.
    Foreign,
    /// It is not what was written under this key.
    Damaged,
}

impl Precompiled {
    /// Reads what was written under a key.
    pub(super) fn read(path: &Path, key: &Key) -> Result<Self, Unusable> {
        let mut file = File::open(path).map_err(Unusable::Unreadable)?;
        let metadata = file.metadata().map_err(Unusable::Unreadable)?;
        let is_own = metadata.uid() == rustix::process::geteuid().as_raw();
        if !metadata.is_file() || !is_own || metadata.mode() & 0o022 != 0 {
            return Err(Unusable::Foreign);
        }
        let mut bytes = Vec::new();
        let mut limited = Read::by_ref(&mut file).take(MAX_SIZE);
        limited
            .read_to_end(&mut bytes)
            .map_err(Unusable::Unreadable)?;
        let content = bytes
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.strip_prefix(key))
            .and_then(|rest| rest.split_first_chunk::<32>())
            .filter(|(digest, content)| **digest == *Sha256::digest(content))
            .map(|(_, content)| content.len());
        let length = content.ok_or(Unusable::Damaged)?;
        bytes.drain(..bytes.len() - length);
        Ok(Self(bytes))
    }

    /// Writes what wasmtime serialized. Nobody sees a half of it: it appears under its name when it
    /// is whole.
    pub(super) fn write(folder: &Path, name: &str, key: &Key, content: &[u8]) -> io::Result<()> {
        // Readable and writable for this user only.
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(folder)?;
        file.write_all(MAGIC)?;
        file.write_all(key)?;
        file.write_all(&Sha256::digest(content))?;
        file.write_all(content)?;
        file.flush()?;
        file.persist(folder.join(name))?;
        Ok(())
    }

    pub(super) fn module(&self, engine: &Engine) -> wasmtime::Result<Module> {
        // SAFETY: the bytes are what wasmtime serialized, unchanged; see the top of this file.
        unsafe { Module::deserialize(engine, &self.0) }
    }

    pub(super) fn component(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: as above. A key says whether it is of a module or of a component, and wasmtime
        // refuses one for the other.
        unsafe { Component::deserialize(engine, &self.0) }
    }
}
