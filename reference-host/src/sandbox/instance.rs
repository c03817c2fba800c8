//! One request in one fresh instance.

use super::meter::Meter;
use super::module::Code;
use super::network::HttpState;
use super::state::State;
use super::stdio::{StderrHandle, StdinHandle, StdoutHandle};
use super::{Limits, Outcome, PipeWriter, Program, Sandbox, Stdin, Volume, clocks, volumes};
use crate::observe::{LineBuffer, Steps, Trace};
use crate::outbound::OutboundClient;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wasmtime::{FrameInfo, Store, Trap, WasmBacktrace};
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
    /// What sends its requests; without it, the module has no network.
    pub outbound: Option<&'a Arc<OutboundClient>>,
    /// The mounted directories.
    pub volumes: &'a [Volume],
    /// Standard input.
    pub stdin: Stdin,
    /// Standard output.
    pub stdout: PipeWriter,
    /// Standard error.
    pub stderr: LineBuffer,
    /// Where the size of the memory is noted, if somebody looks.
    /// Tells how long each step takes.
    pub steps: Steps,
    pub trace: Option<Trace>,
}

impl Sandbox {
    /// Prepares a fresh instance; the returned future runs it to its end. Dropping the future stops
    /// the module.
    pub(crate) fn run(
        &self,
        invocation: Invocation<'_>,
    ) -> impl Future<Output = Outcome> + Send + 'static {
        let stdin = invocation.stdin.clone();
        let steps = invocation.steps.clone();
        let entrypoint = invocation.entrypoint.to_string();
        let program = invocation.program.clone();
        let wall_time = invocation.limits.wall_time;
        let prepared = self.prepare(invocation);
        async move {
            let store = match prepared {
                Ok(store) => store,
                Err(error) => return Outcome::Unavailable(format!("{error:#}")),
            };
            let outcome = within(wall_time, call(store, &program, &entrypoint, &steps)).await;
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
        if let Some(resolution) = self.options.clock_resolution {
            clocks::coarsen(&mut context, resolution);
        }
        let limits = invocation.limits;
        let client = invocation.outbound;
        let http = client.map(|client| Box::new(HttpState::new(Some(client))));
        let mut store = Store::new(
            invocation.program.engine(),
            State {
                wasi: context.build_p1(),
                meter: Meter::new(limits.memory, limits.table_elements).traced(invocation.trace),
                http,
            },
        );
        store.limiter(|state| &mut state.meter);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        Ok(store)
    }
}

/// The store, and with it the instance, is gone when this returns.
async fn call(
    mut store: Store<State>,
    program: &Program,
    entrypoint: &str,
    steps: &Steps,
) -> Outcome {
    let result = match program.code() {
        Code::Core(program) => program.run(&mut store, entrypoint, steps).await,
        Code::Component(program) => program.run(&mut store, entrypoint, steps).await,
    };
    match result {
        Ok(()) => Outcome::Success,
        Err(error) => ended(&error),
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
