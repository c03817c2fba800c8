//! Golden cases: data in `cases/*.toml`, readable by someone who knows no Rust.

pub mod bytes;
pub mod files;
pub mod library;
pub mod matcher;
pub mod request;
pub mod schema;
mod validate;
pub mod write;
