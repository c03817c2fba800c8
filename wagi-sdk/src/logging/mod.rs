//! Lines with a level for the server's log, through the facades `log` and `tracing` (features of the same names).
//!
//! A line goes to standard error in one piece, such as `WARN shop::stock: tea is low amount=3`. Line breaks in it become
//! spaces, so that no visitor writes lines of his own.
//!
//! ```
//! use log::LevelFilter;
//! use wagi_sdk::{logging::init_log, testing::Request};
//!
//! init_log(LevelFilter::Warn);
//! let transcript = Request::get("/").send(|| log::warn!(target: "shop::stock", "{} is low", "tea\r\npot"));
//! assert_eq!(transcript.stderr(), "WARN shop::stock: tea  pot is low\n");
//! ```

use std::fmt::{self, Write};

#[cfg(feature = "log")]
mod facade;
#[cfg(feature = "tracing")]
mod subscriber;

#[cfg(feature = "log")]
pub use facade::init_log;
#[cfg(feature = "tracing")]
pub use subscriber::init_tracing;

/// Writes a line; natively in tests, to the transcript.
fn line(level: &str, target: &str, message: fmt::Arguments<'_>) {
    let mut flat = OneLine(String::new());
    // Writing to a string cannot fail.
    let _ = write!(flat, "{level} {target}: {message}");
    crate::log::line(format_args!("{}", flat.0));
}

struct OneLine(String);

impl Write for OneLine {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend(text.chars().map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        }));
        Ok(())
    }
}
