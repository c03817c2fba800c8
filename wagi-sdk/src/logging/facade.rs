//! The facade `log`.

use log::{LevelFilter, Log, Metadata, Record};

/// Sends what is logged through the `log` crate to standard error, from this level on. Only the first call has an effect.
///
/// ```
/// use log::LevelFilter;
/// use wagi_sdk::testing::Request;
///
/// wagi_sdk::logging::init_log(LevelFilter::Info);
/// let transcript = Request::get("/").send(|| {
///     log::warn!(target: "shop", "{} is low", "tea\npot");
///     log::debug!("nobody sees this");
/// });
/// assert_eq!(transcript.stderr(), "WARN shop: tea pot is low\n");
/// ```
pub fn init_log(level: LevelFilter) {
    if log::set_logger(&Lines).is_ok() {
        log::set_max_level(level);
    }
}

struct Lines;

impl Log for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            super::line(record.level().as_str(), record.target(), *record.args());
        }
    }

    fn flush(&self) {}
}
