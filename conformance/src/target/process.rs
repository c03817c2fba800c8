//! A started server: its process group, its log, its folder.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to stop by itself.
const GRACE: Duration = Duration::from_secs(3);
/// How long to wait before looking again whether it stopped.
const POLL: Duration = Duration::from_millis(5);
/// How much of a log's end an error shows.
const LOG_LINES: usize = 15;
const LOG_BYTES: u64 = 8 * 1024;

/// A server with all its children; they are stopped when this is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    log: PathBuf,
    /// Removed after the server has stopped.
    _folder: TempDir,
}

impl Process {
    /// Starts `program` in `folder`, in a process group of its own: an interrupt from the terminal
    /// must not stop the server before the suite is done with it.
    pub(super) fn spawn(
        program: &Path,
        arguments: &[String],
        folder: TempDir,
    ) -> io::Result<Process> {
        let log = folder.path().join("server.log");
        let output = File::options().create(true).append(true).open(&log)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .env_remove("RUST_BACKTRACE");
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn()?;
        Ok(Process {
            child,
            log,
            _folder: folder,
        })
    }

    /// The exit status, if the server has ended.
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// The last lines of what the server wrote.
    pub(super) fn log_tail(&self) -> String {
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(&self.log)?;
            let length = fs::metadata(&self.log)?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES)))?;
            let mut end = Vec::new();
            file.take(LOG_BYTES).read_to_end(&mut end)?;
            Ok(end)
        };
        let text = read().unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }

    /// Asks the whole group to stop, then makes it.
    #[cfg(unix)]
    fn stop(&mut self) {
        use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let Some(leader) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) else {
            return;
        };
        // The leader is looked at without being reaped: until then its id, which is the group's,
        // belongs to nobody else.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        let running = || matches!(waitid(WaitId::Pid(leader), options), Ok(None));
        // Errors mean that nothing is left to be stopped.
        let _ = kill_process_group(leader, Signal::TERM);
        let deadline = Instant::now() + GRACE;
        while running() && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        let _ = kill_process_group(leader, Signal::KILL);
    }

    #[cfg(not(unix))]
    fn stop(&mut self) {
        let _ = (self.child.kill(), GRACE, POLL, thread::sleep, Instant::now);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
        let _ = self.child.wait();
    }
}
