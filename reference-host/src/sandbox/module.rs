//! Modules: compiled and linked once, checked before anything listens.

use super::component::ComponentProgram;
use super::core_module::CoreProgram;
use super::imports::UnknownImport;
use super::loaded::Ingredients;
use super::runtime::{Runtime, TABLES_PER_PLACE};
use super::{Limits, Sandbox};
use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Weak};
use wasmtime::{Engine, ResourcesRequired};

/// A module or a component that is ready to be instantiated.
#[derive(Clone)]
pub(crate) struct Program(Arc<Inner>);

/// Finds a program for as long as it is in use.
pub(super) struct WeakProgram(Weak<Inner>);

struct Inner {
    /// Keeps the engine in the sandbox's list.
    runtime: Arc<Runtime>,
    code: Code,
    needs: Needs,
}

/// The two forms of WebAssembly.
pub(super) enum Code {
    /// A core module for WASI preview 1.
    Core(CoreProgram),
    /// A component for WASI preview 2.
    Component(ComponentProgram),
}

/// What an instance takes from the beginning.
#[derive(Clone, Copy, Debug)]
struct Needs {
    memories: u32,
    tables: u32,
    /// Of the largest memory, in bytes.
    memory: u64,
    /// Of the largest table, in elements.
    table: u64,
}

/// A page of memory; custom page sizes are not enabled.
const PAGE: u64 = 64 * 1024;

/// Why a file cannot be used as a module.
#[derive(Debug)]
pub(crate) enum ModuleError {
    /// The file cannot be read.
    Unreadable(std::io::Error),
    /// It is neither WebAssembly nor WebAssembly text, or it is invalid; with the compiler's words.
    Invalid(String),
    /// A component that no command can be: what it is instead.
    NoCommand(&'static str),
    /// It needs something that the host does not offer.
    UnknownImports(Vec<UnknownImport>),
    /// It imports something that the host offers differently.
    Incompatible(String),
    /// There is no engine for its limits on this machine.
    NoEngine(String),
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "cannot read the module: {error}"),
            Self::Invalid(text) => write!(f, "not a valid WebAssembly module: {text}"),
            Self::NoCommand(what) => write!(f, "the component is no command: {what}"),
            Self::UnknownImports(imports) => {
                let names: Vec<String> = imports.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "the module imports what the host does not offer: {}",
                    names.join(", ")
                )
            }
            Self::Incompatible(text) => write!(f, "the module cannot be linked: {text}"),
            Self::NoEngine(text) => write!(f, "no engine for the limits of the module: {text}"),
        }
    }
}

impl std::error::Error for ModuleError {}

/// Why a function cannot be an entrypoint.
///
/// Requirement: entrypoint.missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EntrypointError {
    /// The module exports no function of that name; with those that it exports.
    Missing(Vec<String>),
    /// The function has parameters or results.
    Signature(String),
}

impl Program {
    /// Compiles and links a `.wasm` or `.wat` file for a stack of this size, in bytes.
    pub(crate) fn load(sandbox: &Sandbox, path: &Path, stack: usize) -> Result<Self, ModuleError> {
        let bytes = std::fs::read(path).map_err(ModuleError::Unreadable)?;
        Self::compile(sandbox, &bytes, stack)
    }

    /// Compiles and links a module or a component, in binary or text form, unless its program is in
    /// use already.
    pub(crate) fn compile(
        sandbox: &Sandbox,
        bytes: &[u8],
        stack: usize,
    ) -> Result<Self, ModuleError> {
        let ingredients = Ingredients::new(bytes, stack);
        if let Some(program) = sandbox.loaded.find(&ingredients) {
            return Ok(program);
        }
        let binary = Binary::read(bytes)?;
        let no_engine = |error| ModuleError::NoEngine(format!("{error:#}"));
        let runtime = sandbox.runtime(stack).map_err(no_engine)?;
        let cache = sandbox.options.cache.as_ref();
        let (code, needs) = match binary.is_component() {
            false => {
                let program = CoreProgram::compile(&runtime, cache, &binary.0)?;
                let needs = program.pre.module().resources_required();
                (Code::Core(program), Some(needs))
            }
            true => {
                let program = ComponentProgram::compile(&runtime, cache, &binary.0)?;
                let needs = program.pre.component().resources_required();
                (Code::Component(program), needs)
            }
        };
        code.prepare_memory();
        let program = Self(Arc::new(Inner {
            runtime,
            code,
            needs: Needs::new(needs),
        }));
        Ok(sandbox.loaded.insert(ingredients, program))
    }

    pub(super) fn downgrade(&self) -> WeakProgram {
        WeakProgram(Arc::downgrade(&self.0))
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.0.runtime.engine
    }

