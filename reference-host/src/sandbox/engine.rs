//! The sandbox: one per host, shared by all modules.

use super::loaded::Loaded;
use super::runtime::Runtime;
use super::{Limits, SandboxOptions};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::Semaphore;

/// The engine that compiles and runs modules, with its limits.
#[derive(Clone)]
pub(crate) struct Sandbox {
    runtime: Arc<Runtime>,
    /// An engine has one size of stack: modules with another one have engines of their own, which
    /// are gone with the last module.
    others: Arc<Mutex<HashMap<usize, Weak<Runtime>>>>,
    pub(super) loaded: Arc<Loaded>,
    pub(super) options: Arc<SandboxOptions>,
    pub(super) limits: Arc<Limits>,
    pub(super) permits: Arc<Semaphore>,
}

/// The engine cannot be set up on this machine with these limits.
#[derive(Debug)]
pub struct SandboxError(wasmtime::Error);

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot set up the WebAssembly engine: {:#}", self.0)
    }
}

impl std::error::Error for SandboxError {}

impl SandboxError {
    pub(crate) fn into_diagnostics(self) -> crate::config::Diagnostics {
        use crate::config::{Diagnostic, Diagnostics};
        let problem = Diagnostic::error(self.to_string(), 0..0);
        let hint =
            "lower the number of instances or their memory: address space is reserved for each";
        Diagnostics::new(Arc::default(), vec![problem.hint(hint)])
    }
}

impl Sandbox {
    /// Sets the engine up and reserves address space for its instances.
    pub(crate) fn new(limits: Limits, options: SandboxOptions) -> Result<Self, SandboxError> {
        let runtime = Runtime::new(&limits, options.engine, limits.stack).map_err(SandboxError)?;
        Ok(Self {
            runtime: Arc::new(runtime),
            others: Arc::default(),
            loaded: Arc::default(),
            options: Arc::new(options),
            permits: Arc::new(Semaphore::new(limits.instances)),
            limits: Arc::new(limits),
        })
    }

    /// The engine for modules with a stack of this size, in bytes.
    pub(super) fn runtime(&self, stack: usize) -> wasmtime::Result<Arc<Runtime>> {
        if stack == self.limits.stack {
            return Ok(Arc::clone(&self.runtime));
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = others.get(&stack).and_then(Weak::upgrade) {
            return Ok(runtime);
        }
        others.retain(|_, runtime| runtime.strong_count() > 0);
        let runtime = Arc::new(Runtime::new(&self.limits, self.options.engine, stack)?);
        others.insert(stack, Arc::downgrade(&runtime));
        Ok(runtime)
    }

    /// The limits that the sandbox was made with.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The limits, for what outlives the sandbox.
    pub(crate) fn shared_limits(&self) -> Arc<Limits> {
        Arc::clone(&self.limits)
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("limits", &self.limits)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
