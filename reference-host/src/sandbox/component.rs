//! Components for WASI preview 2: commands, as `wasm32-wasip2` makes them.

use super::imports::{UnknownImport, is_offered};
use super::module::{EntrypointError, ModuleError, one_line};
use super::runtime::Runtime;
use super::state::State;
use super::{ModuleCache, cache};
use crate::observe::Steps;
use wasmtime::Store;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Type};
use wasmtime_wasi::I32Exit;

/// The entrypoint of a command has no name of its own in `modules.toml`.
const START: &str = "_start";

/// What a command exports; every version 0.2 matches.
const RUN: &str = "wasi:cli/run@0.2.0";

/// A component, linked.
pub(super) struct ComponentProgram {
    pub(super) pre: InstancePre<State>,
    /// The function `run` of `wasi:cli/run`, if it is exported.
    run: Option<ComponentExportIndex>,
}

impl ComponentProgram {
    pub(super) fn compile(
        runtime: &Runtime,
        cache: Option<&ModuleCache>,
        bytes: &[u8],
    ) -> Result<Self, ModuleError> {
        let (component, _) = cache::component(cache, &runtime.engine, bytes)
            .map_err(|error| ModuleError::Invalid(one_line(&format!("{error:#}"))))?;
        let unknown = unknown_imports(&component);
        if !unknown.is_empty() {
            return Err(ModuleError::UnknownImports(unknown));
        }
        let linker = runtime.component_linker();
        let pre = linker
            .and_then(|linker| linker.instantiate_pre(&component))
            .map_err(|error| ModuleError::Incompatible(one_line(&format!("{error:#}"))))?;
        let interface = component.get_export_index(None, RUN);
        let run = interface.and_then(|run| component.get_export_index(Some(&run), "run"));
        let program = Self { pre, run };
        match program.run.is_none() && program.functions().is_empty() {
            true => Err(ModuleError::NoCommand(program.kind())),
            false => Ok(program),
        }
    }

    /// `_start` is the command itself; any other name is a function that the component exports.
    pub(super) fn check_entrypoint(&self, name: &str) -> Result<(), EntrypointError> {
        if name == START && self.run.is_some() {
            return Ok(());
        }
        let component = self.pre.component();
        match component.get_export(None, name) {
            Some((ComponentItem::ComponentFunc(function), _)) => match is_entrypoint(&function) {
                true => Ok(()),
                false => Err(EntrypointError::Signature(signature(&function))),
            },
            _ => Err(EntrypointError::Missing(self.functions())),
        }
    }

    fn functions(&self) -> Vec<String> {
        let component = self.pre.component();
        let exported = component.component_type();
        let exports = exported.exports(component.engine());
        let functions = exports
            .filter(|(_, export)| matches!(export.ty, ComponentItem::ComponentFunc(_)))
            .map(|(name, _)| name.to_string());
        let start = self.run.as_ref().map(|_| START.to_string());
        start.into_iter().chain(functions).collect()
    }

    /// What a component is that is no command.
    fn kind(&self) -> &'static str {
        let component = self.pre.component();
        let exported = component.component_type();
        let mut exports = exported.exports(component.engine());
        match exports.any(|(name, _)| name.starts_with("wasi:http/incoming-handler")) {
            true => "it exports `wasi:http/incoming-handler`, so it is made for `wasmtime serve`",
            false => "it does not export `wasi:cli/run`",
        }
    }

    /// Makes an instance and runs it.
    ///
    /// Requirement: entrypoint.start.
    pub(super) async fn run(
        &self,
        store: &mut Store<State>,
        entrypoint: &str,
        steps: &Steps,
    ) -> wasmtime::Result<()> {
        let instantiating = steps.begin("instance");
        let instance = retry_when_full!(self.pre.instantiate_async(&mut *store))?;
        instantiating.end();
        let _running = steps.begin("module");
        let function = match &self.run {
            Some(run) if entrypoint == START => instance.get_func(&mut *store, run),
            _ => instance.get_func(&mut *store, entrypoint),
        };
        let function = function.ok_or_else(|| wasmtime::Error::msg("there is no entrypoint"))?;
        let result = match function.ty(&*store).results().len() {
            0 => {
                let function = function.typed::<(), ()>(&*store)?;
                retry_when_full!(function.call_async(&mut *store, ()))?;
                Ok(())
            }
            _ => {
                let function = function.typed::<(), (Result<(), ()>,)>(&*store)?;
                retry_when_full!(function.call_async(&mut *store, ()))?.0
            }
        };
        // A command that returns an error ends like one that exits with code 1.
        result.map_err(|()| wasmtime::Error::from(I32Exit(1)))
    }
}

/// Whether it is `func()` or `func() -> result`.
fn is_entrypoint(function: &ComponentFunc) -> bool {
    let results: Vec<Type> = function.results().collect();
    let returns_nothing = match results.as_slice() {
        [] => true,
        [Type::Result(result)] => result.ok().is_none() && result.err().is_none(),
        _ => false,
    };
    returns_nothing && function.params().len() == 0
}

fn signature(function: &ComponentFunc) -> String {
    let name = |ty: &Type| match ty {
        Type::Bool => "bool".to_string(),
        Type::String => "string".to_string(),
        Type::S32 => "s32".to_string(),
        Type::U32 => "u32".to_string(),
        Type::S64 => "s64".to_string(),
        Type::U64 => "u64".to_string(),
        Type::List(_) => "list<…>".to_string(),
        Type::Result(_) => "result<…>".to_string(),
        _ => "…".to_string(),
    };
    let params: Vec<String> = function
        .params()
        .map(|(parameter, ty)| format!("{parameter}: {}", name(&ty)))
        .collect();
    let results: Vec<String> = function.results().map(|ty| name(&ty)).collect();
    match results.is_empty() {
        true => format!("func({})", params.join(", ")),
        false => format!("func({}) -> {}", params.join(", "), results.join(", ")),
    }
}

fn unknown_imports(component: &Component) -> Vec<UnknownImport> {
    let imported = component.component_type();
    let names = imported
        .imports(component.engine())
        .map(|(name, _)| name.to_string());
    let own = |name| UnknownImport {
        module: String::new(),
        name,
    };
    names.filter(|name| !is_offered(name)).map(own).collect()
}
