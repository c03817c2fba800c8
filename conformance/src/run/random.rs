//! Everything random comes from the seed of the run.

/// A word for one exchange, which nobody else sends: small letters and digits.
pub fn nonce(seed: u64, case: &str, attempt: u64, exchange: usize) -> String {
    let exchange = u64::try_from(exchange).unwrap_or(u64::MAX);
    let mut state = seed;
    for part in case.bytes().map(u64::from).chain([attempt, exchange]) {
        state = mixed(state ^ part);
    }
    // A letter first: nothing takes it for a number.
    format!("n{state:016x}")
}

/// A seed that differs from run to run.
pub fn fresh_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    // Short enough to be typed again.
    RandomState::new().hash_one(std::process::id()) >> 32
}

/// Shuffles in place (Fisher and Yates).
pub fn shuffle<T>(list: &mut [T], seed: u64) {
    let mut state = seed;
    for last in (1..list.len()).rev() {
        state = mixed(state);
        let bound = u64::try_from(last).unwrap_or(u64::MAX) + 1;
        list.swap(last, usize::try_from(state % bound).unwrap_or(last));
    }
}

/// The step of splitmix64.
fn mixed(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_differ_and_come_back() {
        let one = nonce(1, "status.alone", 0, 0);
        assert_eq!(one, nonce(1, "status.alone", 0, 0));
        assert_eq!(one.len(), 17);
        for other in [
            nonce(2, "status.alone", 0, 0),
            nonce(1, "status.alonf", 0, 0),
            nonce(1, "status.alone", 1, 0),
            nonce(1, "status.alone", 0, 1),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_shuffle_keeps_everything() {
        let mut list: Vec<_> = (0..100).collect();
        shuffle(&mut list, 7);
        assert_ne!(list, (0..100).collect::<Vec<_>>());
        list.sort_unstable();
        assert_eq!(list, (0..100).collect::<Vec<_>>());
    }
}
