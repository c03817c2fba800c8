//! `matrix`: servers side by side.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{HARNESS, failed, printed};
use crate::matrix::Matrix;
use crate::report;

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Example:
  wagi-conformance run --server lighttpd --report results=lighttpd.json
  wagi-conformance run --report results=reference-host.json
  wagi-conformance matrix *.json -o matrix

Exit codes: 0 written, 2 wrong command line, 4 a report cannot be read or the page not be written.")]
pub(super) struct MatrixArguments {
    /// JSON reports, one for each server; `--report results=FILE` writes short ones that stay the same
    /// from run to run
    #[arg(value_name = "RESULTS.json", required = true)]
    results: Vec<PathBuf>,
    /// The folder for `index.html` and `matrix.md`
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

impl MatrixArguments {
    pub(super) fn execute(self) -> ExitCode {
        let mut reports = Vec::new();
        for path in &self.results {
            match report::read(path) {
                Ok(report) => reports.push(report),
                Err(error) => return failed(HARNESS, error),
            }
        }
        let matrix = Matrix::of(&reports);
        if let Err(error) = matrix.write(&self.output) {
            return failed(HARNESS, error);
        }
        let mut text = String::new();
        for server in &matrix.servers {
            let percent = server
                .percent()
                .map_or("–".to_owned(), |p| format!("{p} %"));
            let name = crate::text::visible(&server.name);
            text += &format!(
                "{percent:>5}  {name} ({} of {} cases)\n",
                server.passed, server.tested
            );
        }
        text += &format!("{}\n", self.output.join("index.html").display());
        printed(&text)
    }
}
