//! The facade `tracing`.

use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Sends events of the `tracing` crate to standard error, from this level on, with their fields. Spans are not written:
/// one request is one process, whose lines belong together anyway. Only the first call has an effect.
///
/// ```
/// use tracing::level_filters::LevelFilter;
/// use wagi_sdk::testing::Request;
///
/// wagi_sdk::logging::init_tracing(LevelFilter::INFO);
/// let transcript = Request::get("/").send(|| {
///     tracing::warn!(target: "shop", amount = 3, kind = "green", "tea is low");
///     tracing::debug!("nobody sees this");
/// });
/// assert_eq!(transcript.stderr(), "WARN shop: tea is low amount=3 kind=\"green\"\n");
/// ```
pub fn init_tracing(level: LevelFilter) {
    // Another subscriber that is there already stays.
    let _ = tracing::subscriber::set_global_default(Lines {
        level,
        spans: AtomicU64::new(1),
    });
}

struct Lines {
    level: LevelFilter,
    spans: AtomicU64,
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= &self.level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let metadata = event.metadata();
        let (message, fields) = (text.message, text.fields);
        super::line(
            metadata.level().as_str(),
            metadata.target(),
            format_args!("{message}{fields}"),
        );
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// An event as text: the message, then the fields.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
