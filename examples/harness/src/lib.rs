//! For the tests of the examples over HTTP: [`serve`] builds an example to WebAssembly, starts the reference host in
//! this process on a free port, and gives back where to ask.

mod build;
mod site;

pub use build::{build, build_bin, build_component};
pub use reqwest::blocking::Body;
pub use site::{Site, serve, serve_with_read_only_volume, serve_with_volume};
