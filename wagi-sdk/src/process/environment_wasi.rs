//! The environment of a module for WASI preview 1, as the host hands it over.
//!
//! # The exception for `unsafe`
//!
//! `std::env::var_os` goes through wasi-libc, which copies and searches in a way that takes 2,000 instructions for the
//! first variable: more than all else that a small handler does. WASI's own two functions do with a tenth of that, but
//! they write to where a pointer says, so calling them is `unsafe`.
//!
//! They are sound here because `environ_get` writes what `environ_sizes_get` has told: so many addresses, and so many
//! bytes. Both places are that long, initialised, aligned, and lent to nobody else while the lock is held; what the host
//! has for a module does not change while that runs. What was written is then read as numbers and bytes: an address that
//! is none of the bytes is an entry without text.
#![allow(unsafe_code, reason = "two functions of WASI, see above")]

use std::env;
use std::ffi::OsString;
use std::os::wasi::ffi::OsStringExt;
use std::sync::Mutex;

/// It is there from the module's beginning, all zeros, and costs nothing until it is used.
static ENVIRONMENT: Mutex<Environment> = Mutex::new(Environment {
    state: State::Unread,
    starts: [0; ENTRIES],
    text: [0; BYTES],
});

/// Lets `look` see a variable; it sees nothing if the variable is not set.
// Else its code would be at every caller.
#[inline(never)]
pub(super) fn with(name: &str, look: &mut dyn FnMut(&[u8])) {
    if let Ok(mut environment) = ENVIRONMENT.try_lock()
        && let Some(entries) = environment.entries()
    {
        let value = environment.get(entries, name.as_bytes());
        look(value.unwrap_or_default());
    } else {
        look(env::var_os(name).unwrap_or_default().as_encoded_bytes());
    }
}

/// Names and values, in the order of the host.
pub(super) fn all() -> Vec<(OsString, OsString)> {
    if let Ok(mut environment) = ENVIRONMENT.try_lock()
        && let Some(entries) = environment.entries()
    {
        environment.pairs(entries)
    } else {
        env::vars_os().collect()
    }
}

/// Room for what a browser makes of it; what is larger is left to `std`.
const ENTRIES: usize = 128;
const BYTES: usize = 4096;

/// An address is what WASI writes as one.
const _: () = assert!(size_of::<usize>() == 4);

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

    fn pairs(&self, entries: usize) -> Vec<(OsString, OsString)> {
        let first = self.text.as_ptr().addr();
        let starts = self.starts.get(..entries).unwrap_or_default();
        let pair = |start: &usize| {
            let entry = self.text.get(start.wrapping_sub(first)..)?;
            let entry = entry.split(|byte| *byte == 0).next()?;
            let equals = entry.iter().position(|byte| *byte == b'=')?;
            let text = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
            Some((text(&entry[..equals]), text(&entry[equals + 1..])))
        };
        starts.iter().filter_map(pair).collect()
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
