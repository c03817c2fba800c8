//! What the entries of a configuration say.

use super::ModuleSource;
use crate::gateway::ArgumentTemplate;
use crate::outbound::OutboundPolicy;
use crate::routes::{HostPattern, Methods, RoutePattern};
use crate::sandbox::{ModuleLimits, Volume};
use http::HeaderValue;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// The keys of a `[[module]]` entry.
pub(super) const MODULE_KEYS: [&str; 14] = [
    "route",
    "module",
    "host",
    "methods",
    "entrypoint",
    "argv",
    "volumes",
    "environment",
    "env_file",
    "limits",
    "allowed_hosts",
    "http_max_concurrency",
    "repository",
    "bindle_server",
];

/// The keys of a `[[static]]` entry.
pub(super) const STATIC_KEYS: [&str; 7] = [
    "route",
    "folder",
    "host",
    "index",
    "hidden",
    "precompressed",
    "cache_control",
];

/// The keys of `limits`: the fields of [`ModuleLimits`].
pub(super) const LIMIT_KEYS: [&str; 8] = [
    "wall_time",
    "memory",
    "table_elements",
    "stack",
    "instances",
    "body",
    "response",
    "header_block",
];

/// A value and where it stands in the file.
#[derive(Clone, Debug)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

impl<T> Spanned<T> {
    pub(crate) fn new(value: T, span: Range<usize>) -> Self {
        Self { value, span }
    }

    pub(crate) fn without_place(value: T) -> Self {
        Self { value, span: 0..0 }
    }
}

/// One `[[module]]` entry.
#[derive(Clone, Debug)]
pub(crate) struct ModuleConfig {
    /// Nothing where it is wrong; what else the entry says is checked all the same.
    pub(crate) route: Option<Spanned<RoutePattern>>,
    /// None means every host.
    pub(crate) hosts: Vec<HostPattern>,
    pub(crate) methods: Methods,
    /// With paths relative to the configuration file already resolved.
    pub(crate) module: Spanned<ModuleSource>,
    pub(crate) entrypoint: Option<Spanned<String>>,
    pub(crate) argv: Option<ArgumentTemplate>,
    pub(crate) volumes: Vec<Spanned<Volume>>,
    /// Those of `env_file` included.
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) limits: Spanned<ModuleLimits>,
    pub(crate) outbound: OutboundPolicy,
    /// A temporary folder that is one of the volumes; it goes with the last who has it.
    pub(crate) copies: Option<Arc<TempDir>>,
}

impl ModuleConfig {
    /// A module with nothing but a route.
    pub(crate) fn new(route: Option<Spanned<RoutePattern>>, module: Spanned<ModuleSource>) -> Self {
        Self {
            route,
            hosts: Vec::new(),
            methods: Methods::default(),
            module,
            entrypoint: None,
            argv: None,
            volumes: Vec::new(),
            environment: Vec::new(),
            limits: Spanned::without_place(ModuleLimits::default()),
            outbound: OutboundPolicy::default(),
            copies: None,
        }
    }
}

/// One `[[static]]` entry: a folder of files.
#[derive(Clone, Debug)]
pub(crate) struct StaticConfig {
    pub(crate) route: Option<Spanned<RoutePattern>>,
    pub(crate) hosts: Vec<HostPattern>,
    pub(crate) folder: Spanned<PathBuf>,
    /// The file that stands for a directory.
    pub(crate) index: Option<String>,
    /// Whether files and directories whose names begin with a dot are served.
    pub(crate) hidden: bool,
    /// Whether `x.br` and `x.gz` are sent for `x` to clients that take them.
    pub(crate) precompressed: bool,
    pub(crate) cache_control: Option<HeaderValue>,
}
