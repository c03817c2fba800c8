//! Core modules for WASI preview 1.

use super::imports::UnknownImport;
use super::module::{EntrypointError, ModuleError, one_line};
use super::runtime::Runtime;
use super::state::State;
use super::{ModuleCache, cache};
use crate::observe::Steps;
use wasmtime::{ExportType, ExternType, FuncType, InstancePre, Module, Store};

/// A core module, linked.
pub(super) struct CoreProgram {
    pub(super) pre: InstancePre<State>,
}

impl CoreProgram {
    pub(super) fn compile(
        runtime: &Runtime,
        cache: Option<&ModuleCache>,
        bytes: &[u8],
    ) -> Result<Self, ModuleError> {
        let (module, _) = cache::module(cache, &runtime.engine, bytes)
            .map_err(|error| ModuleError::Invalid(one_line(&format!("{error:#}"))))?;
        let unknown = unknown_imports(runtime, &module);
        if !unknown.is_empty() {
            return Err(ModuleError::UnknownImports(unknown));
        }
        let pre = runtime
            .core_linker()
            .instantiate_pre(&module)
            .map_err(|error| ModuleError::Incompatible(one_line(&format!("{error:#}"))))?;
        Ok(Self { pre })
    }

    pub(super) fn check_entrypoint(&self, name: &str) -> Result<(), EntrypointError> {
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

    pub(super) fn declares_routes(&self) -> bool {
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

    /// Makes an instance, and runs its initializer, if there is one, and the entrypoint.
    ///
    /// Requirements: entrypoint.start, entrypoint.initialize.
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
        if let Ok(initialize) = instance.get_typed_func::<(), ()>(&mut *store, "_initialize") {
            retry_when_full!(initialize.call_async(&mut *store, ()))?;
        }
        let entrypoint = instance.get_typed_func::<(), ()>(&mut *store, entrypoint)?;
        retry_when_full!(entrypoint.call_async(&mut *store, ()))
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
fn unknown_imports(runtime: &Runtime, module: &Module) -> Vec<UnknownImport> {
    let mut store = Store::new(&runtime.engine, State::empty());
    let is_unknown = |import: &wasmtime::ImportType<'_>| {
        runtime
            .core_linker()
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
