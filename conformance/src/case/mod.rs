//! Golden cases: data in `cases/*.toml`, readable by someone who knows no Rust.

pub mod schema;
