//! Bytes that wait for others.

/// A header block, and what follows it if that is short. It needs no allocation unless it is long.
pub(crate) struct Block {
    short: [u8; SHORT],
    /// How much of `short` is used: all of it, once there is a `long` one.
    used: usize,
    long: Vec<u8>,
}

/// Room for the usual fields and a sentence.
const SHORT: usize = 128;

impl Block {
    pub(crate) fn new() -> Self {
        Self {
            short: [0; SHORT],
            used: 0,
            long: Vec::new(),
        }
    }

    // Else its code would be at every caller.
    #[inline(never)]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let end = self.used + bytes.len();
        match self.short.get_mut(self.used..end) {
            Some(place) => {
                place.copy_from_slice(bytes);
                self.used = end;
            }
            None => self.push_long(bytes),
        }
    }

    #[cold]
    fn push_long(&mut self, bytes: &[u8]) {
        if self.long.is_empty() {
            self.long.reserve(self.used + bytes.len());
            let short = self.short.get(..self.used).unwrap_or_default();
            self.long.extend_from_slice(short);
            self.used = SHORT;
        }
        self.long.extend_from_slice(bytes);
    }

    /// In decimal, without the allocation of a `to_string`.
    pub(crate) fn push_number(&mut self, number: u64) {
        if number >= 10 {
            self.push_number(number / 10);
        }
        self.push(&[b'0' + (number % 10) as u8]);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        if self.long.is_empty() {
            self.short.get(..self.used).unwrap_or_default()
        } else {
            &self.long
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.used == 0
    }

    pub(crate) fn clear(&mut self) {
        self.used = 0;
        self.long.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, SHORT};

    #[test]
    fn nothing_is_lost_where_the_short_place_ends() {
        for first in [0, 1, SHORT - 1, SHORT, SHORT + 1] {
            for second in [0, 1, 2, SHORT] {
                let mut block = Block::new();
                for _ in 0..2 {
                    block.push(&vec![b'a'; first]);
                    block.push(&vec![b'b'; second]);
                    block.push_number(1200);
                    let expected = [vec![b'a'; first], vec![b'b'; second], b"1200".to_vec()];
                    assert_eq!(block.bytes(), expected.concat(), "{first} {second}");
                    assert!(!block.is_empty());
                    block.clear();
                    assert!(block.is_empty());
                    assert_eq!(block.bytes(), b"");
                }
            }
        }
    }

    #[test]
    fn numbers_are_decimal() {
        for number in [0, 9, 10, 1200, u64::MAX] {
            let mut block = Block::new();
            block.push_number(number);
            assert_eq!(block.bytes(), number.to_string().as_bytes());
        }
    }
}
