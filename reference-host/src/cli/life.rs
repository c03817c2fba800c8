//! The life of a server: loading, serving, loading again, ending.

use super::options::ServerOptions;
use super::watching::Watching;
use super::{Failure, descriptors, logging, table};
use crate::config::Origin;
use crate::{Host, Listener, Running};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

/// What a shell reports for a process that a signal has ended.
const INTERRUPTED: u8 = 130;
const TERMINATED: u8 = 143;

/// A process that listens to signals, from before it loads anything to its end.
pub(super) struct Life {
    runtime: Runtime,
    signals: Signals,
    hangup: Signal,
    handed_over: Vec<Listener>,
}

impl Life {
    /// Has to be called before anything that takes time: a SIGHUP ends a process that does not
    /// expect it.
    pub(super) fn begin() -> Result<Self, Failure> {
        // First of all, since it changes the environment: nothing else runs yet.
        let handed_over = Listener::handed_over().map_err(|error| {
            Failure::wrong(format!("cannot use the sockets of LISTEN_FDS: {error}"))
        })?;
        descriptors::raise_limit();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::wrong)?;
        let (signals, hangup) = {
            let _entered = runtime.enter();
            let hangup = signal(SignalKind::hangup()).map_err(Failure::wrong)?;
            (Signals::new().map_err(Failure::wrong)?, hangup)
        };
        Ok(Self {
            runtime,
            signals,
            hangup,
            handed_over,
        })
    }

    /// Loads a host. What ends the process ends the loading.
    pub(super) fn load(
        &mut self,
        load: impl FnOnce() -> Result<Host, Failure> + Send + 'static,
    ) -> Result<Host, Failure> {
        let Self {
            runtime, signals, ..
        } = self;
        runtime.block_on(async {
            tokio::select! {
                loaded = tokio::task::spawn_blocking(load) => loaded.map_err(Failure::wrong)?,
                code = signals.end() => exit(code),
            }
        })
    }

    /// Serves until a signal ends it. Where it listens is told first.
    pub(super) fn serve(
        mut self,
        host: Host,
        options: &ServerOptions,
        origin: &Arc<Origin>,
        watched_since: Option<SystemTime>,
    ) -> Result<ExitCode, Failure> {
        anstream::eprint!("{}", host.warnings().render(true));
        let listeners = options
            .listening
            .listeners(std::mem::take(&mut self.handed_over))?;
        let site = host.site();
        let health_path = host.service.settings.health_path.clone();
        let admin = options.listening.admin()?;
        let host = options.listening.inspect(host)?;
        let running = host
            .serve_with_admin(listeners, admin)
            .map_err(Failure::wrong)?;
        let (bold, plain) = (anstyle::Style::new().bold(), anstyle::Reset);
        let urls: Vec<String> = running
            .urls()
            .iter()
            .map(|url| format!("{bold}{url}{plain}"))
            .collect();
        // Paths behind a Unix socket are no URLs.
        let base = running.urls().iter().find(|url| url.starts_with("http"));
        let base = base.map_or("", String::as_str);
        anstream::println!(
            "{bold}wagi {}{plain} serves {} of {} on {}\n\n{}",
            env!("CARGO_PKG_VERSION"),
            table::count(site.routes.in_order().len(), "route"),
            table::count(site.modules, "module"),
            urls.join(", "),
            table::routes(&site, base, health_path.as_deref()),
        );
        if let Some(url) = running.admin_url() {
            anstream::println!("Metrics and health: {bold}{url}{plain}");
        }
        if let Some(url) = running.inspector_url() {
            anstream::println!("Inspector: {bold}{url}{plain}");
        }
        let serving = until_stopped(
            Arc::new(running),
            &mut self.signals,
            &mut self.hangup,
            origin,
            watched_since,
        );
        self.runtime.block_on(serving)
    }
}

async fn until_stopped(
    running: Arc<Running>,
    signals: &mut Signals,
    hangup: &mut Signal,
    origin: &Arc<Origin>,
    watched_since: Option<SystemTime>,
) -> Result<ExitCode, Failure> {
    let mut watching = Watching::start(watched_since, &running)?;
    running.notify_ready();
    let mut reloading: Option<JoinHandle<()>> = None;
    let mut again = false;
    loop {
        tokio::select! {
            _ = hangup.recv() => again = true,
            () = watching.changed() => again = true,
            () = finished(&mut reloading) => watching.follow(&running),
            _ = signals.end() => break,
        }
        // One after the other; what comes in between counts once.
        if again && reloading.is_none() {
            again = false;
            let (running, origin) = (Arc::clone(&running), Arc::clone(origin));
            let work = move || reload(&running, &origin);
            reloading = Some(tokio::task::spawn_blocking(work));
        }
    }
    tracing::info!("stopping: running requests may end; a second signal stops at once");
    let stopped = tokio::task::spawn_blocking(move || running.stop());
    tokio::select! {
        _ = stopped => Ok(ExitCode::SUCCESS),
        code = signals.end() => exit(code),
    }
}

/// At once, but not without the last lines of the log.
fn exit(code: u8) -> ! {
    logging::flush();
    std::process::exit(code.into())
}

/// Waits until a reload is over, if there is one.
async fn finished(reloading: &mut Option<JoinHandle<()>>) {
    match reloading {
        Some(work) => {
            let _ = work.await;
            *reloading = None;
        }
        None => std::future::pending().await,
    }
}

fn reload(running: &Running, origin: &Origin) {
    running.notify_reloading();
    if let Err(error) = running.reload_certificates() {
        tracing::error!(%error, "the old certificates stay in effect: the new ones are wrong");
    }
    match running.load_again(origin) {
        Ok(warnings) => {
            anstream::eprint!("{}", warnings.render(true));
            tracing::info!("the new configuration is in effect");
        }
        Err(problems) => {
            anstream::eprint!("{}", problems.render(true));
            tracing::error!("the old configuration stays in effect: the new one is wrong");
        }
    }
    running.notify_ready();
}

/// The signals that end a process.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for a signal that ends the process, and tells the exit code that goes with it.
    async fn end(&mut self) -> u8 {
        tokio::select! {
            _ = self.terminate.recv() => TERMINATED,
            _ = self.interrupt.recv() => INTERRUPTED,
        }
    }
}
