//! Compiled modules, kept from one start to the next.
//!
//! A cache makes a start faster and never changes what is served: whatever goes wrong with it, the
//! module is compiled.

mod folder;

pub(crate) use folder::ModuleCache;

use super::precompiled::Key;
use sha2::{Digest, Sha256};
use std::hash::{Hash, Hasher};
use wasmtime::component::Component;
use wasmtime::{Engine, Module};

/// Whether a module had to be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Compiled,
    Cached,
}

/// Compiles a core module, or takes it from the cache.
pub(super) fn module(
    cache: Option<&ModuleCache>,
    engine: &Engine,
    bytes: &[u8],
) -> wasmtime::Result<(Module, Origin)> {
    let Some(cache) = cache else {
        return Ok((Module::from_binary(engine, bytes)?, Origin::Compiled));
    };
    let key = key("module", engine, bytes);
    if let Some(Ok(module)) = cache.read(&key).map(|found| found.module(engine)) {
        return Ok((module, Origin::Cached));
    }
    let module = Module::from_binary(engine, bytes)?;
    cache.write(&key, module.serialize());
    Ok((module, Origin::Compiled))
}

/// Compiles a component, or takes it from the cache.
pub(super) fn component(
    cache: Option<&ModuleCache>,
    engine: &Engine,
    bytes: &[u8],
) -> wasmtime::Result<(Component, Origin)> {
    let Some(cache) = cache else {
        return Ok((Component::from_binary(engine, bytes)?, Origin::Compiled));
    };
    let key = key("component", engine, bytes);
    if let Some(Ok(component)) = cache.read(&key).map(|found| found.component(engine)) {
        return Ok((component, Origin::Cached));
    }
    let component = Component::from_binary(engine, bytes)?;
    cache.write(&key, component.serialize());
    Ok((component, Origin::Compiled))
}

/// What was compiled, by which version of the host, and for which engine.
fn key(form: &str, engine: &Engine, bytes: &[u8]) -> Key {
    let mut hasher = EngineHasher(Sha256::new());
    hasher
        .0
        .update(concat!("wagi ", env!("CARGO_PKG_VERSION"), "\n"));
    hasher.0.update(form);
    hasher.0.update(Sha256::digest(bytes));
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.finalize().into()
}

/// Feeds everything that compiled code depends on to SHA-256.
struct EngineHasher(Sha256);

impl Hasher for EngineHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Never asked for: the digest is the result.
    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests;
