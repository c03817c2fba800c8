//! The command line.

mod arguments;
mod baseline;
mod cases;
mod coverage;
mod diff;
mod explain;
mod list;
mod matrix;
mod preflight;
mod replay;
mod reproduce;
mod run;
mod selftest;
mod setup;
mod signals;
mod target;

use std::fmt::Display;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::run::Suite;

/// The command line was wrong.
const USAGE: u8 = 2;
/// The server under test cannot be used.
const UNUSABLE: u8 = 3;
/// The suite itself failed.
const HARNESS: u8 = 4;

/// Tests a WAGI server (CGI/1.1 for WebAssembly modules) against the WAGI specification.
///
/// Without a command it runs the cases, and without a target it runs them against the reference
/// host, which it starts itself.
#[derive(Debug, Parser)]
#[command(
    name = "wagi-conformance",
    version,
    args_conflicts_with_subcommands = true,
    after_help = EXIT_CODES,
    after_long_help = LONG_HELP,
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: run::RunArguments,
}

const EXIT_CODES: &str = "Exit codes: 0 conformant, 1 not conformant, 2 wrong command line, 3 server unusable, \
     4 the suite itself failed or nothing ran, 130 interrupted.";

const LONG_HELP: &str = "\
Examples:
  wagi-conformance                                      test the reference host
  wagi-conformance run --url http://127.0.0.1:3000      test a server that runs already
  wagi-conformance run --server lighttpd                start lighttpd and test it as a CGI server
  wagi-conformance run status 'location.*' --trace all  some cases only, with all bytes
  wagi-conformance setup probes --format modules-toml   write the probes to deploy on a server
  wagi-conformance explain env.path-info.decoded-once   what is asked, by whom, and how it is tested

Exit codes:
  0    conformant at the level
  1    not conformant
  2    wrong command line
  3    server unusable: it did not start, does not answer, or has no probes
  4    the suite itself failed, or nothing ran
  130  interrupted; the reports hold what ran";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the cases against a server and report
    Run(run::RunArguments),
    /// Check that the server answers and the probes are mounted, without testing anything
    Preflight(preflight::PreflightArguments),
    /// Write the probes and a configuration that mounts them, to deploy on a server
    Setup(setup::SetupArguments),
    /// List the cases
    List(list::ListArguments),
    /// Explain a requirement or a case: text, level, source, what is sent, what conforms
    Explain(explain::ExplainArguments),
    /// Show which requirements of the specification have cases
    Coverage(coverage::CoverageArguments),
    /// Print what a case sends, to repeat it by hand
    Reproduce(reproduce::ReproduceArguments),
    /// Run a saved failure again: FIXED or FAILED
    Replay(replay::ReplayArguments),
    /// Compare two JSON reports: what got worse, better, or merely different
    Diff(diff::DiffArguments),
    /// Put servers side by side: a page and a Markdown table from their JSON reports
    Matrix(matrix::MatrixArguments),
    /// Prove that the suite finds faults, one after another, in a gateway that is wrong on purpose
    Selftest(selftest::SelftestArguments),
    /// Write or check a list of known failures
    Baseline(baseline::BaselineArguments),
}

/// Runs the command line; gives the exit code of the process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let suite = match Suite::compiled_in() {
        Ok(suite) => suite,
        Err(problems) => {
            return failed(HARNESS, format_args!("the suite is not sound:\n{problems}"));
        }
    };
    match cli.command.unwrap_or(Command::Run(cli.run)) {
        Command::Run(arguments) => arguments.execute(suite),
        Command::Preflight(arguments) => arguments.execute(),
        Command::Setup(arguments) => arguments.execute(),
        Command::List(arguments) => arguments.execute(suite),
        Command::Explain(arguments) => arguments.execute(suite),
        Command::Coverage(arguments) => arguments.execute(suite),
        Command::Reproduce(arguments) => arguments.execute(suite),
        Command::Replay(arguments) => arguments.execute(suite),
        Command::Diff(arguments) => arguments.execute(),
        Command::Matrix(arguments) => arguments.execute(),
        Command::Selftest(arguments) => arguments.execute(suite),
        Command::Baseline(arguments) => arguments.execute(suite),
    }
}

/// Says what is wrong on standard error; gives the exit code.
fn failed(code: u8, what: impl Display) -> ExitCode {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    anstream::eprintln!("{style}error:{style:#} {what}");
    ExitCode::from(code)
}

/// Prints text to standard output; a reader that has gone away is no error.
fn printed(text: &str) -> ExitCode {
    use std::io::Write as _;
    match anstream::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => failed(
            HARNESS,
            format_args!("cannot write to standard output: {error}"),
        ),
        _ => ExitCode::SUCCESS,
    }
}

/// The message for an id that is neither a case nor a requirement.
fn unknown(id: &str, suite: Suite) -> ExitCode {
    let cases = suite.library.iter().map(|one| one.case.id.as_str());
    let known = suite
        .requirements
        .iter()
        .map(|one| one.id.as_str())
        .chain(cases);
    let last = id.rsplit('.').next().unwrap_or(id);
    let similar: Vec<_> = known.filter(|other| other.contains(last)).take(5).collect();
    let hint = match similar.as_slice() {
        [] => {
            "`wagi-conformance list` shows the cases, `wagi-conformance coverage` the requirements"
                .to_owned()
        }
        similar => format!("there are: {}", similar.join(", ")),
    };
    failed(
        USAGE,
        format_args!("`{id}` is neither a case nor a requirement; {hint}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_is_run() {
        let cli = Cli::try_parse_from(["wagi-conformance", "--level", "should", "status"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!(cli.run.patterns, ["status"]);
    }
}
