//! Modules on their way from files to compiled programs.

use crate::bindle::ParcelError;
use crate::config::{Config, ModuleConfig, ModuleSource};
use crate::registry::{self, RegistryError, RegistryOptions};
use crate::sandbox::{ModuleError, Program, Sandbox};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Why there is no program.
#[derive(Debug)]
pub(super) enum LoadError {
    /// The bytes are no module that can be used.
    Module(ModuleError),
    /// A registry did not give the module.
    Registry(RegistryError),
    /// A parcel of a bindle is not what the invoice says.
    Parcel(ParcelError),
}

/// A module, and the size of the stack that it is compiled for.
pub(super) type Key = (ModuleSource, usize);

pub(super) type Programs = HashMap<Key, Result<Program, LoadError>>;

/// By what the program of a module is found.
pub(super) fn key(module: &ModuleConfig, sandbox: &Sandbox) -> Key {
    let stack = module.limits.value.stack.unwrap_or(sandbox.limits().stack);
    (module.module.value.clone(), stack)
}

/// Compiles each module once, several at the same time.
pub(super) fn load(config: &Config, sandbox: &Sandbox, registries: &RegistryOptions) -> Programs {
    let modules = config.modules.iter();
    let mut keys: Vec<Key> = modules.map(|module| key(module, sandbox)).collect();
    keys.sort();
    keys.dedup();
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(keys.len().max(1));
    let left = Mutex::new(keys);
    let programs = Mutex::new(Programs::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap_or_else(PoisonError::into_inner).pop();
                    let Some(key) = next else { return };
                    let program = program(&key, sandbox, registries);
                    let mut programs = programs.lock().unwrap_or_else(PoisonError::into_inner);
                    programs.insert(key, program);
                }
            });
        }
    });
    programs
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

fn program(
    (source, stack): &Key,
    sandbox: &Sandbox,
    registries: &RegistryOptions,
) -> Result<Program, LoadError> {
    match source {
        ModuleSource::File(path) => Program::load(sandbox, path, *stack).map_err(LoadError::Module),
        ModuleSource::Oci(reference) => {
            let bytes = registry::pull(reference, registries).map_err(LoadError::Registry)?;
            Program::compile(sandbox, &bytes, *stack).map_err(LoadError::Module)
        }
        ModuleSource::Parcel(file) => {
            let bytes = file.read().map_err(LoadError::Parcel)?;
            Program::compile(sandbox, &bytes, *stack).map_err(LoadError::Module)
        }
    }
}
