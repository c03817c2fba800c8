//! `reproduce`: what a case sends, without the suite.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::cases::CasesArguments;
use super::target::TargetArguments;
use super::{HARNESS, USAGE, failed, printed, unknown};
use crate::case::bytes::Context;
use crate::case::files;
use crate::case::library::{Library, Loaded};
use crate::mount::MountTable;
use crate::outcome::Reproducer;
use crate::property;
use crate::reproducer;
use crate::run::{Suite, random};
use crate::saved;
use crate::target::{Site, Target};
use crate::wire::client::Outgoing;

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  wagi-conformance reproduce status.alone --url http://127.0.0.1:3000
  wagi-conformance reproduce status.alone --raw | nc 127.0.0.1 3000")]
pub(super) struct ReproduceArguments {
    /// The case, a property test, or the file of a saved failure
    id: String,
    /// A `curl` line; an error where curl cannot express the request
    #[arg(long, conflicts_with = "raw")]
    curl: bool,
    /// The bytes themselves
    #[arg(long)]
    raw: bool,
    /// The server to send them to
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000")]
    url: String,
    /// How the server's paths are made: the name of a server or a server file
    #[arg(long, value_name = "NAME|FILE.toml")]
    server: Option<String>,
    /// Of a case with several exchanges, only this one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    exchange: Option<u16>,
    /// Of a property test, the case that is drawn with this seed
    #[arg(long, value_name = "S", requires = "case")]
    seed: Option<u64>,
    /// Of a property test, the case of this number
    #[arg(long, value_name = "N", requires = "seed", value_parser = clap::value_parser!(u32).range(1..))]
    case: Option<u32>,
    #[command(flatten)]
    cases: CasesArguments,
}

impl ReproduceArguments {
    pub(super) fn execute(self, suite: Suite) -> ExitCode {
        let suite = match self.cases.apply(suite) {
            Ok(suite) => suite,
            Err(code) => return code,
        };
        let saved = match self.saved(&suite) {
            Ok(saved) => saved,
            Err(code) => return code,
        };
        let case = match saved.map(saved::leading).as_deref() {
            Some([first, ..]) => Some(*first),
            _ => suite.library.get(&self.id),
        };
        if case.is_none() && property::about(&self.id).is_none() {
            return unknown(&self.id, suite);
        }
        let place = TargetArguments {
            url: vec![self.url.clone()],
            server: self.server.clone(),
            timeout: Duration::from_secs(5),
        };
        let target = match place.open() {
            Ok(target) => target,
            Err(error) => return failed(USAGE, error),
        };
        let sent = match case {
            Some(case) => self.requests(case, &target),
            None => self.drawn(&target).map(|sent| vec![sent]),
        };
        let sent = match sent {
            Ok(sent) => sent,
            Err(message) => return failed(USAGE, message),
        };
        // One connection for all, or one for each.
        let connections: Vec<&[Outgoing]> = if case.is_some_and(|case| case.case.same_connection) {
            vec![&sent]
        } else {
            sent.chunks(1).collect()
        };
        if self.raw {
            let [only] = connections[..] else {
                return failed(
                    USAGE,
                    format_args!(
                        "`{}` uses {} connections; choose one with --exchange N",
                        self.id,
                        connections.len()
                    ),
                );
            };
            let bytes: Vec<u8> = only.iter().flat_map(Outgoing::bytes).collect();
            return match std::io::stdout().write_all(&bytes) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => failed(
                    HARNESS,
                    format_args!("cannot write to standard output: {error}"),
                ),
            };
        }
        let mut text = String::new();
        for requests in connections {
            let line = match (
                reproducer::of(requests, target.address, &self.id),
                self.curl,
            ) {
                (Reproducer::Curl(line), _) | (Reproducer::Socket(line), false) => line,
                (Reproducer::Socket(_), true) => {
                    return failed(
                        USAGE,
                        format_args!(
                            "curl cannot send what `{}` sends; leave out --curl",
                            self.id
                        ),
                    );
                }
            };
            text.push_str(&line);
            text.push('\n');
        }
        printed(&text)
    }

    /// The cases of a saved failure: of the file that is named, or of what a property test found.
    fn saved(&self, suite: &Suite) -> Result<Option<&'static Library>, ExitCode> {
        let path = if self.id.ends_with(".toml") {
            PathBuf::from(&self.id)
        } else {
            Path::new(saved::FOLDER).join(format!("{}.toml", self.id))
        };
        let drawn = property::about(&self.id).is_some() && self.seed.is_none() && path.exists();
        if !self.id.ends_with(".toml") && !drawn {
            return Ok(None);
        }
        let name = path.display().to_string();
        let text =
            files::text_of(&path).map_err(|why| failed(HARNESS, format_args!("{name}: {why}")))?;
        let library = saved::read(&name, &text, suite).map_err(|why| failed(HARNESS, why))?;
        // It lives as long as the process.
        Ok(Some(Box::leak(Box::new(library))))
    }

    /// What a property test draws.
    fn drawn(&self, target: &Target) -> Result<Outgoing, String> {
        let id = &self.id;
        let (Some(seed), Some(number)) = (self.seed, self.case) else {
            return Err(format!(
                "`{id}` sends what it draws: give --seed and --case as the report says them, or run it first; \
                 what it finds is saved in {}",
                saved::FOLDER
            ));
        };
        property::drawn(id, target, seed, number)?.ok_or_else(|| {
            format!("`{id}` is what a property test found; its file is not there any more")
        })
    }

    fn requests(&self, case: &Loaded, target: &Target) -> Result<Vec<Outgoing>, String> {
        let chosen = self.exchange.map(|number| usize::from(number) - 1);
        let mut sent = Vec::new();
        for (index, exchange) in case.exchanges.iter().enumerate() {
            if chosen.is_some_and(|chosen| chosen != index) {
                continue;
            }
            let name = exchange.mount.as_ref().unwrap_or(&case.case.mount);
            let mount = target
                .mount(name)
                .or_else(|| target_of_site(name, &self.url)?.mount(name))
                .ok_or_else(|| format!("{} offers no mount `{name}`", target.name))?;
            let context = Context {
                mount: mount.path,
                pattern: mount.pattern,
                nonce: random::nonce(0, &case.case.id, 0, index),
                host: target.authority.clone(),
            };
            sent.push(exchange.request.build(&context));
        }
        if sent.is_empty() {
            return Err(format!(
                "`{}` has {} exchanges only",
                self.id,
                case.exchanges.len()
            ));
        }
        Ok(sent)
    }
}

/// The URL taken for the server of the site on which the mount stands.
fn target_of_site(mount: &str, url: &str) -> Option<std::sync::Arc<Target>> {
    let site = MountTable::builtin().get(mount)?.site.clone()?;
    let sites = [(site.clone(), url.to_owned())].into();
    match Target::attached_sites(url, sites, None).ok()?.site(&site) {
        Site::Started(target) => Some(target),
        Site::Refused(_) | Site::Unavailable(_) => None,
    }
}
