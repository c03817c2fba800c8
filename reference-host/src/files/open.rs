//! Opens a file below a folder, and never one outside of it.

use super::encoding::Encoding;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// What is looked for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) root: PathBuf,
    /// Relative to it, made of plain names; empty for the folder itself.
    pub(super) path: PathBuf,
    /// The encodings in which it may come, the best first.
    pub(super) encodings: Vec<Encoding>,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Found {
    File(OpenFile),
    Directory,
    /// Nothing that can be sent: no such name, a device, a link that leads out.
    Nothing,
}

/// A file, and what was true of it when it was opened.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) file: File,
    pub(super) size: u64,
    pub(super) modified: SystemTime,
    pub(super) encoding: Option<Encoding>,
}

impl Wanted {
    /// Opens it. The folder is opened anew every time, so that one that was replaced as a whole is
    /// seen. Links are followed as long as they stay inside.
    pub(super) fn open(&self) -> io::Result<Found> {
        let folder = Dir::open_ambient_dir(&self.root, ambient_authority())?;
        if self.path.as_os_str().is_empty() {
            return Ok(Found::Directory);
        }
        let plain = match open(&folder, &self.path, None)? {
            Found::File(file) => file,
            other => return Ok(other),
        };
        for &encoding in &self.encodings {
            let path = with_ending(&self.path, encoding.ending());
            if let Found::File(encoded) = open(&folder, &path, Some(encoding))? {
                // One that is older than the file was not made from it.
                if encoded.modified >= plain.modified {
                    return Ok(Found::File(encoded));
                }
            }
        }
        Ok(Found::File(plain))
    }
}

fn open(folder: &Dir, path: &Path, encoding: Option<Encoding>) -> io::Result<Found> {
    let mut options = OpenOptions::new();
    // A pipe would keep the thread until somebody writes into it.
    options
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    let file = match folder.open_with(path, &options) {
        Ok(file) => file.into_std(),
        Err(error) if is_lack_of_resources(&error) => return Err(error),
        Err(error) => {
            if error.raw_os_error() == Some(libc::EACCES) {
                tracing::warn!(path = %path.display(), "a file cannot be read: permission denied");
            }
            return Ok(Found::Nothing);
        }
    };
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Ok(Found::Directory);
    }
    if !metadata.is_file() {
        return Ok(Found::Nothing);
    }
    Ok(Found::File(OpenFile {
        size: metadata.len(),
        modified: metadata.modified().unwrap_or(UNIX_EPOCH),
        file,
        encoding,
    }))
}

/// The server is to blame, not the path.
fn is_lack_of_resources(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM | libc::EIO)
    )
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(".");
    path.push(ending);
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::fs::symlink;

    fn look(root: &Path, path: &str) -> String {
        let wanted = Wanted {
            root: root.to_path_buf(),
            path: path.into(),
            encodings: Vec::new(),
        };
        match wanted.open() {
            Ok(Found::File(mut open)) => {
                let mut text = String::new();
                open.file.read_to_string(&mut text).unwrap();
                text
            }
            Ok(Found::Directory) => "directory".into(),
            Ok(Found::Nothing) => "nothing".into(),
            Err(error) => error.to_string(),
        }
    }

    /// Requirement of the kind of volume.no-escape, for files.
    #[test]
    fn nothing_outside_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        std::fs::create_dir_all(root.join("sub")).unwrap();
        std::fs::write(folder.path().join("secret"), "secret").unwrap();
        std::fs::write(root.join("file"), "file").unwrap();
        let absolute = folder.path().join("secret");
        for (link, target) in [
            ("absolute", absolute.to_str().unwrap()),
            ("relative", "../secret"),
            ("deep", "sub/../../secret"),
            ("up", ".."),
            ("loop", "loop"),
            ("inside", "sub/../file"),
            ("dangling", "nowhere"),
            ("device", "/dev/zero"),
        ] {
            symlink(target, root.join(link)).unwrap();
        }
        for (path, expected) in [
            ("file", "file"),
            ("inside", "file"),
            ("sub", "directory"),
            ("", "directory"),
            ("absolute", "nothing"),
            ("relative", "nothing"),
            ("deep", "nothing"),
            ("up", "nothing"),
            ("up/secret", "nothing"),
            ("loop", "nothing"),
            ("dangling", "nothing"),
            ("device", "nothing"),
            ("../secret", "nothing"),
            ("/etc/passwd", "nothing"),
            ("file/x", "nothing"),
            ("missing", "nothing"),
        ] {
            assert_eq!(look(&root, path), expected, "{path}");
        }
    }

    #[test]
    fn a_pipe_does_not_block() {
        let folder = tempfile::tempdir().unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(folder.path().join("pipe"))
            .status()
            .unwrap();
        assert!(made.success());
        assert_eq!(look(folder.path(), "pipe"), "nothing");
    }
}
