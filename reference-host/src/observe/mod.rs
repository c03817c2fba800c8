//! What operators see: the access log, the modules' standard error, metrics.

mod access;
mod excerpt;
mod format;
mod histogram;
mod line_level;
mod log_files;
mod log_quota;
mod metrics;
mod module_log;
mod outcome;
mod recorder;
#[cfg(feature = "otlp")]
mod span_client;
#[cfg_attr(not(feature = "otlp"), path = "no_spans.rs")]
mod spans;
mod trace;

pub(crate) use access::AccessRecord;
pub use access::RequestId;
pub(crate) use excerpt::{Excerpt, ShortList};
pub use format::LogFormat;
pub(crate) use metrics::{Inside, LimitHit, Metrics, Reload, RouteMetrics};
pub(crate) use module_log::LineBuffer;
pub use module_log::{LogLine, ModuleLog};
pub(crate) use outcome::RequestOutcome;
pub(crate) use recorder::{KEPT, Recorder, Reloaded};
pub(crate) use spans::{RequestSpan, Spans, Steps};
pub(crate) use trace::{Bounds, Caller, Notes, Trace};
