//! Where modules run. The only part of the host that names wasmtime.
//!
//! A [`Sandbox`] is an engine with its limits; [`Program`]s are compiled and linked once, and every
//! request is one [`Invocation`] in a fresh instance.

#[macro_use]
mod retry;

mod admission;
mod cache;
mod clocks;
mod component;
mod core_module;
mod engine;
mod experimental_http;
mod imports;
mod instance;
mod limits;
mod loaded;
mod meter;
mod module;
mod network;
mod options;
mod outcome;
mod pipe;
mod precompiled;
mod runtime;
mod state;
mod stdin;
mod stdio;
mod volumes;

pub use engine::SandboxError;
pub use limits::{Limits, ModuleLimits};
pub use options::EngineKind;
pub use volumes::Volume;

pub(crate) use admission::{Admission, ModuleGate};
pub(crate) use cache::ModuleCache;
pub(crate) use engine::Sandbox;
pub(crate) use imports::UnknownImport;
pub(crate) use instance::Invocation;
pub(crate) use limits::ExcessiveLimit;
pub(crate) use module::{EntrypointError, ModuleError, Program};
pub(crate) use options::SandboxOptions;
pub(crate) use outcome::Outcome;
pub(crate) use pipe::{Broken, PipeReader, PipeWriter, pipe};
pub(crate) use stdin::{BodyError, BodySource, Drained, Stdin};
