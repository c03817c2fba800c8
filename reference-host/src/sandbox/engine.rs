//! The engine: one per host, shared by all modules.

use super::Limits;
use super::instance::State;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use wasmtime::{
    Config, Engine, EngineWeak, InstanceAllocationStrategy, Linker, PoolingAllocationConfig,
};

/// How often a computing module is interrupted so that others get their turn.
///
/// Requirement: failure.spinning.
const EPOCH: Duration = Duration::from_millis(5);

/// Instances beyond the limit, for what runs outside of requests (`_routes`).
const SPARE_INSTANCES: usize = 4;

/// The engine that compiles and runs modules, with its limits.
#[derive(Clone)]
pub(crate) struct Sandbox {
    pub(super) engine: Engine,
    pub(super) linker: Arc<Linker<State>>,
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
    pub(crate) fn new(limits: Limits) -> Result<Self, SandboxError> {
        Self::try_new(limits).map_err(SandboxError)
    }

    fn try_new(limits: Limits) -> wasmtime::Result<Self> {
        let engine = Engine::new(&config(&limits))?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p1::add_to_linker_async(&mut linker, |state: &mut State| &mut state.wasi)?;
        let weak = engine.weak();
        std::thread::Builder::new()
            .name("wagi-epoch".into())
            .spawn(move || tick(&weak))?;
        Ok(Self {
            engine,
            linker: Arc::new(linker),
            permits: Arc::new(Semaphore::new(limits.instances)),
            limits: Arc::new(limits),
        })
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
            .finish_non_exhaustive()
    }
}

/// Advances the epoch for as long as the engine exists.
fn tick(engine: &EngineWeak) {
    loop {
        std::thread::sleep(EPOCH);
        match engine.upgrade() {
            Some(engine) => engine.increment_epoch(),
            None => return,
        }
    }
}

fn config(limits: &Limits) -> Config {
    let instances = u32::try_from(limits.instances + SPARE_INSTANCES).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    // No `pagemap_scan`: with it, memory that was swapped out can reach the next instance.
    pool.total_core_instances(instances)
        .total_memories(instances)
        .total_stacks(instances)
        .total_tables(instances.saturating_mul(TABLES_PER_MODULE))
        .max_tables_per_module(TABLES_PER_MODULE)
        .max_memory_size(limits.memory)
        .table_elements(limits.table_elements)
        .table_keep_resident(64 * 1024)
        .decommit_batch_size(32)
        .max_unused_warm_slots(100);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .epoch_interruption(true)
        .max_wasm_stack(limits.stack)
        .async_stack_size(limits.stack + 1024 * 1024);
    config
}

const TABLES_PER_MODULE: u32 = 4;
