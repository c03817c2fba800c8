//! `wagi-conformance`: see `wagi-conformance --help`.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    // A web server starts this once per request: nothing comes before it.
    if env::args_os().nth(1).is_some_and(|word| word == "probe") {
        return wagi_conformance::probe::native(env::args_os().skip(2));
    }
    wagi_conformance::cli::main()
}
