//! Targets: the server under test, wherever it runs.
//!
//! [`Target::attached`] is a server that somebody else started, [`Target::launched`] one that a
//! [`ServerFile`] says how to start, [`Target::embedded`] the reference host in this process. All
//! three are used alike, and what was started is stopped when the target is dropped.

mod attached;
mod embedded;
mod launched;
mod process;
mod server_file;
mod site;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

pub use server_file::ServerFile;
pub use site::Site;
use site::Sites;

use crate::case::schema::{Feature, Profile};
use crate::mount::MountTable;
use crate::setup::SetupError;

/// A server under test, with the probes mounted.
#[derive(Debug)]
pub struct Target {
    /// `reference host`, `lighttpd`, or the URL.
    pub name: String,
    /// What the server says of itself (SERVER_SOFTWARE); filled in by whoever asks it.
    pub software: Option<String>,
    /// Where it is reached, without a slash at the end: `http://127.0.0.1:8080/prefix`.
    pub url: String,
    /// The authority for `Host`: `127.0.0.1:8080`.
    pub authority: String,
    /// Where the client connects.
    pub address: SocketAddr,
    /// The only profile that makes sense for this server, if it is restricted to one.
    pub profile: Option<Profile>,
    /// Optional features that the server lacks, each with the reason.
    pub lacks: BTreeMap<Feature, String>,
    paths: Paths,
    /// The site of the mount table that this is; the main one where there is none.
    site: Option<String>,
    /// The others.
    sites: Sites,
    /// What keeps the server running.
    guard: Guard,
}

/// Where a mount is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MountPoint {
    /// The URL path that selects the mount: `/env`, `/cgi-bin/env`. Empty for `/...`.
    pub path: String,
    /// The route pattern: `/env/...`.
    pub pattern: String,
}

impl Target {
    /// Where the mount is reached; `None` for an unknown mount, for one that this server cannot
    /// offer, and for one of another site.
    pub fn mount(&self, name: &str) -> Option<MountPoint> {
        let mount = MountTable::builtin().get(name)?;
        if mount.site != self.site {
            return None;
        }
        self.paths.of(mount, self.profile)
    }

    /// The server of another site, which is started like this one when it is first asked for.
    pub fn site(&self, name: &str) -> Site {
        self.sites.get(name)
    }

    /// The last lines that a launched server wrote to its log, for error messages.
    pub fn log(&self) -> Option<String> {
        match &self.guard {
            Guard::Process(process) => Some(process.log_tail()),
            Guard::Nothing | Guard::Embedded(_) => None,
        }
    }
}

/// How the URL path of a mount is made.
#[derive(Debug, Clone)]
struct Paths {
    /// Joined before every path: empty, or `/prefix`.
    prefix: String,
    /// `{route}` or, for a folder of scripts, `/cgi-bin/{mount}`.
    template: String,
}

impl Paths {
    fn of(&self, mount: &crate::mount::Mount, profile: Option<Profile>) -> Option<MountPoint> {
        if profile == Some(Profile::Cgi) && !mount.cgi {
            return None;
        }
        let rest = if mount.path() == mount.route {
            ""
        } else {
            "/..."
        };
        let path = self
            .template
            .replace("{route}", mount.path())
            .replace("{mount}", &mount.name);
        let path = format!("{}{path}", self.prefix);
        Some(MountPoint {
            pattern: format!("{path}{rest}"),
            path,
        })
    }
}

#[derive(Debug)]
enum Guard {
    Nothing,
    Process(process::Process),
    #[expect(dead_code, reason = "held for its drop")]
    Embedded(embedded::Embedded),
}

/// The server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Neither the name of a built-in server file nor a file.
    #[error("unknown server `{name}`: neither one of {} nor a file that ends in `.toml`", ServerFile::names().collect::<Vec<_>>().join(", "))]
    UnknownServer {
        /// What was asked for.
        name: String,
    },
    /// The server file cannot be read or is wrong.
    #[error("{}: {message}", path.display())]
    ServerFile {
        /// The file.
        path: PathBuf,
        /// Place and reason.
        message: String,
    },
    /// The URL cannot be used.
    #[error("`{url}` cannot be tested: {reason}")]
    Url {
        /// As given.
        url: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The server file only describes a server.
    #[error("the server file of {name} has no `command`; give `--url` as well")]
    NoCommand {
        /// The server.
        name: String,
    },
    /// The program is not installed.
    #[error("`{program}` is not installed; {hint}")]
    NotInstalled {
        /// The program.
        program: String,
        /// How to install it.
        hint: String,
    },
    /// The server of a site runs nowhere that is known.
    #[error(
        "it needs a server of its own: write its configuration with `setup DIR --format … --site {site}`, \
         start it, and name it with `--url {site}=URL`"
    )]
    NoSite {
        /// The site.
        site: String,
    },
    /// The server did not start.
    #[error("{name} did not start: {reason}{}", indented(log))]
    NotStarted {
        /// The server.
        name: String,
        /// Exit code or timeout.
        reason: String,
        /// The last lines of its log.
        log: String,
    },
    /// Probes or configuration could not be written.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

impl TargetError {
    /// Whether the command line is at fault (exit code 2) rather than the server (exit code 3).
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::UnknownServer { .. }
                | Self::ServerFile { .. }
                | Self::NoCommand { .. }
                | Self::Url { .. }
        )
    }
}

fn indented(log: &str) -> String {
    log.lines().map(|line| format!("\n    {line}")).collect()
}
