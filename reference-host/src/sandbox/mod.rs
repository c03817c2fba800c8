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

pub use engine::{Sandbox, SandboxError};
pub use instance::Invocation;
pub use limits::Limits;
pub use module::{EntrypointError, ModuleError, Program};
pub use outcome::Outcome;
pub use pipe::{Broken, PipeReader, PipeWriter, pipe};
pub use stdin::{BodyError, BodySource, Drained, Stdin};
pub use volumes::Volume;
