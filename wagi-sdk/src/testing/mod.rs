//! Tests of handlers without a server, natively: a request is described, sent to the handler, and the transcript shows
//! what went out.
//!
//! ```
//! use wagi_sdk::{Json, testing::{Request, Server}};
//!
//! fn handler(Json(numbers): Json<Vec<i64>>) -> Json<i64> {
//!     Json(numbers.iter().sum())
//! }
//!
//! let transcript = Request::post("/sum").mounted_at("/app").json(&[1, 2, 3]).send(handler);
//! assert_eq!(transcript.status(), 200);
//! assert_eq!(transcript.json::<i64>(), 6);
//!
//! // The same under a server that leaves CONTENT_TYPE empty:
//! let transcript = Request::post("/sum").json(&[1, 2, 3]).as_server(Server::DeislabsWagi).send(handler);
//! assert_eq!(transcript.json::<i64>(), 6);
//! ```
//!
//! The handler gets exactly what [`serve`](crate::serve) would give it, by the same code. What it prints to standard
//! error itself is not captured; the private part of an [`Error`](crate::Error) is.

mod part;
mod request;
mod server;
mod transcript;

pub use part::Part;
pub use request::Request;
pub use server::Server;
pub use transcript::Transcript;
