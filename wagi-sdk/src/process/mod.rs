//! The process as a gateway: environment, arguments, standard input, output and error. No other folder touches them.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Read, Write};

use crate::body::{Sink, read_fn};
use crate::respond::{Ending, exchange};
use crate::{Gateway, Handler};

#[cfg_attr(
    all(target_os = "wasi", target_env = "p1"),
    path = "environment_wasi.rs"
)]
mod environment;
#[cfg_attr(target_os = "wasi", path = "stdio_wasi.rs")]
mod stdio;

/// Lets the handler answer the one request for which this process or module was started.
///
/// This is all that a handler's `main` does:
///
/// ```no_run
/// wagi_sdk::serve(|| "Hello!\n");
/// ```
///
/// The request comes from the environment and standard input, the response goes to standard output: under a WAGI server
/// as a module, under a CGI server such as Apache as an ordinary program. If the handler panics before the first byte of
/// its response, the client gets a 500 and the message goes to standard error; the exit status is 1 then, and also when
/// the response breaks off later.
pub fn serve<M>(handler: impl Handler<M>) {
    #[cfg(panic = "abort")]
    answer_panics();

    let mut stdout = Stdout(stdio::Out);
    match exchange(
        Gateway::of_process(),
        Box::new(stdio::read),
        &mut stdout,
        handler,
    ) {
        Ok(Ending::Answered) => {}
        Ok(Ending::Panicked(_)) => std::process::exit(1),
        Err(error) => {
            log(format_args!("the response is incomplete: {error}"));
            std::process::exit(1);
        }
    }
}

/// Lets the handler answer one request that is described by variables and input: [`serve`] without the process.
///
/// Only the private part of an [`Error`](crate::Error) still goes to standard error. An error means that the response is
/// incomplete. Tests are better off with [`testing`](crate::testing).
///
/// ```
/// let variables = [("REQUEST_METHOD".into(), "GET".into()), ("PATH_INFO".into(), "/world".into())];
/// let mut output = Vec::new();
/// wagi_sdk::respond(variables, std::io::empty(), &mut output, |gateway: wagi_sdk::Gateway| {
///     format!("Hello, {}!", &gateway.path_info()[1..])
/// })?;
/// assert!(output.ends_with(b"Status: 200 OK\n\nHello, world!"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn respond<M>(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    stdin: impl Read + 'static,
    mut stdout: impl Write,
    handler: impl Handler<M>,
) -> io::Result<()> {
    let gateway = Gateway::new(variables, []);
    exchange(gateway, read_fn(stdin), &mut stdout, handler).map(|_| ())
}

/// Prints what `_routes` declares (`entrypoint.routes.syntax`).
///
/// ```no_run
/// // What `_routes` does that `entrypoints!` exports; it prints the line `/items/... item`.
/// wagi_sdk::private::print_routes(&[("/items/...", "item")]);
/// ```
pub fn print_routes(routes: &[(&str, &str)]) {
    let lines = routes
        .iter()
        .map(|(pattern, name)| [*pattern, " ", *name, "\n"].concat());
    let lines = lines.collect::<String>();
    let mut stdout = stdio::Out;
    let printed = stdout.put(lines.as_bytes()).and_then(|()| stdout.deliver());
    if let Err(error) = printed {
        log(format_args!("the routes cannot be printed: {error}"));
        std::process::exit(1);
    }
}

/// Lets `look` see a variable; it sees nothing if the variable is not set.
pub(crate) fn with_variable(name: &str, look: &mut dyn FnMut(&[u8])) {
    environment::with(name, look)
}

pub(crate) fn variables() -> Vec<(OsString, OsString)> {
    environment::all()
}

pub(crate) fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// Writes a line to standard error, in one piece.
pub(crate) fn log(line: fmt::Arguments<'_>) {
    // Nobody can be told that the log is broken.
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

#[cfg(panic = "abort")]
static BEGUN: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Standard output, which where panics abort remembers whether anything was written.
struct Stdout(stdio::Out);

impl Sink for Stdout {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        #[cfg(panic = "abort")]
        BEGUN.store(true, std::sync::atomic::Ordering::Relaxed);
        self.0.put(bytes)
    }

    fn deliver(&mut self) -> io::Result<()> {
        self.0.deliver()
    }

    fn is_unbuffered(&self) -> bool {
        cfg!(target_os = "wasi")
    }
}

#[cfg(panic = "abort")]
type Hook = Box<dyn Fn(&std::panic::PanicHookInfo<'_>) + Sync + Send>;

/// Where a panic aborts, as in every module, nothing can catch it. The hook is the last to run, so it writes the 500.
///
/// It then leaves with status 1 rather than by the abort's trap: WAGI servers make both a 5xx
/// (`failure.exit-nonzero`, `failure.trap`), servers that ignore the status show the 500 written here, and WCGI, which
/// shows a trap's text to the client, has none to show.
#[cfg(panic = "abort")]
fn answer_panics() {
    static PRINT: std::sync::OnceLock<Hook> = std::sync::OnceLock::new();
    let _ = PRINT.set(std::panic::take_hook());
    std::panic::set_hook(Box::new(|panic| {
        if let Some(print) = PRINT.get() {
            print(panic);
        }
        if !BEGUN.swap(true, std::sync::atomic::Ordering::Relaxed) {
            let mut stdout = stdio::Out;
            let _ = stdout
                .put(crate::cgi::response::INTERNAL_SERVER_ERROR)
                .and_then(|()| stdout.deliver());
        }
        std::process::exit(1);
    }));
}
