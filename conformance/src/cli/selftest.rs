//! `selftest`: does the suite find faults on this machine?

use std::process::ExitCode;
use std::time::Instant;

use clap::Args;

use super::{HARNESS, failed, printed};
use crate::run::Suite;
use crate::selftest::{self, Finding};

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
A gateway that is right but for one fault stands before the reference host; the suite has to find each.

Exit codes: 0 every fault was found, 2 wrong command line, 4 the suite is not sound.")]
pub(super) struct SelftestArguments {
    /// All cases that found a fault, not only the first ones
    #[arg(short, long)]
    verbose: bool,
}

impl SelftestArguments {
    pub(super) fn execute(self, suite: Suite) -> ExitCode {
        let started = Instant::now();
        let (mut found, mut missed) = (0, 0);
        let good = selftest::run(&suite, &mut |finding| {
            match &finding {
                Finding::Found(..) => found += 1,
                Finding::Missed(..) => missed += 1,
                _ => {}
            }
            printed(&self.line(&finding));
        });
        let seconds = started.elapsed().as_secs_f64();
        let all = selftest::faults();
        if good {
            return printed(&format!(
                "\nSound: {found} of {all} faults found in {seconds:.1} s\n"
            ));
        }
        let missed = match missed {
            0 => String::new(),
            missed => format!("; {missed} of {all} faults were not found"),
        };
        failed(
            HARNESS,
            format_args!("the suite is not sound{missed} ({seconds:.1} s)"),
        )
    }

    fn line(&self, finding: &Finding) -> String {
        use anstyle::AnsiColor::{Green, Red};
        let (good, bad) = (Green.on_default().bold(), Red.on_default().bold());
        match finding {
            Finding::Sound(what) => format!("{good}ok{good:#}      {what}\n"),
            Finding::Broken(what, why) => format!("{bad}BROKEN{bad:#}  {what}: {why}\n"),
            Finding::Missed(fault, chapters) => {
                let chapters = chapters.join(", ");
                format!("{bad}MISSED{bad:#}  {fault}\n          by no case in {chapters}\n")
            }
            Finding::Found(fault, cases) => {
                let shown = if self.verbose { cases.len() } else { 3 };
                let mut by: Vec<&str> = cases.iter().take(shown).map(String::as_str).collect();
                let more = format!("and {} more", cases.len().saturating_sub(shown));
                if cases.len() > shown {
                    by.push(&more);
                }
                format!(
                    "{good}found{good:#}   {fault}\n          {}\n",
                    by.join(", ")
                )
            }
        }
    }
}
