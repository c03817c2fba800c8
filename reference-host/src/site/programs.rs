//! Modules on their way from files to compiled programs.

use crate::bindle::ParcelError;
use crate::config::{Config, ModuleSource};
use crate::sandbox::{ModuleError, Program, Sandbox};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Why there is no program.
#[derive(Debug)]
pub(super) enum LoadError {
    /// The bytes are no module that can be used.
    Module(ModuleError),
    /// A registry did not give the module.
    Registry { problem: String, hint: &'static str },
}

pub(super) type Programs = HashMap<ModuleSource, Result<Program, LoadError>>;

/// Compiles each module once, several at the same time.
pub(super) fn load(config: &Config, sandbox: &Sandbox) -> Programs {
    let sources = config.modules.iter().map(|module| &module.module.value);
    let mut sources: Vec<&ModuleSource> = sources.collect();
    sources.sort();
    sources.dedup();
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(sources.len().max(1));
    let left = Mutex::new(sources);
    let programs = Mutex::new(Programs::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap_or_else(PoisonError::into_inner).pop();
                    let Some(source) = next else { return };
                    let program = program(source, sandbox);
                    let mut programs = programs.lock().unwrap_or_else(PoisonError::into_inner);
                    programs.insert(source.clone(), program);
                }
            });
        }
    });
    programs
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

fn program(source: &ModuleSource, sandbox: &Sandbox) -> Result<Program, LoadError> {
    match source {
        ModuleSource::File(path) => Program::load(sandbox, path).map_err(LoadError::Module),
        ModuleSource::Oci(_) => Err(LoadError::Registry {
            problem: "modules from `oci:` are not in this version yet".to_string(),
            hint: "name a file, as a path relative to this file or as `file:///absolute/path`"
                .to_string(),
        }),
        ModuleSource::Parcel(file) => {
            let bytes = file.read().map_err(LoadError::Parcel)?;
            Program::compile(sandbox, &bytes).map_err(LoadError::Module)
        }
    }
}
