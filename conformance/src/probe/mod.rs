//! Probes: the modules whose behaviour is known byte for byte, so that every difference is the
//! server's.
//!
//! Each is a hand-written `probes/NAME.wat`, assembled in process; some have a [`native`] twin for
//! plain CGI servers. The comments in the files say what each of them does.

mod assemble;
mod dump;
mod native;

pub use assemble::{ProbeError, names, wasm};
pub use dump::{Digest, Dump, digest};
pub use native::native;
