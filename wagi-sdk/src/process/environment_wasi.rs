//! The environment of a module for WASI preview 1, as the host hands it over.
//!
//! # The exception for `unsafe`
//!
//! `std::env::var_os` goes through wasi-libc, which copies and searches in a way that takes 2,000 instructions for the
//! first variable: more than all else that a small handler does. WASI's own two functions do with a tenth of that, but
//! they write to where a pointer says, so calling them is `unsafe`.
//!
//! They are sound here because `environ_get` writes what `environ_sizes_get` has told: so many addresses, and so many
//! bytes. Both places are that long, initialised, and lent to nobody else meanwhile. Nothing comes between the two
//! calls: a module has one thread, and nobody else changes what its host has for it. What was written is then read as
//! numbers and bytes; an address that is none of the bytes is an entry without text.
#![allow(unsafe_code, reason = "two functions of WASI, see above")]

use std::env;
use std::ffi::OsString;
use std::sync::Mutex;

/// Lets `look` see a variable; it sees nothing if the variable is not set.
// Else its code would be at every caller.
#[inline(never)]
pub(super) fn with(name: &str, look: &mut dyn FnMut(&[u8])) {
    /// It is there from the module's beginning, all zeros, and costs nothing until it is used.
    static ENVIRONMENT: Mutex<Environment> = Mutex::new(Environment {
        state: State::Unread,
        starts: [0; ENTRIES],
        text: [0; BYTES],
    });
    if let Ok(mut environment) = ENVIRONMENT.try_lock()
        && let Some(entries) = environment.entries()
    {
        look(
            environment
                .get(entries, name.as_bytes())
                .unwrap_or_default(),
        );
    } else {
        look(env::var_os(name).unwrap_or_default().as_encoded_bytes());
    }
}

/// Names and values, in the order of the host.
pub(super) fn all() -> Vec<(OsString, OsString)> {
    env::vars_os().collect()
}

/// Room for what a browser makes of it; what is larger is left to `std`.
const ENTRIES: usize = 128;
const BYTES: usize = 4096;

struct Environment {
    state: State,
    /// The addresses of the entries.
    starts: [usize; ENTRIES],
    /// `NAME=value`, each with a NUL behind it.
    text: [u8; BYTES],
}

enum State {
    Unread,
    /// So many entries.
    Read(usize),
    /// It is too large, or the host has given none.
    Elsewhere,
}

impl Environment {
    /// How many entries there are, unless they are elsewhere.
    fn entries(&mut self) -> Option<usize> {
        if let State::Unread = self.state {
            self.state = self.read().map_or(State::Elsewhere, State::Read);
        }
        match self.state {
            State::Read(entries) => Some(entries),
            _ => None,
        }
    }

    fn read(&mut self) -> Option<usize> {
        // SAFETY: it writes two numbers, to places of its own.
        let (entries, bytes) = unsafe { wasip1::environ_sizes_get() }.ok()?;
        if entries > ENTRIES || bytes > BYTES {
            return None;
        }
        let (starts, text) = (self.starts.as_mut_ptr(), self.text.as_mut_ptr());
        // SAFETY: there is room for the addresses and for the bytes, as has just been seen.
        unsafe { wasip1::environ_get(starts.cast(), text) }.ok()?;
        Some(entries)
    }

    fn get(&self, entries: usize, name: &[u8]) -> Option<&[u8]> {
        let first = self.text.as_ptr().addr();
        for start in self.starts.get(..entries)? {
            let place = start.wrapping_sub(first);
            // Most have names of another length, and are looked at no further.
            if self.text.get(place.wrapping_add(name.len())) == Some(&b'=')
                && let Some(entry) = self.text.get(place..)
                && let Some(value) = entry.strip_prefix(name)
            {
                return value.get(1..)?.split(|byte| *byte == 0).next();
            }
        }
        None
    }
}
