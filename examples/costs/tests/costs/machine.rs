//! A machine that counts: just enough of WASI preview 1 for a handler, without a real file, clock or socket.

use std::path::Path;

use wasmtime::{
    Caller, Config, Engine, Extern, Linker, Module, Result, Store, StoreLimits, StoreLimitsBuilder,
};

/// A request as a handler finds it.
pub(crate) struct Request {
    pub(crate) variables: Vec<(&'static str, String)>,
    /// Standard input.
    pub(crate) body: Input,
}

/// Standard input: these bytes, or so many zeros.
pub(crate) enum Input {
    Bytes(Vec<u8>),
    Zeros(u64),
}

/// What answering it took.
pub(crate) struct Measured {
    pub(crate) instructions: u64,
    pub(crate) memory: usize,
    /// The first bytes of the output.
    pub(crate) output: Vec<u8>,
    pub(crate) written: u64,
    pub(crate) log: String,
}

struct Process {
    environment: Vec<u8>,
    variables: u32,
    offsets: Vec<u32>,
    body: Vec<u8>,
    position: usize,
    zeros: u64,
    output: Vec<u8>,
    written: u64,
    log: Vec<u8>,
    limits: StoreLimits,
}

pub(crate) struct Machine {
    engine: Engine,
    linker: Linker<Process>,
}

const SUCCESS: i32 = 0;
const BAD_DESCRIPTOR: i32 = 8;
const KEPT: usize = 64 * 1024;

impl Machine {
    pub(crate) fn new() -> Self {
        let mut config = Config::new();
        config.consume_fuel(true);
        let engine = Engine::new(&config).expect("an engine");
        let mut linker = Linker::new(&engine);
        wasi(&mut linker).expect("no function is defined twice");
        Self { engine, linker }
    }

    pub(crate) fn run(&self, module: &Path, request: Request) -> Measured {
        let module = Module::from_file(&self.engine, module).expect("a module");
        let mut linker = self.linker.clone();
        linker
            .define_unknown_imports_as_traps(&module)
            .expect("the rest");
        let mut store = Store::new(&self.engine, Process::new(request));
        store.limiter(|process| &mut process.limits);
        store.set_hostcall_fuel(usize::MAX);
        store.set_fuel(u64::MAX).expect("fuel is counted");
        let instance = linker
            .instantiate(&mut store, &module)
            .expect("an instance");
        let start = instance
            .get_typed_func::<(), ()>(&mut store, "_start")
            .expect("a command");
        let ended = start.call(&mut store, ());
        let memory = instance.get_memory(&mut store, "memory").expect("a memory");
        let measured = Measured {
            instructions: u64::MAX - store.get_fuel().expect("fuel is counted"),
            // Memory never shrinks, so its size at the end is its greatest.
            memory: memory.data_size(&store),
            output: store.data().output.clone(),
            written: store.data().written,
            log: String::from_utf8_lossy(&store.data().log).into_owned(),
        };
        ended.unwrap_or_else(|error| panic!("{error:?}\n{}", measured.log));
        measured
    }
}

impl Process {
    fn new(request: Request) -> Self {
        let mut environment = Vec::new();
        let mut offsets = Vec::new();
        for (name, value) in &request.variables {
            offsets.push(environment.len() as u32);
            environment.extend_from_slice(format!("{name}={value}\0").as_bytes());
        }
        let (body, zeros) = match request.body {
            Input::Bytes(bytes) => (bytes, 0),
            Input::Zeros(count) => (Vec::new(), count),
        };
        Self {
            environment,
            variables: request.variables.len() as u32,
            offsets,
            body,
            position: 0,
            zeros,
            output: Vec::new(),
            written: 0,
            log: Vec::new(),
            limits: StoreLimitsBuilder::new().memory_size(1 << 30).build(),
        }
    }

    fn read(&mut self, into: &mut [u8]) -> usize {
        let rest = &self.body[self.position..];
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        self.position += n;
        let zeros = (self.zeros.min((into.len() - n) as u64)) as usize;
        into[n..n + zeros].fill(0);
        self.zeros -= zeros as u64;
        n + zeros
    }

