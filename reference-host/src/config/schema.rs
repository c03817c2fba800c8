//! What a module entry says.

use crate::gateway::ArgumentTemplate;
use crate::outbound::OutboundPolicy;
use crate::routes::RoutePattern;
use crate::sandbox::{ModuleLimits, Volume};
use std::ops::Range;
use std::path::PathBuf;

/// The keys of a `[[module]]` entry.
pub(super) const MODULE_KEYS: [&str; 8] = [
    "route",
    "module",
    "entrypoint",
    "argv",
    "volumes",
    "environment",
    "allowed_hosts",
    "http_max_concurrency",
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
    /// Relative to the configuration file, already resolved.
    pub(crate) module: Spanned<PathBuf>,
    pub(crate) entrypoint: Option<Spanned<String>>,
    pub(crate) argv: Option<ArgumentTemplate>,
    pub(crate) volumes: Vec<Spanned<Volume>>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) limits: Spanned<ModuleLimits>,
    pub(crate) outbound: OutboundPolicy,
}
