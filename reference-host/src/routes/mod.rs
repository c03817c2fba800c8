//! Which module answers a path: patterns, the table of them, and the routes that modules declare.

mod declared;
mod pattern;
mod table;

pub use declared::{DeclaredRoute, DeclaredRoutesError, parse_declared_routes};
pub use pattern::{PatternError, RoutePattern};
pub use table::{Match, Route, RouteGroup, RouteTable};
