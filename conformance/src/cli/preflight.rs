//! `preflight`: is the server ready to be tested?

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;

use super::target::TargetArguments;
use super::{UNUSABLE, USAGE, failed, printed};
use crate::preflight::preflight;
use crate::run::random;
use crate::wire::client::Client;

#[derive(Debug, Clone, Args)]
pub(super) struct PreflightArguments {
    #[command(flatten)]
    target: TargetArguments,
}

impl PreflightArguments {
    pub(super) fn execute(self) -> ExitCode {
        let target = match self.target.open() {
            Ok(target) => target,
            Err(error) => return failed(if error.is_usage() { USAGE } else { UNUSABLE }, error),
        };
        let client = Client::new(target.address, self.target.timeout);
        let found = match preflight(&target, &client, random::fresh_seed()) {
            Ok(found) => found,
            Err(unusable) => return failed(UNUSABLE, unusable),
        };
        let mut text = String::new();
        let software = found
            .software
            .as_deref()
            .unwrap_or("a server that does not say its name");
        let _ = writeln!(text, "{}: {software}", target.url);
        for (name, answered) in &found.mounts {
            let path = target
                .mount(name)
                .map(|mount| mount.pattern)
                .unwrap_or_default();
            let _ = match answered {
                Ok(()) => writeln!(text, "  ok      {name:<20} {path}"),
                Err(reason) => writeln!(text, "  absent  {name:<20} {path}: {reason}"),
            };
        }
        for (feature, reason) in &target.lacks {
            let _ = writeln!(text, "  lacks   {:<20} {reason}", feature.name());
        }
        let absent = found
            .mounts
            .values()
            .filter(|answered| answered.is_err())
            .count();
        let code = printed(&text);
        if absent == 0 {
            return code;
        }
        failed(
            UNUSABLE,
            format_args!(
                "{absent} of {} mounts do not answer; `wagi-conformance setup DIR --format …` writes the probes \
                 and a configuration that mounts them",
                found.mounts.len()
            ),
        )
    }
}
