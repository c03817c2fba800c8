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
