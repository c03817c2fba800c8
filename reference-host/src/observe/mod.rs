//! What operators see: the access log and the modules' standard error.

mod access;
mod log_files;
mod module_log;

pub(crate) use access::AccessRecord;
pub use access::RequestId;
pub(crate) use module_log::LineBuffer;
pub use module_log::{LogLine, ModuleLog};
