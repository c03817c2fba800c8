//! What operators see: the access log and the modules' standard error.

mod access;
mod module_log;

pub use access::{AccessRecord, RequestId};
pub use module_log::{LineBuffer, LogLine, ModuleLog};