    pub(super) fn code(&self) -> &Code {
        &self.0.code
    }

    /// How many places of the pool an instance takes.
    pub(super) fn places(&self) -> u32 {
        let Needs {
            memories, tables, ..
        } = self.0.needs;
        memories.max(tables.div_ceil(TABLES_PER_PLACE)).max(1)
    }

    /// Why the module cannot even start with these limits.
    pub(crate) fn excess(&self, limits: &Limits) -> Option<String> {
        let Needs { memory, table, .. } = self.0.needs;
        if memory > limits.memory as u64 {
            Some(format!(
                "it begins with {} KiB of memory, and may have {} KiB",
                memory / 1024,
                limits.memory / 1024
            ))
        } else if table > limits.table_elements as u64 {
            let most = limits.table_elements;
            Some(format!(
                "it has a table with {table} elements, and may have {most}"
            ))
        } else {
            None
        }
    }

    /// Whether a function can be called as an entrypoint: exported, without parameters and results.
    pub(crate) fn check_entrypoint(&self, name: &str) -> Result<(), EntrypointError> {
        match self.code() {
            Code::Core(program) => program.check_entrypoint(name),
            Code::Component(program) => program.check_entrypoint(name),
        }
    }

    /// Whether the module exports a function that declares routes. Names of a component's exports
    /// do not begin with `_`.
    ///
    /// Requirement: entrypoint.routes.
    pub(crate) fn declares_routes(&self) -> bool {
        match self.code() {
            Code::Core(program) => program.declares_routes(),
            Code::Component(_) => false,
        }
    }
}

impl WeakProgram {
    pub(super) fn upgrade(&self) -> Option<Program> {
        self.0.upgrade().map(Program)
    }

    pub(super) fn is_in_use(&self) -> bool {
        self.0.strong_count() > 0
    }
}

impl Code {
    /// Makes the image that the memory of every instance begins as, and with it the descriptor that
    /// it takes, now rather than at the first request.
    fn prepare_memory(&self) {
        // Where it cannot be made now, the first instance tries again and says what is wrong.
        let _ = match self {
            Self::Core(program) => program.pre.module().initialize_copy_on_write_image(),
            Self::Component(program) => program.pre.component().initialize_copy_on_write_image(),
        };
    }
}

impl Needs {
    fn new(resources: Option<ResourcesRequired>) -> Self {
        match resources {
            Some(resources) => Self {
                memories: resources.num_memories,
                tables: resources.num_tables,
                memory: resources.max_initial_memory_size.unwrap_or(0) * PAGE,
                table: resources.max_initial_table_size.unwrap_or(0),
            },
            // A component that imports modules; there are none to import, so it was not linked.
            None => Self {
                memories: 1,
                tables: 1,
                memory: 0,
                table: 0,
            },
        }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").finish_non_exhaustive()
    }
}

/// The binary form of a module or a component.
struct Binary<'a>(Cow<'a, [u8]>);

impl<'a> Binary<'a> {
    /// Takes the binary form as it is, and assembles text.
    fn read(bytes: &'a [u8]) -> Result<Self, ModuleError> {
        if bytes.starts_with(b"\0asm") {
            return Ok(Self(bytes.into()));
        }
        if !looks_like_text(bytes) {
            let text =
                "it begins neither with the magic number of WebAssembly nor as WebAssembly text";
            return Err(ModuleError::Invalid(text.into()));
        }
        match wat::parse_bytes(bytes) {
            Ok(binary) => Ok(Self(binary)),
            Err(error) => Err(ModuleError::Invalid(one_line(&error.to_string()))),
        }
    }

    /// The binary form of a component has another layer than that of a module.
    fn is_component(&self) -> bool {
        self.0.get(4..8) == Some(&[0x0d, 0, 1, 0])
    }
}

fn looks_like_text(bytes: &[u8]) -> bool {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'(' | b';')) && std::str::from_utf8(bytes).is_ok()
}

