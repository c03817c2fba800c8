//! Where a case applies.

use serde::{Deserialize, Serialize};

/// A named selection of cases; defined in the specification's chapter on conformance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// What every WAGI server does.
    Core,
    /// Route patterns and their precedence.
    Routing,
    /// Entrypoints and `_routes`.
    DeclaredRoutes,
    /// Mounted directories.
    Volumes,
    /// Time, memory, sizes.
    Limits,
    /// Rules that come from CGI/1.1 and hold for a plain CGI server as well.
    Cgi,
}

/// An optional feature that a server may lack; declared once per server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// Routes of the suite's own choosing, several per module, `/...` at the root.
    Routes,
    /// A configured entrypoint other than `_start`.
    Entrypoint,
    /// `_routes`.
    DeclaredRoutes,
    /// The `argv` template.
    ArgvTemplate,
    /// Mounted directories.
    Volumes,
    /// Configured environment variables.
    Environment,
    /// HTTP/1.1 requests with chunked bodies.
    ChunkedRequests,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Core,
        Self::Routing,
        Self::DeclaredRoutes,
        Self::Volumes,
        Self::Limits,
        Self::Cgi,
    ];

    /// As it stands in case files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Routing => "routing",
            Self::DeclaredRoutes => "declared-routes",
            Self::Volumes => "volumes",
            Self::Limits => "limits",
            Self::Cgi => "cgi",
        }
    }
}

impl Feature {
    /// As it stands in case files and server files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Routes => "routes",
            Self::Entrypoint => "entrypoint",
            Self::DeclaredRoutes => "declared-routes",
            Self::ArgvTemplate => "argv-template",
            Self::Volumes => "volumes",
            Self::Environment => "environment",
            Self::ChunkedRequests => "chunked-requests",
        }
    }
}
