//! The environment of a program.

use std::env;
use std::ffi::OsString;

pub(super) fn with(name: &str, look: &mut dyn FnMut(&[u8])) {
    look(env::var_os(name).unwrap_or_default().as_encoded_bytes());
}

pub(super) fn all() -> Vec<(OsString, OsString)> {
    env::vars_os().collect()
}