/// Errors of the text parser show the source below the message: the place is enough here.
pub(super) fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let message = lines
        .iter()
        .find(|line| !line.is_empty())
        .copied()
        .unwrap_or_default();
    let place = lines
        .iter()
        .find_map(|line| line.strip_prefix("--> <anon>:"));
    match place {
        Some(place) => format!("{message} (line {})", place.replace(':', ", column ")),
        None => message.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::SandboxOptions;

    fn compile(bytes: &[u8]) -> Result<Program, ModuleError> {
        let limits = Limits {
            instances: 1,
            ..Limits::default()
        };
        let stack = limits.stack;
        Program::compile(
            &Sandbox::new(limits, SandboxOptions::default()).unwrap(),
            bytes,
            stack,
        )
    }

    fn problem(bytes: &[u8]) -> String {
        compile(bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_module() {
        let problems = [
            problem(b"hello"),
            problem(b"(module (func $a"),
            problem(b"\0asm\x01\0\0\0junk"),
            problem(b"(component)"),
            problem(b"(module (import \"env\" \"f\" (func)) (import \"x\" \"y\" (memory 1)))"),
            problem(b"(module (import \"wasi_snapshot_preview1\" \"fd_read\" (func)))"),
            problem(b"(component (import \"wasi:cli/run@0.3.0\" (instance)) (import \"a:b/c\" (instance)))"),
        ];
        insta::assert_snapshot!(problems.join("\n"));
    }

    #[test]
    fn a_file_that_is_loaded_again_while_it_is_in_use_is_the_same_program() {
        let limits = Limits {
            instances: 1,
            ..Limits::default()
        };
        let stack = limits.stack;
        let sandbox = Sandbox::new(limits, SandboxOptions::default()).unwrap();
        let compile = |text: &str, stack| Program::compile(&sandbox, text.as_bytes(), stack);
        let text = "(module (memory 1) (data (i32.const 0) \"a\"))";
        let first = compile(text, stack).unwrap();
        let again = compile(text, stack).unwrap();
        assert!(Arc::ptr_eq(&first.0, &again.0));
        let other_stack = compile(text, stack / 2).unwrap();
        assert!(!Arc::ptr_eq(&first.0, &other_stack.0));
        let other_file = compile(&text.replace("\"a\"", "\"b\""), stack).unwrap();
        assert!(!Arc::ptr_eq(&first.0, &other_file.0));
        let gone = first.downgrade();
        drop((first, again));
        assert!(gone.upgrade().is_none());
    }

    #[test]
    fn entrypoints() {
        let program = compile(
            br#"(module (memory (export "memory") 1) (func (export "_start"))
                (func (export "add") (param i32) (result i32) local.get 0))"#,
        )
        .unwrap();
        assert_eq!(program.check_entrypoint("_start"), Ok(()));
        let signature = EntrypointError::Signature("(func (param i32) (result i32))".into());
        assert_eq!(program.check_entrypoint("add"), Err(signature));
        let missing = EntrypointError::Missing(vec!["_start".into(), "add".into()]);
        assert_eq!(program.check_entrypoint("memory"), Err(missing.clone()));
        assert_eq!(program.check_entrypoint("nothing"), Err(missing));
        assert!(!program.declares_routes());
    }

    #[test]
    fn every_interface_that_is_named_can_be_imported() {
        for interface in super::super::imports::INTERFACES {
            for version in ["0.2.0", "0.2.12", "0.2.99"] {
                let text = format!(
                    r#"(component (import "{interface}@{version}" (instance))
                    (core module $m (func (export "f"))) (core instance $i (instantiate $m))
                    (func (export "f") (canon lift (core func $i "f"))))"#
                );
                assert!(compile(text.as_bytes()).is_ok(), "{interface}@{version}");
            }
        }
    }

    #[test]
    fn entrypoints_of_components() {
        let text = include_bytes!("../../tests/modules/component.wat");
        let program = compile(text).unwrap();
        for name in ["_start", "env", "fail"] {
            assert_eq!(program.check_entrypoint(name), Ok(()), "{name}");
        }
        let signature = EntrypointError::Signature("func(number: u32) -> u32".into());
        assert_eq!(program.check_entrypoint("add"), Err(signature));
        let Err(EntrypointError::Missing(names)) = program.check_entrypoint("nothing") else {
            panic!("there is no such function");
        };
        assert!(
            names.starts_with(&["_start".to_string(), "fail".to_string()]),
            "{names:?}"
        );
        assert!(!program.declares_routes());
    }

    #[test]
    fn memory_and_tables_from_the_beginning() {
        let limits = Limits::default();
        for (text, is_too_much) in [
            ("(module (memory 2048))", false),
            ("(module (memory 2049))", true),
            ("(module (table 100000 funcref))", false),
            ("(module (table 100001 funcref))", true),
        ] {
            let program = compile(text.as_bytes());
            match program {
                Ok(program) => assert_eq!(program.excess(&limits).is_some(), is_too_much, "{text}"),
                Err(error) => assert!(is_too_much, "{text}: {error}"),
            }
        }
        let places = |text: &str| compile(text.as_bytes()).unwrap().places();
        assert_eq!(places("(module)"), 1);
        assert_eq!(places("(module (memory 1) (memory 1) (memory 1))"), 3);
        assert_eq!(
            places(&format!("(module {})", "(table 1 funcref)".repeat(9))),
            3
        );
    }
}
