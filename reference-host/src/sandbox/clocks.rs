//! Clocks that are not finer than they have to be.
//!
//! A fine clock helps code that guesses at secrets by the time that something takes.

use std::time::{Duration, Instant, SystemTime};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};

/// Lets both clocks of a module advance in steps.
pub(super) fn coarsen(context: &mut WasiCtxBuilder, resolution: Duration) {
    context.wall_clock(WallClock(resolution));
    context.monotonic_clock(MonotonicClock {
        begin: Instant::now(),
        resolution,
    });
}

struct WallClock(Duration);

struct MonotonicClock {
    begin: Instant,
    resolution: Duration,
}

impl HostWallClock for WallClock {
    fn resolution(&self) -> Duration {
        self.0
    }

    fn now(&self) -> Duration {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        rounded(since_epoch.unwrap_or_default(), self.0)
    }
}

impl HostMonotonicClock for MonotonicClock {
    fn resolution(&self) -> u64 {
        nanoseconds(self.resolution)
    }

    fn now(&self) -> u64 {
        nanoseconds(rounded(self.begin.elapsed(), self.resolution))
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Down to a whole number of steps.
fn rounded(time: Duration, step: Duration) -> Duration {
    let step = step.as_nanos().max(1);
    let nanoseconds = time.as_nanos() / step * step;
    const SECOND: u128 = 1_000_000_000;
    // Both parts are smaller than those of `time`.
    Duration::new((nanoseconds / SECOND) as u64, (nanoseconds % SECOND) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_rounded_down() {
        let step = Duration::from_millis(100);
        assert_eq!(
            rounded(Duration::from_millis(1299), step),
            Duration::from_millis(1200)
        );
        assert_eq!(rounded(Duration::from_millis(99), step), Duration::ZERO);
        let fine = Duration::new(7, 123_456_789);
        assert_eq!(rounded(fine, Duration::from_nanos(1)), fine);
        assert_eq!(rounded(fine, Duration::ZERO), fine);
    }
}
