//! Copies that cannot grow without bound.

/// The beginning of bytes that may be many, and how many there were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    bytes: Vec<u8>,
    total: u64,
    limit: usize,
}

impl Excerpt {
    /// Keeps the first `limit` bytes.
    pub(crate) fn up_to(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            total: 0,
            limit,
        }
    }

    /// Takes bytes in any portions.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let room = self.limit - self.bytes.len();
        self.bytes
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// What was kept.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes there were.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Whether there were more than were kept.
    pub(crate) fn is_cut(&self) -> bool {
        self.total > self.bytes.len() as u64
    }
}

/// The first entries of a list that may be long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShortList<T> {
    entries: Vec<T>,
    left_out: usize,
    /// Bytes that further entries may have.
    room: usize,
}

impl<T> ShortList<T> {
    /// Keeps entries of `room` bytes in all.
    pub(crate) fn up_to(room: usize) -> Self {
        Self {
            entries: Vec::new(),
            left_out: 0,
            room,
        }
    }

    /// Adds an entry of `length` bytes, unless there is no room for it or for an earlier one.
    pub(crate) fn add(&mut self, length: usize, entry: impl FnOnce() -> T) {
        match self.room.checked_sub(length) {
            Some(room) if self.left_out == 0 => {
                self.room = room;
                self.entries.push(entry());
            }
            _ => self.left_out += 1,
        }
    }

    /// What was kept.
    pub(crate) fn entries(&self) -> &[T] {
        &self.entries
    }

    /// How many entries were not.
    pub(crate) fn left_out(&self) -> usize {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_beyond_the_limit_are_counted() {
        let mut excerpt = Excerpt::up_to(4);
        excerpt.add(b"ab");
        assert!(!excerpt.is_cut());
        excerpt.add(b"cde");
        excerpt.add(b"f");
        assert_eq!((excerpt.bytes(), excerpt.total()), (&b"abcd"[..], 6));
        assert!(excerpt.is_cut());
    }

    #[test]
    fn nothing_is_listed_behind_what_was_left_out() {
        let mut list = ShortList::up_to(4);
        for text in ["ab", "abc", "a"] {
            list.add(text.len(), || text);
        }
        assert_eq!((list.entries(), list.left_out()), (&["ab"][..], 2));
    }
}
