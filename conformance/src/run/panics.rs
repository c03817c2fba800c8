//! A defect of the suite is reported as one, beside the results of all other cases.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs it; where it panics, the reason for a record that says so.
pub(super) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        format!("the suite panicked: {}", text.unwrap_or("without a word"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_reason() {
        assert_eq!(caught(|| 1), Ok(1));
        let caught = |text: String| caught(|| std::panic::resume_unwind(Box::new(text)));
        let reason: Result<(), String> = caught("index 3".to_owned());
        assert_eq!(reason, Err("the suite panicked: index 3".to_owned()));
    }
}
