//! A wasmtime engine, and what its modules can import.

use super::limits::MAX_MEMORY;
use super::state::State;
use super::{EngineKind, Limits, experimental_http};
use std::sync::OnceLock;
use std::time::Duration;
use wasmtime::{
    Config, Engine, EngineWeak, InstanceAllocationStrategy, Linker, PoolingAllocationConfig,
    component,
};

/// How often a computing module is interrupted so that others get their turn.
///
/// Requirement: failure.spinning.
const EPOCH: Duration = Duration::from_millis(5);

/// Instances beyond the limit, for what runs outside of requests (`_routes`).
const SPARE_INSTANCES: usize = 4;

/// Tables that one place in the pool has room for.
pub(super) const TABLES_PER_PLACE: u32 = 4;

/// What a single module or component may have at most; it takes several places then.
const MOST_MEMORIES: u32 = 16;
const MOST_TABLES: u32 = 64;
const MOST_CORE_INSTANCES: u32 = 64;

/// An engine, with linkers for modules and for components.
pub(super) struct Runtime {
    pub(super) engine: Engine,
    core: Linker<State>,
    /// Made when the first component is loaded.
    component: OnceLock<component::Linker<State>>,
}

impl Runtime {
    pub(super) fn new(limits: &Limits, kind: EngineKind, stack: usize) -> wasmtime::Result<Self> {
        let engine = Engine::new(&config(limits, kind, stack)?)?;
        let mut core = Linker::new(&engine);
        wasmtime_wasi::p1::add_to_linker_async(&mut core, |state: &mut State| &mut state.wasi)?;
        // What modules from before 2020 import: the same functions in an older form.
        wasmtime_wasi::p0::add_to_linker_async(&mut core, |state: &mut State| &mut state.wasi)?;
        experimental_http::add_to_linker(&mut core)?;
        let weak = engine.weak();
        std::thread::Builder::new()
            .name("wagi-epoch".into())
            .spawn(move || tick(&weak))?;
        Ok(Self {
            engine,
            core,
            component: OnceLock::new(),
        })
    }

    pub(super) fn core_linker(&self) -> &Linker<State> {
        &self.core
    }

    pub(super) fn component_linker(&self) -> wasmtime::Result<&component::Linker<State>> {
        if let Some(linker) = self.component.get() {
            return Ok(linker);
        }
        let mut linker = component::Linker::new(&self.engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
        Ok(self.component.get_or_init(|| linker))
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

fn config(limits: &Limits, kind: EngineKind, stack: usize) -> wasmtime::Result<Config> {
    let places = u32::try_from(limits.instances + SPARE_INSTANCES).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    // No `pagemap_scan`: with it, memory that was swapped out can reach the next instance.
    // Address space for 4 GiB is reserved for every memory; the limits of the module decide how
    // much of it can be used.
    pool.total_core_instances(places.saturating_mul(MOST_CORE_INSTANCES))
        .total_component_instances(places)
        .max_core_instances_per_component(MOST_CORE_INSTANCES)
        .total_memories(places)
        .max_memories_per_module(MOST_MEMORIES)
        .max_memories_per_component(MOST_MEMORIES)
        .total_stacks(places)
        .total_tables(places.saturating_mul(TABLES_PER_PLACE))
        .max_tables_per_module(MOST_TABLES)
        .max_tables_per_component(MOST_TABLES)
        .max_memory_size(MAX_MEMORY)
        .table_elements(limits.table_elements)
        .table_keep_resident(64 * 1024)
        .decommit_batch_size(32)
        .max_unused_warm_slots(100);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .epoch_interruption(true)
        .max_wasm_stack(stack)
        .async_stack_size(stack + 1024 * 1024);
    if kind == EngineKind::Pulley {
        config.target(PULLEY)?;
    }
    Ok(config)
}

#[cfg(all(target_pointer_width = "64", target_endian = "little"))]
const PULLEY: &str = "pulley64";
#[cfg(all(target_pointer_width = "64", target_endian = "big"))]
const PULLEY: &str = "pulley64be";
#[cfg(all(target_pointer_width = "32", target_endian = "little"))]
const PULLEY: &str = "pulley32";
#[cfg(all(target_pointer_width = "32", target_endian = "big"))]
const PULLEY: &str = "pulley32be";
