//! What a module may do on the network.

use super::{AllowedHost, Permission};

/// What a module may do on the network: the keys `allowed_hosts` and `http_max_concurrency`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OutboundPolicy {
    /// Without any, the module has no network.
    pub(crate) allowed_hosts: Vec<AllowedHost>,
    /// How many responses an instance may have open at the same time.
    pub(crate) max_concurrency: Option<u32>,
}

impl OutboundPolicy {
    /// Whether requests to this place are allowed. A host that is allowed by its name is not
    /// restricted by a wildcard that matches as well.
    pub(crate) fn permission(&self, host: &str, port: u16) -> Option<Permission> {
        let entries = self.allowed_hosts.iter();
        let permissions: Vec<_> = entries
            .filter_map(|entry| entry.permits(host, port))
            .collect();
        let named = permissions
            .iter()
            .find(|permission| **permission == Permission::Named);
        named.or(permissions.first()).copied()
    }
}
