//! Modules: compiled and linked once, checked before anything listens.

use super::Sandbox;
use super::instance::State;
use std::fmt;
use std::path::Path;
use wasmtime::{ExportType, ExternType, FuncType, InstancePre, Module, Store};

/// A module that is ready to be instantiated.
#[derive(Clone)]
pub(crate) struct Program {
    pub(super) pre: InstancePre<State>,
}

/// An import that the host does not offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownImport {
    /// The module that it is imported from.
    pub module: String,
    /// Its name there.
    pub name: String,
}

/// Why a file cannot be used as a module.
#[derive(Debug)]
pub(crate) enum ModuleError {
    /// The file cannot be read.
    Unreadable(std::io::Error),
    /// It is neither WebAssembly nor WebAssembly text, or it is invalid; with the compiler's words.
    Invalid(String),
    /// It is a component, which this version does not run.
    Component,
    /// It needs something that the host does not offer.
    UnknownImports(Vec<UnknownImport>),
    /// It imports something that the host offers differently.
    Incompatible(String),
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "cannot read the module: {error}"),
            Self::Invalid(text) => write!(f, "not a valid WebAssembly module: {text}"),
            Self::Component => f.write_str("a WebAssembly component, not a core module"),
            Self::UnknownImports(imports) => {
                let names: Vec<String> = imports.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "the module imports what the host does not offer: {}",
                    names.join(", ")
                )
            }
            Self::Incompatible(text) => write!(f, "the module cannot be linked: {text}"),
        }
    }
}

impl std::error::Error for ModuleError {}

impl fmt::Display for UnknownImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` from `{}`", self.name, self.module)
    }
}

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
    /// Compiles and links a `.wasm` or `.wat` file.
    pub(crate) fn load(sandbox: &Sandbox, path: &Path) -> Result<Self, ModuleError> {
        let bytes = std::fs::read(path).map_err(ModuleError::Unreadable)?;
        Self::compile(sandbox, &bytes)
    }

    /// Compiles and links a module, in binary or text form.
    pub(crate) fn compile(sandbox: &Sandbox, bytes: &[u8]) -> Result<Self, ModuleError> {
        // The binary form of a component has another layer than that of a module.
        if bytes.starts_with(b"\0asm") && bytes.get(4..8) == Some(&[0x0d, 0, 1, 0]) {
            return Err(ModuleError::Component);
        }
        let is_binary = bytes.starts_with(b"\0asm");
        if !is_binary && !looks_like_text(bytes) {
            let text =
                "it begins neither with the magic number of WebAssembly nor as WebAssembly text";
            return Err(ModuleError::Invalid(text.into()));
        }
        let module = Module::new(&sandbox.engine, bytes)
            .map_err(|error| ModuleError::Invalid(one_line(&format!("{error:#}"))))?;
        let unknown = unknown_imports(sandbox, &module);
        if !unknown.is_empty() {
            return Err(ModuleError::UnknownImports(unknown));
        }
        let pre = sandbox
            .linker
            .instantiate_pre(&module)
            .map_err(|error| ModuleError::Incompatible(one_line(&format!("{error:#}"))))?;
        Ok(Self { pre })
    }

    /// Whether a function can be called as an entrypoint: exported, without parameters and results.
    pub(crate) fn check_entrypoint(&self, name: &str) -> Result<(), EntrypointError> {
        match self.pre.module().get_export(name) {
            Some(ExternType::Func(function)) => {
                if function.params().len() == 0 && function.results().len() == 0 {
                    Ok(())
                } else {
                    Err(EntrypointError::Signature(signature(&function)))
                }
            }
            _ => Err(EntrypointError::Missing(self.functions())),
        }
    }

    /// Whether the module exports a function that declares routes.
    ///
    /// Requirement: entrypoint.routes.
    pub(crate) fn declares_routes(&self) -> bool {
        matches!(
            self.pre.module().get_export("_routes"),
            Some(ExternType::Func(_))
        )
    }

    /// The functions that a user may have meant as an entrypoint.
    fn functions(&self) -> Vec<String> {
        let is_function = |export: &ExportType<'_>| matches!(export.ty(), ExternType::Func(_));
        let exports = self.pre.module().exports().filter(is_function);
        let names = exports.map(|export| export.name().to_string());
        names
            .filter(|name| name != "_routes" && name != "_initialize")
            .collect()
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").finish_non_exhaustive()
    }
}

/// `(func (param i32))`, without the `(type …)` around it.
fn signature(function: &FuncType) -> String {
    let text = function.to_string();
    let inner = text
        .strip_prefix("(type ")
        .and_then(|text| text.strip_suffix(')'));
    inner.unwrap_or(&text).to_string()
}

/// All of them at once; linking would stop at the first.
fn unknown_imports(sandbox: &Sandbox, module: &Module) -> Vec<UnknownImport> {
    let mut store = Store::new(&sandbox.engine, State::empty());
    let is_unknown = |import: &wasmtime::ImportType<'_>| {
        sandbox
            .linker
            .get(&mut store, import.module(), import.name())
            .is_err()
    };
    let unknown = module.imports().filter(is_unknown);
    let own = |import: wasmtime::ImportType<'_>| UnknownImport {
        module: import.module().to_string(),
        name: import.name().to_string(),
    };
    unknown.map(own).collect()
}

fn looks_like_text(bytes: &[u8]) -> bool {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'(' | b';')) && std::str::from_utf8(bytes).is_ok()
}

/// Errors of the text parser show the source below the message: the place is enough here.
fn one_line(text: &str) -> String {
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
    use crate::sandbox::Limits;

    fn compile(bytes: &[u8]) -> Result<Program, ModuleError> {
        let limits = Limits {
            instances: 1,
            ..Limits::default()
        };
        Program::compile(&Sandbox::new(limits).unwrap(), bytes)
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
            problem(b"\0asm\x0d\0\x01\0"),
            problem(b"(module (import \"env\" \"f\" (func)) (import \"x\" \"y\" (memory 1)))"),
            problem(b"(module (import \"wasi_snapshot_preview1\" \"fd_read\" (func)))"),
            problem(b"(module (memory 4000))"),
        ];
        insta::assert_snapshot!(problems.join("\n"));
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
}
