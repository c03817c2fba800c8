//! Which module answers a request: patterns of paths and hosts, methods, the table of them, and the
//! routes that modules declare.

mod declared;
mod host;
mod methods;
mod pattern;
mod table;

pub use declared::{DeclaredRoute, DeclaredRoutesError, parse_declared_routes};
pub use host::{HostPattern, HostPatternError};
pub(crate) use methods::KNOWN_METHODS;
pub use methods::{MethodVerdict, Methods};
pub use pattern::{PatternError, RoutePattern};
pub(crate) use table::share_hosts;
pub use table::{Match, Route, RouteGroup, RouteTable};
