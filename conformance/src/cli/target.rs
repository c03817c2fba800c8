//! `--url` and `--server`.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;

use crate::outcome::TargetRecord;
use crate::reproducer::quoted;
use crate::target::{ServerFile, Target, TargetError};

/// A server that is started gets at least this long.
const START: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Args)]
pub(super) struct TargetArguments {
    /// Test the server that runs at this URL; the probes must be mounted there (see `setup`). SITE=URL
    /// beside it names a server with the mounts of that site
    #[arg(long, value_name = "[SITE=]URL", help_heading = "Target")]
    pub(super) url: Vec<String>,
    /// Start and test this server: apache, busybox, go, lighttpd, nginx, python, wagi, or a server
    /// file of your own. With `--url` the file only says how its paths are made and what the server lacks
    #[arg(long, value_name = "NAME|FILE.toml", help_heading = "Target")]
    pub(super) server: Option<String>,
    /// How long one exchange may take: `5s`, `500ms`
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = super::arguments::duration, help_heading = "Target")]
    pub(super) timeout: Duration,
}

impl TargetArguments {
    /// Finds or starts the server.
    pub(super) fn open(&self) -> Result<Target, TargetError> {
        let file = self.server.as_deref().map(ServerFile::named).transpose()?;
        let (urls, sites) = self.urls();
        match (urls.as_slice(), &file) {
            ([], _) if !sites.is_empty() => Err(TargetError::Url {
                url: self.url.join(" "),
                reason: "the URL of the main server is missing; give it with another `--url`"
                    .into(),
            }),
            ([url], file) => Target::attached_sites(url, sites, file.as_ref()),
            ([_, second, ..], _) => Err(TargetError::Url {
                url: (*second).to_owned(),
                reason: "there is one main server; write SITE=URL for others".into(),
            }),
            ([], Some(file)) => Target::launched(file, self.timeout.max(START)),
            ([], None) => Target::embedded(),
        }
    }

    /// The main URLs, and those of sites.
    fn urls(&self) -> (Vec<&str>, BTreeMap<String, String>) {
        let (mut urls, mut sites) = (Vec::new(), BTreeMap::new());
        for url in &self.url {
            // A query may hold `=` too, but stands behind a colon.
            match url.split_once('=').filter(|(name, _)| !name.contains(':')) {
                Some((name, url)) => {
                    sites.insert(name.to_owned(), url.to_owned());
                }
                None => urls.push(url.as_str()),
            }
        }
        (urls, sites)
    }

    /// The options that name the server, as they are typed.
    pub(super) fn shown(&self) -> String {
        let urls = self.url.iter().map(|url| ("--url", url));
        let server = self.server.iter().map(|server| ("--server", server));
        urls.chain(server)
            .map(|(name, value)| format!(" {name} {}", quoted(value)))
            .collect()
    }

    /// What can be said of a target that could not be opened.
    pub(super) fn record(&self) -> TargetRecord {
        let url = self.urls().0.first().map(|url| (*url).to_owned());
        let name = self.server.as_ref().or(url.as_ref());
        TargetRecord {
            name: name.map_or_else(|| "reference host".to_owned(), Clone::clone),
            software: None,
            url: url.unwrap_or_default(),
            profiles: Vec::new(),
        }
    }
}
