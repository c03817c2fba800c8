//! `setup`: probes and configuration to deploy, and the cases.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{HARNESS, failed, printed};
use crate::mount::MountTable;
use crate::setup::{self, Format};

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  wagi-conformance setup probes --format modules-toml && wagi serve -c probes/modules.toml
  wagi-conformance setup www --format cgi-bin           scripts in www/cgi-bin, for a CGI server")]
pub(super) struct SetupArguments {
    /// The folder to write to; what an earlier `setup` wrote there is replaced
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The kind of server
    #[arg(long, value_enum)]
    format: Format,
    /// A further server that some cases need beside the main one; `run --url` takes it as SITE=URL
    #[arg(long, value_name = "SITE", value_parser = sites())]
    site: Option<String>,
}

fn sites() -> clap::builder::PossibleValuesParser {
    MountTable::builtin()
        .sites()
        .into_iter()
        .collect::<Vec<_>>()
        .into()
}

impl SetupArguments {
    pub(super) fn execute(self) -> ExitCode {
        let program = match std::env::current_exe() {
            Ok(program) => program,
            Err(error) => return failed(HARNESS, format_args!("where is this program? {error}")),
        };
        let written = match &self.site {
            Some(site) => setup::write_site(&self.dir, self.format, &program, Some(site)),
            None => setup::write_all(&self.dir, self.format, &program),
        };
        let written = match written {
            Ok(written) => written,
            Err(error) => return failed(HARNESS, error),
        };
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{} files in {}:",
            written.files.len(),
            self.dir.display()
        );
        for file in &written.files {
            let _ = writeln!(text, "  {}", file.display());
        }
        for (mount, reason) in &written.left_out {
            let _ = writeln!(text, "left out: {mount}: {reason}");
        }
        printed(&text)
    }
}
