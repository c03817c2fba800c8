//! A server that a [`ServerFile`] says how to start, on a free port of the loopback interface.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use super::process::Process;
use super::site::Sites;
use super::{Guard, Paths, ServerFile, Target, TargetError};
use crate::setup;

/// How often another port is tried when somebody else took the free one first.
const ATTEMPTS: u32 = 3;
/// How long to wait before asking again whether the server answers.
const POLL: Duration = Duration::from_millis(10);
/// Where Debian keeps servers; an ordinary user's PATH lacks them.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

impl Target {
    /// Sets up the probes in a temporary folder, starts the server there, and waits until it
    /// answers, for `timeout` at most. Dropping the target stops the server and removes the folder.
    pub fn launched(server: &ServerFile, timeout: Duration) -> Result<Target, TargetError> {
        let mut target = Target::launched_site(server, timeout, None)?;
        let server = server.clone();
        target.sites =
            Sites::started_by(move |name| Target::launched_site(&server, timeout, Some(name)));
        Ok(target)
    }

    fn launched_site(
        server: &ServerFile,
        timeout: Duration,
        site: Option<&str>,
    ) -> Result<Target, TargetError> {
        let Some((program, arguments)) = server.command.split_first() else {
            return Err(TargetError::NoCommand {
                name: server.name.clone(),
            });
        };
        let installed = |program: &String| {
            find(program).ok_or_else(|| TargetError::NotInstalled {
                program: program.clone(),
                hint: server
                    .install
                    .clone()
                    .unwrap_or_else(|| "install it and try again".to_owned()),
            })
        };
        for program in &server.programs {
            installed(program)?;
        }
        let program = installed(program)?;
        let mut attempt = 1;
        loop {
            match start(server, &program, arguments, timeout, site) {
                Err(TargetError::NotStarted { log, .. })
                    if attempt < ATTEMPTS && log.to_ascii_lowercase().contains("in use") =>
                {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }
}

fn start(
    server: &ServerFile,
    program: &Path,
    arguments: &[String],
    timeout: Duration,
    site: Option<&str>,
) -> Result<Target, TargetError> {
    let failed = |reason: String, log: String| TargetError::NotStarted {
        name: server.name.clone(),
        reason,
        log,
    };
    let system = |error: io::Error| failed(error.to_string(), String::new());
    let folder = tempfile::Builder::new()
        .prefix("wagi-conformance-")
        .tempdir()
        .map_err(system)?;
    readable_by_all(folder.path()).map_err(system)?;
    setup::write_site(
        folder.path(),
        server.setup,
        &env::current_exe().map_err(system)?,
        site,
    )?;

    let address = free_address().map_err(system)?;
    let dir = fs::canonicalize(folder.path()).map_err(system)?;
    let config = dir.join("server.conf");
    let fill = |text: &str| {
        text.replace("{dir}", &dir.to_string_lossy())
            .replace("{config}", &config.to_string_lossy())
            .replace("{port}", &address.port().to_string())
    };
    if let Some(text) = &server.config {
        fs::write(&config, fill(text)).map_err(system)?;
    }
    for (path, text) in &server.files {
        let path = dir.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(system)?;
        }
        fs::write(path, fill(text)).map_err(system)?;
    }
    let arguments: Vec<String> = arguments.iter().map(|argument| fill(argument)).collect();
    let mut process = Process::spawn(program, &arguments, folder).map_err(system)?;

    let deadline = Instant::now() + timeout;
    while !answers(address, deadline) {
        if let Some(status) = process.ended().map_err(system)? {
            return Err(failed(
                format!("it ended with {status}"),
                process.log_tail(),
            ));
        }
        if Instant::now() >= deadline {
            let reason = format!("no answer on {address} within {} s", timeout.as_secs_f32());
            return Err(failed(reason, process.log_tail()));
        }
        thread::sleep(POLL);
    }
    // Somebody else's server may have answered in its place.
    if let Some(status) = process.ended().map_err(system)? {
        return Err(failed(
            format!("it ended with {status}"),
            process.log_tail(),
        ));
    }
    Ok(Target {
        name: server.name.clone(),
        software: None,
        url: format!("http://{address}"),
        authority: address.to_string(),
        address,
        profile: server.profile,
        lacks: server.lacks.clone(),
        paths: Paths {
            prefix: String::new(),
            template: server.path.clone(),
        },
        site: site.map(str::to_owned),
        sites: Sites::none(),
        guard: Guard::Process(process),
    })
}

/// Servers that start as root run scripts as another user.
fn readable_by_all(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    }
    let _ = folder;
    Ok(())
}

/// An address that was free a moment ago.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// Whether something at the address answers a request in HTTP.
fn answers(address: SocketAddr, deadline: Instant) -> bool {
    let ask = || -> io::Result<bool> {
        let left = deadline.saturating_duration_since(Instant::now()).max(POLL);
        let mut stream = TcpStream::connect_timeout(&address, left)?;
        stream.set_read_timeout(Some(left))?;
        stream.set_write_timeout(Some(left))?;
        write!(
            stream,
            "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut start = [0; 7];
        stream.read_exact(&mut start)?;
        Ok(&start == b"HTTP/1.")
    };
    ask().unwrap_or(false)
}

/// The program by its path, or by its name in PATH and the system's folders.
fn find(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        let path = fs::canonicalize(program).ok()?;
        return path.is_file().then_some(path);
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(SYSTEM_FOLDERS.map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> ServerFile {
        toml::from_str(text).expect("a server file")
    }

    fn launch(text: &str) -> TargetError {
        Target::launched(&server(text), Duration::from_millis(300)).expect_err(text)
    }

    #[test]
    fn a_missing_program_says_how_to_install_it() {
        let error = launch(
            "name = 'x'\ncommand = ['no-such-program']\ninstall = 'run `apt-get install x`'\n",
        );
        assert!(!error.is_usage(), "{error}");
        let text = "`no-such-program` is not installed; run `apt-get install x`";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn a_description_without_a_command_cannot_be_launched() {
        let error = launch("name = 'x'\n");
        assert!(
            error.is_usage() && error.to_string().contains("`command`"),
            "{error}"
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_server_that_ends_shows_its_log() {
        let error = launch(
            "name = 'x'\ncommand = ['sh', '-c', 'echo first; echo config {config} is wrong >&2; exit 7']\n",
        );
        let text = error.to_string();
        assert!(
            text.starts_with("x did not start: it ended with exit status: 7"),
            "{text}"
        );
        assert!(text.contains("\n    first\n    config /"), "{text}");
        assert!(text.contains("/server.conf is wrong"), "{text}");
    }

    #[test]
    #[cfg(unix)]
    fn a_server_that_does_not_answer_is_stopped() {
        let error = launch("name = 'x'\ncommand = ['sh', '-c', 'pwd; sleep 60 & wait']\n");
        let text = error.to_string();
        assert!(text.contains("no answer on 127.0.0.1:"), "{text}");
        let folder = text
            .lines()
            .last()
            .expect("the log holds the folder")
            .trim();
        assert!(folder.contains("wagi-conformance-"), "{folder}");
        assert!(!Path::new(folder).exists(), "{folder} was left behind");
    }
}
