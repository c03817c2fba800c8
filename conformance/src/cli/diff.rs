//! `diff`: two JSON reports compared.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::{HARNESS, failed, printed};
use crate::diff::{self, Difference};
use crate::report::read;

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Exit codes: 0 the same or only better; 1 something got worse: a case that did not fail fails, is no longer\n\
tested, or the later run did not end; 2 wrong command line; 4 a report cannot be read.")]
pub(super) struct DiffArguments {
    /// The JSON report of the earlier run
    #[arg(value_name = "BEFORE.json")]
    before: PathBuf,
    /// The JSON report of the later run
    #[arg(value_name = "AFTER.json")]
    after: PathBuf,
    /// For programs; see the README
    #[arg(long)]
    json: bool,
}

impl DiffArguments {
    pub(super) fn execute(self) -> ExitCode {
        let read = |path: &Path| read(path).map_err(|error| failed(HARNESS, error));
        let (before, after) = match (read(&self.before), read(&self.after)) {
            (Ok(before), Ok(after)) => (before, after),
            (Err(code), _) | (_, Err(code)) => return code,
        };
        let difference = Difference::between(&before, &after);
        let mut text = Vec::new();
        let done = if self.json {
            serde_json::to_writer_pretty(&mut text, &difference)
                .map(|()| text.push(b'\n'))
                .map_err(std::io::Error::from)
        } else {
            diff::print(&difference, &mut text)
        };
        if let Err(error) = done {
            return failed(HARNESS, error);
        }
        let code = printed(&String::from_utf8_lossy(&text));
        match difference.worse {
            true => ExitCode::from(1),
            false => code,
        }
    }
}
