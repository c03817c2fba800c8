//! What modules import and the host does not offer.

use std::fmt;

/// An import that the host does not offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownImport {
    /// The module that it is imported from; empty for an import of a component, which has one name.
    pub module: String,
    /// Its name there.
    pub name: String,
}

impl fmt::Display for UnknownImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.module.is_empty() {
            true => write!(f, "`{}`", self.name),
            false => write!(f, "`{}` from `{}`", self.name, self.module),
        }
    }
}

impl UnknownImport {
    /// What the import tells of how the module was built, and what to do.
    pub(crate) fn hint(&self) -> &'static str {
        match (self.module.as_str(), self.name.as_str()) {
            ("wasi_snapshot_preview1", _) => {
                "preview 1 has no such function: compile for `wasm32-wasip1` with a current toolchain"
            }
            ("wasi_unstable", _) => {
                "WASI of before 2020 has no such function: compile for `wasm32-wasip1` with a current \
                 toolchain"
            }
            ("env", "abort" | "seed" | "trace") => {
                "that is AssemblyScript without WASI: compile with the configuration of \
                 `@assemblyscript/wasi-shim`; before version 0.21 with `--use abort=wasi_abort`"
            }
            ("env", name) if name.starts_with("syscall/js.") || name.starts_with("runtime.") => {
                "that is TinyGo for browsers: compile with `-target=wasip1`, in older versions \
                 `-target=wasi`"
            }
            ("javascript_kit", _) => "that is Swift for browsers: leave JavaScriptKit out",
            ("grainRuntime" | "grainBuiltins", _) => {
                "that is Grain for its JavaScript runtime: compile with a current Grain"
            }
            (module, _) if module.starts_with("wasi_ephemeral_") => {
                "that is a proposal that the host does not have"
            }
            ("go" | "gojs", _) => "that is Go for browsers: compile with `GOOS=wasip1 GOARCH=wasm`",
            (module, _) if module.starts_with("__wbindgen") || module == "wbg" => {
                "that is for JavaScript (wasm-bindgen): compile for `wasm32-wasip1` without it"
            }
            ("a" | "env", name)
                if name.starts_with("emscripten") || name.starts_with("__syscall") =>
            {
                "that is Emscripten for browsers: compile with the WASI SDK, or with `-sSTANDALONE_WASM`"
            }
            ("env", "memory") => {
                "a module has to bring its own memory: link it without `--import-memory`"
            }
            ("env", _) => {
                "functions from `env` are symbols that were not found when the module was linked: \
                 link the library that has them"
            }
            ("", name) if name.starts_with("wasi:") && name.contains("@0.3") => {
                "the host offers WASI preview 2: compile for `wasm32-wasip2`"
            }
            ("", name) if name.starts_with("wasi:") => {
                "the host offers what commands import: wasi:cli, clocks, filesystem, http, io, random \
                 and sockets"
            }
            ("", _) => "compose the component with one that exports it, for example by `wac plug`",
            _ => "the host offers `wasi_snapshot_preview1`: compile for `wasm32-wasip1`",
        }
    }
}

/// The interfaces that a component can import, in version 0.2. A test links each of them.
pub(super) const INTERFACES: [&str; 29] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:http/outgoing-handler",
    "wasi:http/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// Whether a component can import this, as far as the name tells.
pub(super) fn is_offered(name: &str) -> bool {
    match name.split_once('@') {
        Some((interface, version)) => {
            version.starts_with("0.2.") && INTERFACES.contains(&interface)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_toolchains_left() {
        let hints = [
            ("wasi_snapshot_preview1", "sock_open"),
            ("wasi_unstable", "sock_accept"),
            ("env", "abort"),
            ("env", "syscall/js.valueGet"),
            ("env", "memory"),
            ("env", "emscripten_memcpy_big"),
            ("env", "sqlite3_open"),
            ("gojs", "runtime.wasmExit"),
            ("wbg", "__wbindgen_throw"),
            ("javascript_kit", "swjs_get_prop"),
            ("grainRuntime", "malloc"),
            ("wasi_ephemeral_nn", "load"),
            ("", "wasi:cli/run@0.3.0"),
            ("", "wasi:nn/graph"),
            ("", "a:b/c"),
            ("host", "f"),
        ]
        .map(|(module, name)| {
            let import = UnknownImport {
                module: module.into(),
                name: name.into(),
            };
            format!("{import}: {}", import.hint())
        });
        insta::assert_snapshot!(hints.join("\n"));
    }
}
