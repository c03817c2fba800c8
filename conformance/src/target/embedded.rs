//! The reference host in this process. No other file of the suite names it.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use tempfile::TempDir;
use wagi_host::{Config, Host, Limits, ModuleLog, Running, Settings};

use super::site::Sites;
use super::{Guard, Paths, Target, TargetError};
use crate::setup::{self, Format};

const NAME: &str = "reference host";

/// How long a module may run. Short, since some cases wait for it to pass.
const WALL_TIME: Duration = Duration::from_secs(2);
/// How long requests may go on when the target is dropped; nobody waits for them any more.
const DRAIN_TIME: Duration = Duration::from_millis(500);
/// How many modules may run at once: more than the cases with parallel requests need.
const INSTANCES: usize = 256;

/// Keeps the host and its folder; the host stops first.
#[derive(Debug)]
pub(super) struct Embedded {
    _running: Running,
    _folder: TempDir,
}

impl Target {
    /// Starts the reference host on a free port of the loopback interface, with the probes mounted.
    /// What modules write to standard error is dropped.
    pub fn embedded() -> Result<Target, TargetError> {
        Target::embedded_site(None)
    }

    fn embedded_site(site: Option<&str>) -> Result<Target, TargetError> {
        let failed = |reason: String, log: String| TargetError::NotStarted {
            name: NAME.to_owned(),
            reason,
            log,
        };
        let system = |error: std::io::Error| failed(error.to_string(), String::new());
        let folder = TempDir::with_prefix("wagi-conformance-").map_err(system)?;
        setup::write_site(
            folder.path(),
            Format::ModulesToml,
            &std::env::current_exe().map_err(system)?,
            site,
        )?;

        let mut limits = Limits::default();
        limits.wall_time = WALL_TIME;
        limits.drain_time = DRAIN_TIME;
        limits.instances = INSTANCES;
        let settings = Settings::default()
            .limits(limits)
            .module_log(ModuleLog::new(|_| {}));
        let running = Config::load(folder.path().join("modules.toml"))
            .and_then(|config| Host::new(config, settings))
            .map_err(|problems| failed("its configuration is wrong".into(), problems.to_string()))?
            .serve(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(system)?)
            .map_err(system)?;
        let address = running.local_addr();
        Ok(Target {
            name: NAME.to_owned(),
            software: None,
            url: format!("http://{address}"),
            authority: address.to_string(),
            address,
            profile: None,
            lacks: [].into(),
            paths: Paths {
                prefix: String::new(),
                template: "{route}".to_owned(),
            },
            site: site.map(str::to_owned),
            sites: match site {
                None => Sites::started_by(|name| Target::embedded_site(Some(name))),
                Some(_) => Sites::none(),
            },
            guard: Guard::Embedded(Embedded {
                _running: running,
                _folder: folder,
            }),
        })
    }
}
