//! `--url` and `--server`.

use std::time::Duration;

use clap::Args;

use crate::outcome::TargetRecord;
use crate::reproducer::quoted;
use crate::target::{ServerFile, Target, TargetError};

/// A server that is started gets at least this long.
const START: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Args)]
pub(super) struct TargetArguments {
    /// Test the server that runs at this URL; the probes must be mounted there (see `setup`)
    #[arg(long, value_name = "URL", help_heading = "Target")]
    pub(super) url: Option<String>,
    /// Start and test this server: lighttpd, apache, wagi, or a server file of your own. With
    /// `--url` the file only says how its paths are made and what the server lacks
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
        match (&self.url, &file) {
            (Some(url), file) => Target::attached(url, file.as_ref()),
            (None, Some(file)) => Target::launched(file, self.timeout.max(START)),
            (None, None) => Target::embedded(),
        }
    }

    /// The options that name the server, as they are typed.
    pub(super) fn shown(&self) -> String {
        let options = [("--url", &self.url), ("--server", &self.server)];
        let given = options
            .iter()
            .filter_map(|(name, value)| Some((name, value.as_ref()?)));
        given
            .map(|(name, value)| format!(" {name} {}", quoted(value)))
            .collect()
    }

    /// What can be said of a target that could not be opened.
    pub(super) fn record(&self) -> TargetRecord {
        let name = self.server.as_ref().or(self.url.as_ref());
        TargetRecord {
            name: name.map_or_else(|| "reference host".to_owned(), Clone::clone),
            software: None,
            url: self.url.clone().unwrap_or_default(),
            profiles: Vec::new(),
        }
    }
}
