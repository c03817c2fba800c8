//! The folder that `setup` fills, and the record of what it wrote there.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::SetupError;
use crate::probe::{self, digest};

/// Lists the files of an earlier `setup`, so that this one may replace them and no others.
const RECORD: &str = ".wagi-conformance";

/// Files to be written: nothing is touched before all are known not to be foreign.
pub(super) struct Folder {
    root: PathBuf,
    /// Relative path with `/` → digest of what an earlier `setup` wrote.
    record: BTreeMap<String, u64>,
    planned: BTreeMap<String, Content>,
}

enum Content {
    Bytes {
        bytes: Vec<u8>,
        executable: bool,
    },
    /// A hard link or copy of a program.
    Program(PathBuf),
    /// A symbolic link to this place.
    Link(PathBuf),
}

impl Folder {
    pub(super) fn open(root: &Path) -> Result<Folder, SetupError> {
        fs::create_dir_all(root).map_err(at(root))?;
        let root = fs::canonicalize(root).map_err(at(root))?;
        let path = root.join(RECORD);
        let record = match fs::read_to_string(&path) {
            Ok(text) => text.lines().filter_map(record_line).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(source) => return Err(SetupError::Io { path, source }),
        };
        Ok(Folder {
            root,
            record,
            planned: BTreeMap::new(),
        })
    }

    /// The absolute path of the folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn file(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        let content = Content::Bytes {
            bytes: bytes.into(),
            executable: false,
        };
        self.planned.insert(path.to_owned(), content);
    }

    pub(super) fn script(&mut self, path: &str, text: impl Into<Vec<u8>>) {
        let content = Content::Bytes {
            bytes: text.into(),
            executable: true,
        };
        self.planned.insert(path.to_owned(), content);
    }

    pub(super) fn program(&mut self, path: &str, program: &Path) {
        self.planned
            .insert(path.to_owned(), Content::Program(program.to_owned()));
    }

    pub(super) fn link(&mut self, path: &str, target: impl Into<PathBuf>) {
        self.planned
            .insert(path.to_owned(), Content::Link(target.into()));
    }

    /// `probes/NAME.wasm`
    pub(super) fn probe(&mut self, name: &str) -> Result<(), SetupError> {
        self.file(&format!("probes/{name}.wasm"), probe::wasm(name)?);
        Ok(())
    }

    /// Writes everything that was planned, or nothing where a file of somebody else is in the way.
    pub(super) fn finish(mut self) -> Result<Vec<PathBuf>, SetupError> {
        for (path, content) in &self.planned {
            let place = self.root.join(path);
            if !content
                .may_replace(&place, self.record.get(path))
                .map_err(at(&place))?
            {
                return Err(SetupError::Foreign { path: place });
            }
        }
        for (path, content) in &self.planned {
            self.record.insert(path.clone(), content.digest());
        }
        // The record goes first: were the rest interrupted, the next `setup` may still replace it.
        let lines = self
            .record
            .iter()
            .map(|(path, digest)| format!("{digest:016x} {path}\n"));
        let text = format!(
            "# Files written by `wagi-conformance setup`.\n{}",
            lines.collect::<String>()
        );
        let place = self.root.join(RECORD);
        fs::write(&place, text).map_err(at(&place))?;
        for (path, content) in &self.planned {
            let place = self.root.join(path);
            content.write(&place).map_err(at(&place))?;
        }
        Ok(self.planned.into_keys().map(PathBuf::from).collect())
    }
}

impl Content {
    fn digest(&self) -> u64 {
        match self {
            Content::Bytes { bytes, .. } => digest(bytes),
            // Recognised by what it is, see `may_replace`.
            Content::Program(_) => 0,
            Content::Link(target) => digest(target.as_os_str().as_encoded_bytes()),
        }
    }

    /// Whether `place` is free, or holds what this or an earlier `setup` wrote, unchanged.
    fn may_replace(&self, place: &Path, recorded: Option<&u64>) -> io::Result<bool> {
        let metadata = match fs::symlink_metadata(place) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(error),
        };
        let found = match self {
            Content::Bytes { .. } if metadata.is_file() => digest(&fs::read(place)?),
            Content::Link(_) if metadata.is_symlink() => {
                digest(fs::read_link(place)?.as_os_str().as_encoded_bytes())
            }
            // Too large to compare: the record alone says whose it is.
            Content::Program(_) if metadata.is_file() => return Ok(recorded.is_some()),
            _ => return Ok(false),
        };
        Ok(found == self.digest() || recorded == Some(&found))
    }

    fn write(&self, place: &Path) -> io::Result<()> {
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        match self {
            Content::Bytes { bytes, executable } => {
                fs::write(place, bytes)?;
                if *executable {
                    make_executable(place)
                } else {
                    Ok(())
                }
            }
            Content::Program(program) => {
                remove(place)?;
                // A link costs nothing, but needs the same file system.
                if fs::hard_link(program, place).is_err() {
                    fs::copy(program, place)?;
                }
                Ok(())
            }
            Content::Link(target) => {
                remove(place)?;
                symbolic_link(target, place)
            }
        }
    }
}

fn record_line(line: &str) -> Option<(String, u64)> {
    let (digest, path) = line.split_once(' ')?;
    Some((path.to_owned(), u64::from_str_radix(digest, 16).ok()?))
}

fn remove(place: &Path) -> io::Result<()> {
    match fs::remove_file(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn make_executable(place: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(place, fs::Permissions::from_mode(0o755))
}

#[cfg(unix)]
fn symbolic_link(target: &Path, place: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, place)
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn symbolic_link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "no symbolic links on this system",
    ))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> SetupError + '_ {
    move |source| SetupError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(root: &Path, text: &str) -> Result<Vec<PathBuf>, SetupError> {
        let mut folder = Folder::open(root)?;
        folder.file("a/b.txt", text);
        folder.file("c.txt", "c");
        folder.finish()
    }

    #[test]
    fn replaces_only_what_it_wrote_itself() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("a/b.txt");
        assert_eq!(setup(dir.path(), "one").expect("empty").len(), 2);
        assert_eq!(setup(dir.path(), "one").expect("the same again").len(), 2);
        setup(dir.path(), "two").expect("own file, new text");
        assert_eq!(fs::read_to_string(&file).expect("written"), "two");

        fs::write(&file, "edited by hand").expect("writable");
        let error = setup(dir.path(), "three").expect_err("somebody's edit");
        assert!(matches!(&error, SetupError::Foreign { path } if path.ends_with("a/b.txt")));
        assert_eq!(
            fs::read_to_string(&file).expect("still there"),
            "edited by hand"
        );
    }

    #[test]
    fn a_foreign_file_stops_everything() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("c.txt"), "theirs").expect("writable");
        setup(dir.path(), "one").expect_err("c.txt is not ours");
        assert!(!dir.path().join("a").exists(), "nothing may be written");
    }

    #[test]
    fn a_foreign_file_with_the_very_content_is_fine() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("c.txt"), "c").expect("writable");
        setup(dir.path(), "one").expect("nothing would change");
    }
}
