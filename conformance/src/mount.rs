//! Mounts: which probe stands on which route, read from `mounts.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

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

impl MountTable {
    /// The table that is compiled in.
    pub fn builtin() -> &'static MountTable {
        static TABLE: LazyLock<MountTable> = LazyLock::new(|| {
            // A unit test reads the very same text.
            toml::from_str(include_str!("../mounts.toml")).expect("mounts.toml is a mount table")
        });
        &TABLE
    }

    /// The mounts of a site; of the main one where there is no name.
    pub fn of_site<'a>(&'a self, site: Option<&'a str>) -> impl Iterator<Item = &'a Mount> + 'a {
        self.mounts
            .iter()
            .filter(move |mount| mount.site.as_deref() == site)
    }

    /// The names of the sites beside the main one.
    pub fn sites(&self) -> BTreeSet<&str> {
        self.mounts
            .iter()
            .filter_map(|mount| mount.site.as_deref())
            .collect()
    }

    /// The mount of this name.
    pub fn get(&self, name: &str) -> Option<&Mount> {
        self.mounts.iter().find(|mount| mount.name == name)
    }
}

/// One route with its probe and configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mount {
    /// The name by which cases refer to it; also the script's file name in a `cgi-bin` folder.
    pub name: String,
    /// The site on which it stands: a server of its own, that has no other mounts than those of this
    /// name. Without one it stands on the main server.
    #[serde(default)]
    pub site: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe;

    #[test]
    fn the_table_is_sound() {
        let table = MountTable::builtin();
        let (mut seen, mut places) = (BTreeSet::new(), BTreeSet::new());
        for mount in &table.mounts {
            assert!(seen.insert(&mount.name), "two mounts `{}`", mount.name);
            let place = (mount.site.as_deref(), mount.route.as_str());
            assert!(places.insert(place), "two mounts on {place:?}");
            assert!(mount.site.is_none() || !mount.cgi, "{}", mount.name);
            assert!(mount.route.starts_with('/'), "{}", mount.route);
            assert!(
                probe::names().any(|name| name == mount.probe),
                "no probe {}",
                mount.probe
            );
            // The native twin is chosen by the script's name.
            assert!(
                !mount.cgi || mount.name == mount.probe,
                "script {}",
                mount.name
            );
        }
    }

    #[test]
    fn every_probe_is_mounted() {
        for probe in probe::names() {
            let table = MountTable::builtin();
            assert!(
                table.mounts.iter().any(|mount| mount.probe == probe),
                "{probe} is unused"
            );
        }
    }
}
