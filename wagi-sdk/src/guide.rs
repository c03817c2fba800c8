//! Guides, for reading from front to back.
//!
//! What they lead to, in short:
//!
//! ```
//! use wagi_sdk::{Path, Router, testing::Request};
//!
//! let app = Router::new().get("/hello/{name}", |Path(name): Path<String>| format!("Hello, {name}!\n"));
//! assert_eq!(Request::get("/hello/Ann").send(app).text(), "Hello, Ann!\n");
//! ```

#[doc = include_str!("docs/getting_started.md")]
pub mod getting_started {}

#[doc = include_str!("docs/extractors.md")]
pub mod extractors {}

#[doc = include_str!("docs/responses.md")]
pub mod responses {}

#[doc = include_str!("docs/routing.md")]
pub mod routing {}

#[doc = include_str!("docs/state.md")]
pub mod state {}

#[doc = include_str!("docs/testing.md")]
pub mod testing {}

#[doc = include_str!("docs/coming_from.md")]
pub mod coming_from {}
