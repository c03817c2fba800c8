//! The development page: what it shows, as JSON and as a page. `server/inspector/` puts it on a
//! listener.
//!
//! Everything that is shown was sent by clients and modules: it leaves here as JSON, and the page
//! makes text of it and nothing else.

mod bytes;
mod curl;
mod detail;
mod page;
mod requirement;
mod row;

pub(crate) use detail::Detail;
pub(crate) use page::{page, policy};
pub(crate) use requirement::requirement;
pub(crate) use row::Row;
