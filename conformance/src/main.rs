//! `wagi-conformance`: see `wagi-conformance --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // A CGI script's request: nothing else is looked at, so that it stays quick.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|word| word == "probe") {
        return wagi_conformance::probe::native(arguments);
    }
    ExitCode::SUCCESS
}
