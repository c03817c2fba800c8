//! The command line. Nothing here knows how a request is answered.

mod check;
mod descriptors;
mod explain;
mod life;
mod limits;
mod listening;
mod logging;
mod new;
mod options;
mod request;
mod routes;
mod run;
mod serve;
mod table;
mod values;
mod watching;

use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// The configuration or a module is wrong.
const WRONG: u8 = 1;
/// The command was used wrongly.
const USAGE: u8 = 2;

/// The reference WAGI server: WebAssembly modules as HTTP handlers.
///
/// A module answers a request by printing header fields, an empty line and a body; the request is in
/// its environment, its arguments and its standard input. `wagi run hello.wasm` is all it takes.
#[derive(Debug, Parser)]
#[command(name = "wagi", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 fine, 1 the configuration or a module is wrong, 2 usage.
Logging: WAGI_LOG sets what is logged, as in WAGI_LOG=debug or WAGI_LOG=wagi_host::access=off."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the modules of a configuration file
    ///
    /// SIGTERM and SIGINT let running requests end and stop; SIGHUP loads the configuration again
    /// and keeps the old one if the new one is wrong. When the configuration is wrong at the start,
    /// every problem is shown and nothing listens.
    Serve(serve::Serve),
    /// Serve one module, without a configuration file
    ///
    /// SIGTERM and SIGINT let running requests end and stop.
    Run(run::Run),
    /// Answer one request without a socket, and print the response
    ///
    /// The request takes the same way through gateway and sandbox as one that comes over HTTP. What
    /// the module writes to standard error goes to standard error. The exit code is 1 when the
    /// module fails or its output is malformed.
    Request(request::Request),
    /// Find every problem of a configuration file and its modules
    ///
    /// Modules are compiled, linked and asked for their routes as at the start of a server, so that
    /// a configuration that passes also starts. Nothing listens.
    Check(check::Check),
    /// Show the routing table that a configuration leads to
    ///
    /// Routes stand in the order in which they are tried: the health check, exact routes, then
    /// wildcards with longer prefixes first. Routes that a module declares by `_routes` are
    /// included; of those of one module the last one declared wins.
    Routes(routes::Routes),
    /// Create a project for a handler, ready to build
    ///
    /// What to type next is printed. An existing folder is never touched, and a project that cannot
    /// be completed leaves nothing behind.
    New(new::New),
}

/// Runs the command that the arguments of the process name.
pub fn main() -> ExitCode {
    let result = match Cli::parse_from(arguments()).command {
        Command::Serve(serve) => serve.execute(),
        Command::Run(run) => run.execute(),
        Command::Request(request) => request.execute(),
        Command::Check(check) => check.execute(),
        Command::Routes(routes) => routes.execute(),
        Command::New(new) => new.execute(),
    };
    logging::flush();
    match result {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

/// The arguments of the process. deislabs/wagi has no commands: what begins with an option serves.
fn arguments() -> Vec<OsString> {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let is_about_the_program = |first: &OsString| {
        let known = ["-h", "--help", "-V", "--version"];
        known.iter().any(|option| first == option)
    };
    let first = arguments.get(1);
    if first.is_some_and(|first| {
        first.as_encoded_bytes().starts_with(b"-") && !is_about_the_program(first)
    }) {
        arguments.insert(1, "serve".into());
    }
    arguments
}

/// Why a command ends early.
#[derive(Debug)]
enum Failure {
    /// The user has to call it differently.
    Usage(String),
    /// The configuration, a module, or this machine stands in the way.
    Wrong(String),
}

impl Failure {
    fn report(&self) -> ExitCode {
        let (text, code) = match self {
            Self::Usage(text) => (text, USAGE),
            Self::Wrong(text) => (text, WRONG),
        };
        anstream::eprintln!("{}", text.trim_end());
        ExitCode::from(code)
    }

    /// What an error looks like everywhere.
    fn wrong(message: impl std::fmt::Display) -> Self {
        Self::Wrong(error_line(message))
    }

    /// Several problems, each on a line of its own.
    fn all_wrong(messages: &[String]) -> Self {
        let lines: Vec<String> = messages.iter().map(error_line).collect();
        Self::Wrong(lines.join("\n"))
    }

    fn usage(message: impl std::fmt::Display) -> Self {
        Self::Usage(format!(
            "{}\n\nFor more information, try '--help'.",
            error_line(message)
        ))
    }
}

impl From<crate::HostError> for Failure {
    fn from(error: crate::HostError) -> Self {
        match error {
            crate::HostError::Configuration(problems) => Self::Wrong(problems.render(true)),
            error => Self::wrong(error),
        }
    }
}

fn error_line(message: impl std::fmt::Display) -> String {
    let style = anstyle::AnsiColor::BrightRed.on_default().bold();
    format!("{style}error{style:#}: {message}")
}
