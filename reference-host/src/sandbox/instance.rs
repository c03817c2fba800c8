//! One request in one fresh instance.

use super::stdio::{StderrHandle, StdinHandle, StdoutHandle};
use super::{Limits, Outcome, PipeWriter, Program, Sandbox, Stdin, Volume, volumes};
use crate::observe::LineBuffer;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use wasmtime::{
    FrameInfo, Instance, PoolConcurrencyLimitError, Store, StoreLimits, StoreLimitsBuilder, Trap,
    TypedFunc, WasmBacktrace,
};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{I32Exit, WasiCtxBuilder};

/// Everything that a module is given for one request.
///
/// Requirements: isolation.fresh-state, environment.configured-only, isolation.no-network.
#[derive(Debug)]
pub(crate) struct Invocation<'a> {
    /// The module.
    pub program: &'a Program,
    /// The exported function to call.
    pub entrypoint: &'a str,
    /// The environment.
    pub variables: &'a [(std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>)],
    /// The arguments.
    pub arguments: &'a [String],
    /// What it may use.
    pub limits: &'a Limits,
    /// The mounted directories.
    pub volumes: &'a [Volume],
    /// Standard input.
    pub stdin: Stdin,
    /// Standard output.
    pub stdout: PipeWriter,
    /// Standard error.
    pub stderr: LineBuffer,
}

/// What belongs to an instance on the side of the host.
pub(super) struct State {
    pub(super) wasi: WasiP1Ctx,
    limits: StoreLimits,
}

impl State {
    /// A state that can do nothing, for questions to the linker.
    pub(super) fn empty() -> Self {
        Self {
            wasi: WasiCtxBuilder::new().build_p1(),
            limits: StoreLimits::default(),
        }
    }
}

impl Sandbox {
    /// The places of running instances: whoever runs a module holds one.
    pub(crate) fn instances(&self) -> &Arc<Semaphore> {
        &self.permits
    }

    /// Prepares a fresh instance; the returned future runs it to its end. Dropping the future stops
    /// the module.
    pub(crate) fn run(
        &self,
        invocation: Invocation<'_>,
    ) -> impl Future<Output = Outcome> + Send + 'static {
        let stdin = invocation.stdin.clone();
        let entrypoint = invocation.entrypoint.to_string();
        let program = invocation.program.clone();
        let wall_time = invocation.limits.wall_time;
        let prepared = self.prepare(invocation);
        async move {
            let store = match prepared {
                Ok(store) => store,
                Err(error) => return Outcome::Unavailable(format!("{error:#}")),
            };
            let outcome = within(wall_time, call(store, &program, &entrypoint)).await;
            stdin.failure().unwrap_or(outcome)
        }
    }

    fn prepare(&self, invocation: Invocation<'_>) -> wasmtime::Result<Store<State>> {
        let mut context = WasiCtxBuilder::new();
        for (name, value) in invocation.variables {
            context.env(name, value);
        }
        context
            .args(invocation.arguments)
            .stdin(StdinHandle(invocation.stdin))
            .stdout(StdoutHandle(invocation.stdout))
            .stderr(StderrHandle(Arc::new(Mutex::new(invocation.stderr))));
        volumes::mount(invocation.volumes, &mut context)?;
        // How many memories and tables a module may have is the pool's to say; here every attempt
        // to instantiate would count.
        let limits = StoreLimitsBuilder::new()
            .memory_size(invocation.limits.memory)
            .table_elements(invocation.limits.table_elements)
            .build();
        let mut store = Store::new(
            &self.engine,
            State {
                wasi: context.build_p1(),
                limits,
            },
        );
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        Ok(store)
    }
}

/// The store, and with it the instance, is gone when this returns.
///
/// Requirements: entrypoint.start, entrypoint.initialize.
async fn call(mut store: Store<State>, program: &Program, entrypoint: &str) -> Outcome {
    let instance = match instantiate(&mut store, program).await {
        Ok(instance) => instance,
        Err(error) => return ended(&error),
    };
    let initialize = instance
        .get_typed_func::<(), ()>(&mut store, "_initialize")
        .ok();
    let entrypoint = match instance.get_typed_func::<(), ()>(&mut store, entrypoint) {
        Ok(entrypoint) => entrypoint,
        Err(error) => return Outcome::Unavailable(format!("{error:#}")),
    };
    for function in initialize.into_iter().chain([entrypoint]) {
        if let Err(error) = enter(&mut store, &function).await {
            return ended(&error);
        }
    }
    Outcome::Success
}

/// How often a place in the pool is asked for again.
const ATTEMPTS: usize = 100;

/// A running request has a permit, so there is a place in the pool for it. For a moment that place
/// can be neither free nor taken, while another thread hands its used memory back to the system.
async fn instantiate(store: &mut Store<State>, program: &Program) -> wasmtime::Result<Instance> {
    for attempt in 0..ATTEMPTS {
        match program.pre.instantiate_async(&mut *store).await {
            Err(error) if error.is::<PoolConcurrencyLimitError>() => pause(attempt).await,
            result => return result,
        }
    }
    program.pre.instantiate_async(store).await
}

/// Calls a function. It needs a stack from the pool; see [`instantiate`].
async fn enter(store: &mut Store<State>, function: &TypedFunc<(), ()>) -> wasmtime::Result<()> {
    for attempt in 0..ATTEMPTS {
        match function.call_async(&mut *store, ()).await {
            Err(error) if error.is::<PoolConcurrencyLimitError>() => pause(attempt).await,
            result => return result,
        }
    }
    function.call_async(store, ()).await
}

async fn pause(attempt: usize) {
    match attempt {
        0..10 => tokio::task::yield_now().await,
        _ => tokio::time::sleep(Duration::from_millis(1)).await,
    }
}

/// Requirements: failure.exit-zero, failure.exit-nonzero, failure.trap.
fn ended(error: &wasmtime::Error) -> Outcome {
    match error.downcast_ref::<I32Exit>() {
        Some(I32Exit(0)) => Outcome::Success,
        Some(&I32Exit(code)) => Outcome::Exit(code),
        None => Outcome::Trap(trap(error)),
    }
}

/// In one line: what happened, and in which functions.
fn trap(error: &wasmtime::Error) -> String {
    const FRAMES: usize = 3;
    let cause = match error.downcast_ref::<Trap>() {
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    };
    let cause = cause.strip_prefix("wasm trap: ").unwrap_or(&cause);
    let frames = error
        .downcast_ref::<WasmBacktrace>()
        .map_or(&[][..], WasmBacktrace::frames);
    let name = |frame: &FrameInfo| match frame.func_name() {
        Some(name) => format!("`{name}`"),
        None => format!("function {}", frame.func_index()),
    };
    let names: Vec<String> = frames.iter().take(FRAMES).map(name).collect();
    match names.is_empty() {
        true => cause.to_string(),
        false => format!("{cause}, in {}", names.join(" called by ")),
    }
}

async fn within(time: Duration, run: impl Future<Output = Outcome>) -> Outcome {
    tokio::time::timeout(time, run)
        .await
        .unwrap_or(Outcome::TimedOut)
}
