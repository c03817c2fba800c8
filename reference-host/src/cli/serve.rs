//! `wagi serve`.

use super::options::{ModuleOptions, ServerOptions};
use super::{Failure, logging, table};
use crate::{Host, Running};
use clap::Args;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The arguments of `wagi serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The configuration file
    #[arg(short, long, value_name = "FILE", default_value = "modules.toml")]
    config: PathBuf,

    #[command(flatten)]
    server: ServerOptions,

    #[command(flatten)]
    modules: ModuleOptions,

    /// Not in this version yet: serve a bindle
    #[arg(short, long, value_name = "NAME/VERSION", hide = true)]
    bindle: Option<String>,

    /// Not in this version yet: where bindles are
    #[arg(long, value_name = "DIR", hide = true)]
    bindle_path: Option<PathBuf>,

    /// Not in this version yet: certificate for HTTPS
    #[arg(long, value_name = "FILE", hide = true)]
    tls_cert: Option<PathBuf>,

    /// Not in this version yet: key for HTTPS
    #[arg(long, value_name = "FILE", hide = true)]
    tls_key: Option<PathBuf>,
}

impl Serve {
    pub(super) fn execute(self) -> Result<ExitCode, Failure> {
        self.refuse_what_is_missing()?;
        let settings = self.server.apply(self.modules.settings()?)?;
        logging::start("warn,wagi_host=info");
        let host = Host::load(&self.config, settings)?;
        serve(host, &self.server.listen, Some(self.config))
    }

    /// An option that is silently ignored would be worse than none.
    fn refuse_what_is_missing(&self) -> Result<(), Failure> {
        let missing = [
            (
                "--bindle",
                self.bindle.is_some(),
                "list the modules in a file and use --config",
            ),
            (
                "--bindle-path",
                self.bindle_path.is_some(),
                "list the modules in a file and use --config",
            ),
            (
                "--tls-cert",
                self.tls_cert.is_some(),
                "let a proxy in front of the server do TLS",
            ),
            (
                "--tls-key",
                self.tls_key.is_some(),
                "let a proxy in front of the server do TLS",
            ),
        ];
        match missing.iter().find(|(_, is_given, _)| *is_given) {
            Some((option, _, instead)) => Err(Failure::usage(format!(
                "`{option}` is not in this version yet: {instead}"
            ))),
            None => Ok(()),
        }
    }
}

/// Listens, tells where, and serves until a signal ends it.
pub(super) fn serve(
    host: Host,
    listen: &str,
    config: Option<PathBuf>,
) -> Result<ExitCode, Failure> {
    anstream::eprint!("{}", host.warnings().render(true));
    let listener = TcpListener::bind(listen)
        .map_err(|error| Failure::wrong(format!("cannot listen on `{listen}`: {error}")))?;
    let site = host.site();
    let health_path = host.service.settings.health_path.clone();
    let running = host.serve(listener).map_err(Failure::wrong)?;
    let url = format!("http://{}", running.local_addr());
    let (bold, plain) = (anstyle::Style::new().bold(), anstyle::Reset);
    anstream::println!(
        "{bold}wagi {}{plain} serves {} of {} on {bold}{url}{plain}\n\n{}",
        env!("CARGO_PKG_VERSION"),
        table::count(site.routes.in_order().len(), "route"),
        table::count(site.modules, "module"),
        table::routes(&site, &url, health_path.as_deref()),
    );
    until_stopped(running, config)
}

fn until_stopped(running: Running, config: Option<PathBuf>) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(Failure::wrong)?;
    runtime.block_on(async {
        let mut signals = Signals::new().map_err(Failure::wrong)?;
        loop {
            tokio::select! {
                _ = signals.hangup.recv() => reload(&running, config.as_ref()),
                _ = signals.terminate.recv() => break,
                _ = signals.interrupt.recv() => break,
            }
        }
        tracing::info!("stopping: running requests may end; a second signal stops at once");
        let stopped = tokio::task::spawn_blocking(move || running.shutdown());
        tokio::select! {
            _ = stopped => Ok(ExitCode::SUCCESS),
            _ = signals.interrupt.recv() => std::process::exit(130),
            _ = signals.terminate.recv() => std::process::exit(143),
        }
    })
}

fn reload(running: &Running, config: Option<&PathBuf>) {
    let Some(config) = config else {
        tracing::warn!("there is no configuration file to load again");
        return;
    };
    match running.reload(config) {
        Ok(warnings) => {
            anstream::eprint!("{}", warnings.render(true));
            tracing::info!("the new configuration is in effect");
        }
        Err(problems) => {
            anstream::eprint!("{}", problems.render(true));
            tracing::error!("the old configuration stays in effect: the new one is wrong");
        }
    }
}

struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }
}
