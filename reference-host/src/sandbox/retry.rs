//! Asking the pool again.

use std::time::Duration;

/// How often a place in the pool is asked for again.
pub(super) const ATTEMPTS: usize = 100;

/// Evaluates an expression, a future of what needs memory or a stack from the pool, again while
/// there is none.
///
/// A running request was admitted, so there is a place in the pool for it. For a moment that place
/// can be neither free nor taken, while another thread hands its used memory back to the system.
macro_rules! retry_when_full {
    ($attempt:expr) => {{
        let mut attempt = 0;
        loop {
            match $attempt.await {
                Err(error)
                    if error.is::<wasmtime::PoolConcurrencyLimitError>()
                        && attempt < $crate::sandbox::retry::ATTEMPTS =>
                {
                    $crate::sandbox::retry::pause(attempt).await;
                    attempt += 1;
                }
                result => break result,
            }
        }
    }};
}

pub(super) async fn pause(attempt: usize) {
    match attempt {
        0..10 => tokio::task::yield_now().await,
        _ => tokio::time::sleep(Duration::from_millis(1)).await,
    }
}
