//! A byte-level HTTP/1.1 client: keeps order, case and duplicates, sends anything, believes nothing.

pub mod client;
pub mod message;
pub mod parse;