    fn write(&mut self, descriptor: i32, bytes: &[u8]) -> bool {
        match descriptor {
            1 => {
                let keep = bytes.len().min(KEPT - self.output.len().min(KEPT));
                self.output.extend_from_slice(&bytes[..keep]);
                self.written += bytes.len() as u64;
            }
            2 => self.log.extend_from_slice(bytes),
            _ => return false,
        }
        true
    }
}

fn memory<'a>(caller: &'a mut Caller<'_, Process>) -> Result<(&'a mut [u8], &'a mut Process)> {
    match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => Ok(memory.data_and_store_mut(caller)),
        _ => Err(wasmtime::Error::msg("the module exports no memory")),
    }
}

fn put(memory: &mut [u8], at: i32, value: u32) {
    let at = at as u32 as usize;
    memory[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// The buffers of a `fd_read` or `fd_write`.
fn vectors(memory: &[u8], at: i32, count: i32) -> Vec<std::ops::Range<usize>> {
    let word =
        |at: usize| u32::from_le_bytes(memory[at..at + 4].try_into().expect("four bytes")) as usize;
    let at = at as u32 as usize;
    let each = (0..count as usize).map(|index| at + 8 * index);
    each.map(|at| word(at)..word(at) + word(at + 4)).collect()
}

fn wasi(linker: &mut Linker<Process>) -> Result<()> {
    const WASI: &str = "wasi_snapshot_preview1";
    linker.func_wrap(
        WASI,
        "environ_sizes_get",
        |mut caller: Caller<'_, Process>, count: i32, size: i32| {
            let (memory, process) = memory(&mut caller)?;
            put(memory, count, process.variables);
            put(memory, size, process.environment.len() as u32);
            Ok(SUCCESS)
        },
    )?;
    linker.func_wrap(
        WASI,
        "environ_get",
        |mut caller: Caller<'_, Process>, pointers: i32, text: i32| {
            let (memory, process) = memory(&mut caller)?;
            for (index, offset) in process.offsets.iter().enumerate() {
                put(memory, pointers + 4 * index as i32, text as u32 + offset);
            }
            let text = text as u32 as usize;
            memory[text..text + process.environment.len()].copy_from_slice(&process.environment);
            Ok(SUCCESS)
        },
    )?;
    linker.func_wrap(
        WASI,
        "args_sizes_get",
        |mut caller: Caller<'_, Process>, count: i32, size: i32| {
            let (memory, _) = memory(&mut caller)?;
            put(memory, count, 0);
            put(memory, size, 0);
            Ok(SUCCESS)
        },
    )?;
    linker.func_wrap(
        WASI,
        "args_get",
        |_: Caller<'_, Process>, _: i32, _: i32| SUCCESS,
    )?;
    linker.func_wrap(
        WASI,
        "fd_read",
        |mut caller: Caller<'_, Process>, descriptor: i32, at: i32, count: i32, read: i32| {
            let (memory, process) = memory(&mut caller)?;
            if descriptor != 0 {
                return Ok(BAD_DESCRIPTOR);
            }
            let mut total = 0;
            for range in vectors(memory, at, count) {
                total += process.read(&mut memory[range]);
            }
            put(memory, read, total as u32);
            Ok(SUCCESS)
        },
    )?;
    linker.func_wrap(
        WASI,
        "fd_write",
        |mut caller: Caller<'_, Process>, descriptor: i32, at: i32, count: i32, written: i32| {
            let (memory, process) = memory(&mut caller)?;
            let mut total = 0;
            for range in vectors(memory, at, count) {
                total += range.len();
                if !process.write(descriptor, &memory[range]) {
                    return Ok(BAD_DESCRIPTOR);
                }
            }
            put(memory, written, total as u32);
            Ok(SUCCESS)
        },
    )?;
    linker.func_wrap(
        WASI,
        "fd_prestat_get",
        |_: Caller<'_, Process>, _: i32, _: i32| BAD_DESCRIPTOR,
    )?;
    linker.func_wrap(
        WASI,
        "random_get",
        |mut caller: Caller<'_, Process>, at: i32, size: i32| {
            let (memory, _) = memory(&mut caller)?;
            memory[at as u32 as usize..][..size as u32 as usize].fill(4);
            Ok(SUCCESS)
        },
    )?;
    Ok(())
}
