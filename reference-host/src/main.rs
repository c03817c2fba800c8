//! `wagi`, the reference WAGI server.

use std::process::ExitCode;

fn main() -> ExitCode {
    wagi_host::cli::main()
}
