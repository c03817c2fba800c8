//! Where log lines go: to standard error, in colour if that is a terminal.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Installs the subscriber. `default` holds unless `WAGI_LOG` says otherwise.
pub(super) fn start(default: &str) {
    let filter = std::env::var("WAGI_LOG").unwrap_or_else(|_| default.to_string());
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && !no_color)
        .init();
}
