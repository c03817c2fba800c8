//! Standalone bindles: whole applications in a folder, as deislabs/wagi 0.8 serves them.
//!
//! A folder of bindles has one folder for each, named by the SHA-256 of `NAME/VERSION`, with
//! `invoice.toml` and `parcels/SHA256.dat` in it. Everything in there is taken to be hostile: names
//! of files stay inside of their volume, and what is used has the size and the digest that the
//! invoice tells. Signatures are not checked.

mod application;
mod files;
mod groups;
mod id;
mod invoice;
mod missing;
mod module;
mod parcel;

#[cfg(any(test, fuzzing))]
pub(crate) use application::interpret;
pub(crate) use application::read;
pub(crate) use id::BindleId;
pub(crate) use parcel::{ParcelError, ParcelFile, problem};
