//! Programs that are in use, found by what they were made of.

use super::Program;
use super::module::WeakProgram;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What a program is made of: the digest of the file, and the size of its stack in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ingredients {
    digest: [u8; 32],
    stack: usize,
}

impl Ingredients {
    pub(super) fn new(bytes: &[u8], stack: usize) -> Self {
        Self {
            digest: Sha256::digest(bytes).into(),
            stack,
        }
    }
}

/// A file that is loaded again while its program is in use, as most are when a configuration is
/// reloaded, becomes the same program. Nothing of it is compiled again, and what the old program
/// holds (its code, and a descriptor with the beginning of its memory) is not held twice.
#[derive(Default)]
pub(super) struct Loaded(Mutex<HashMap<Ingredients, WeakProgram>>);

impl Loaded {
    pub(super) fn find(&self, ingredients: &Ingredients) -> Option<Program> {
        let loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.get(ingredients)?.upgrade()
    }

    /// Of two that were made at the same time the first is kept.
    pub(super) fn insert(&self, ingredients: Ingredients, program: Program) -> Program {
        let mut loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = loaded.get(&ingredients).and_then(WeakProgram::upgrade) {
            return first;
        }
        loaded.retain(|_, program| program.is_in_use());
        loaded.insert(ingredients, program.downgrade());
        program
    }
}
