//! Lines for the server's log: standard error, or a test's transcript.

use std::cell::RefCell;
use std::fmt;

use crate::process;

thread_local! {
    static CAPTURED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Writes a line.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    CAPTURED.with_borrow_mut(|captured| match captured {
        Some(captured) => captured.push_str(&format!("{text}\n")),
        None => process::log(text),
    });
}

/// Runs `f` and returns with its result what it logged on this thread.
pub(crate) fn capture<T>(f: impl FnOnce() -> T) -> (T, String) {
    let outer = CAPTURED.replace(Some(String::new()));
    let result = f();
    let captured = CAPTURED.replace(outer);
    (result, captured.unwrap_or_default())
}
