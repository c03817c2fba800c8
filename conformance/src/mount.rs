//! Mounts: which probe stands on which route, read from `mounts.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::case::schema::Feature;

/// The table of mounts that `setup` deploys and the cases rely on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MountTable {
    /// The mounts, in the order in which they are written to a configuration.
    #[serde(rename = "mount")]
    pub mounts: Vec<Mount>,
}

/// One route with its probe and configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mount {
    /// The name by which cases refer to it; also the script's file name in a `cgi-bin` folder.
    pub name: String,
    /// The route pattern, `/env` or `/env/...`.
    pub route: String,
    /// The probe, by its file stem in `probes/`.
    pub probe: String,
    /// Whether a plain CGI server offers it too, through the native twin of the probe.
    #[serde(default)]
    pub cgi: bool,
    /// The entrypoint, `_start` by default.
    #[serde(default)]
    pub entrypoint: Option<String>,
    /// The argument template.
    #[serde(default)]
    pub argv: Option<String>,
    /// Configured variables.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Guest path → folder of fixtures under `probes/volumes/`.
    #[serde(default)]
    pub volumes: BTreeMap<String, String>,
    /// Features without which the server cannot offer this mount.
    #[serde(default)]
    pub needs: Vec<Feature>,
}

impl Mount {
    /// The URL path that selects the mount, without a rest: the pattern without `/...`.
    pub fn path(&self) -> &str {
        self.route.strip_suffix("/...").unwrap_or(&self.route)
    }
}
