//! Standard error of modules in files, one per route.

use super::{LogLine, ModuleLog};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Lines that wait to be written; when a disk is slower than the modules, lines are dropped.
const WAITING_LINES: usize = 4096;

struct Entry {
    route: String,
    line: String,
}

impl ModuleLog {
    /// Appends every line to a file of its route in `folder`, which is made if it is missing. The
    /// files are written on a thread of their own.
    pub fn to_files(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (sender, receiver) = sync_channel(WAITING_LINES);
        let folder = folder.to_path_buf();
        std::thread::Builder::new()
            .name("wagi-log".into())
            .spawn(move || write_all(&folder, &receiver))?;
        Ok(Self::new(move |line| send(&sender, line)))
    }
}

fn send(sender: &SyncSender<Entry>, line: LogLine<'_>) {
    let LogLine {
        route,
        request,
        text,
        ..
    } = line;
    // The thread is gone only when the process ends; a full queue drops the line.
    let _ = sender.try_send(Entry {
        route: route.to_string(),
        line: format!("{request} {text}\n"),
    });
}

fn write_all(folder: &Path, receiver: &Receiver<Entry>) {
    let mut files: HashMap<String, Option<File>> = HashMap::new();
    for Entry { route, line } in receiver {
        let file = files
            .entry(route)
            .or_insert_with_key(|route| open(folder, route));
        if let Some(file) = file
            && let Err(error) = file.write_all(line.as_bytes())
        {
            tracing::warn!(%error, "cannot write to the log of a module");
        }
    }
}

fn open(folder: &Path, route: &str) -> Option<File> {
    let path: PathBuf = folder.join(file_name(route));
    match File::options().create(true).append(true).open(&path) {
        Ok(file) => Some(file),
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "cannot open the log of a module");
            None
        }
    }
}

/// `/a/b/...` becomes `root.a.b.all.stderr.log`. Every other character than letters, digits and `-` is
/// written in hexadecimal, so that two routes never share a file.
fn file_name(route: &str) -> String {
    let (path, is_wildcard) = match route.strip_suffix("/...") {
        Some(path) => (path, true),
        None => (route, false),
    };
    let mut name = String::new();
    for byte in path.trim_start_matches('/').bytes() {
        match byte {
            b'/' => name.push('.'),
            byte if byte.is_ascii_alphanumeric() || byte == b'-' => name.push(byte.into()),
            byte => name.push_str(&format!("_{byte:02x}")),
        }
    }
    let end = if is_wildcard { ".all" } else { "" };
    format!("root.{name}{end}.stderr.log")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        assert_eq!(file_name("/"), "root..stderr.log");
        assert_eq!(file_name("/..."), "root..all.stderr.log");
        assert_eq!(file_name("/a/b_c/..."), "root.a.b_5fc.all.stderr.log");
        assert_eq!(file_name("/%2e%2e"), "root._252e_252e.stderr.log");
    }
}
