//! A WAGI server: WebAssembly modules as HTTP handlers, on wasmtime.
//!
//! The command `wagi` is a thin layer above this library. To embed a server in a program or a test:
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::{TcpListener, TcpStream};
//! use wagi_host::{Config, Host, Settings};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let module = folder.path().join("hello.wat");
//! std::fs::write(&module, r#"(module
//!     (import "wasi_snapshot_preview1" "fd_write"
//!         (func $fd_write (param i32 i32 i32 i32) (result i32)))
//!     (memory (export "memory") 1)
//!     (data (i32.const 0) "\10\00\00\00\20\00\00\00")
//!     (data (i32.const 16) "Content-Type: text/plain\0a\0ahello\0a")
//!     (func (export "_start")
//!         (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#)?;
//! let config = folder.path().join("modules.toml");
//! std::fs::write(&config, "[[module]]\nroute = \"/hello\"\nmodule = \"hello.wat\"\n")?;
//!
//! let host = Host::new(Config::load(&config)?, Settings::default().instances(8))?;
//! let running = host.serve(TcpListener::bind("127.0.0.1:0")?)?;
//!
//! let mut client = TcpStream::connect(running.local_addr())?;
//! client.write_all(b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
//! let mut response = String::new();
//! client.read_to_string(&mut response)?;
//! assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
//! assert!(response.ends_with("hello\n"));
//! running.shutdown();
//! # Ok(())
//! # }
//! ```
//!
//! The library logs through `tracing` and installs no subscriber: `wagi_host::access` has a line per
//! request, `wagi_host::module` what modules write to standard error.
//!
//! Data flows one way: request → route → gateway → sandbox → gateway → response.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "tests"))]
#![cfg_attr(
    fuzzing,
    allow(
        dead_code,
        unused_imports,
        reason = "used by what fuzzers are built without"
    )
)]

pub mod gateway;
pub mod routes;

mod bindle;
mod config;
mod digest;

pub use config::{Config, Diagnostic, Diagnostics, Severity};
pub use outbound::InvalidAllowedHost;
pub use sandbox::{Limits, ModuleLimits, Volume};

// A fuzzer is built without what needs sockets or an engine: within seconds, and all of it observed.
#[cfg(not(fuzzing))]
#[doc(hidden)]
pub mod cli;
#[cfg(not(fuzzing))]
mod embed;
#[cfg(not(fuzzing))]
mod files;
#[cfg(not(fuzzing))]
mod host;
#[cfg(not(fuzzing))]
mod inspect;
#[cfg(not(fuzzing))]
mod observe;
#[cfg(not(fuzzing))]
mod outbound;
#[cfg(not(fuzzing))]
mod registry;
#[cfg(not(fuzzing))]
mod running;
#[cfg(not(fuzzing))]
mod sandbox;
#[cfg(not(fuzzing))]
mod server;
#[cfg(not(fuzzing))]
mod settings;
#[cfg(not(fuzzing))]
mod site;
#[cfg(not(fuzzing))]
mod watch;

#[cfg(not(fuzzing))]
pub use embed::{ClientConnection, HttpBody, HttpService};
#[cfg(not(fuzzing))]
pub use host::{Host, HostError};
#[cfg(not(fuzzing))]
pub use observe::{LogFormat, LogLine, ModuleLog, RequestId};
#[cfg(not(fuzzing))]
pub use running::Running;
#[cfg(not(fuzzing))]
pub use sandbox::{EngineKind, SandboxError};
#[cfg(not(fuzzing))]
pub use server::{InvalidAddress, ListenAddress, Listener, Tls, TlsError, TlsFiles};
#[cfg(not(fuzzing))]
pub use settings::Settings;

#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;

/// The network without sockets: what may be asked for.
#[cfg(fuzzing)]
mod outbound {
    mod allowed_host;
    mod policy;

    pub use allowed_host::InvalidAllowedHost;
    pub(crate) use allowed_host::{AllowedHost, Permission};
    pub(crate) use policy::OutboundPolicy;
}

/// The sandbox without its engine: what modules may use.
#[cfg(fuzzing)]
mod sandbox {
    mod limits;
    mod volumes;

    pub use limits::{Limits, ModuleLimits};
    pub use volumes::Volume;
}
