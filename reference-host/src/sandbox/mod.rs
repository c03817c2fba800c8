//! Where modules run. The only part of the host that names wasmtime.
//!
//! A [`Sandbox`] is an engine with its limits; [`Program`]s are compiled and linked once, and every
//! request is one [`Invocation`] in a fresh instance.

mod engine;
mod instance;
mod limits;
mod module;
mod outcome;
mod pipe;
mod stdin;
mod stdio;
mod volumes;

pub use engine::SandboxError;
pub use limits::{Limits, ModuleLimits};
pub use volumes::Volume;

pub(crate) use engine::Sandbox;
pub(crate) use instance::Invocation;
pub(crate) use limits::ExcessiveLimit;
pub(crate) use module::{EntrypointError, ModuleError, Program};
pub(crate) use outcome::Outcome;
pub(crate) use pipe::{Broken, PipeReader, PipeWriter, pipe};
pub(crate) use stdin::{BodyError, BodySource, Drained, Stdin};
