//! The folder with compiled modules: who may reach it, what is in it, how large it gets.

use crate::sandbox::precompiled::{Key, Precompiled, Unusable};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The folder of the cache is inside of the one that the user names, so that its permissions are
/// the server's to choose.
pub(super) const FOLDER: &str = "wagi-modules";

/// What the cache may take; beyond it what was not used for the longest time is removed (1 GiB).
const MAX_SIZE: u64 = 1 << 30;

/// How exactly it is known when an entry was used.
const USE_RESOLUTION: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder with compiled modules.
#[derive(Clone, Debug)]
pub(crate) struct ModuleCache {
    folder: PathBuf,
}

impl ModuleCache {
    /// Uses a folder inside of `parent`, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// When it cannot be made, or when other users can reach into it.
    pub(crate) fn open(parent: &Path) -> io::Result<Self> {
        let folder = parent.join(FOLDER);
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder);
        // A link to a folder is not followed below, and `create` takes one for a folder.
        made?;
        let cache = Self { folder };
        cache.check()?;
        Ok(cache)
    }

    /// Where the compiled modules are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// `$CACHE_DIRECTORY` of systemd, `$XDG_CACHE_HOME/wagi`, or `~/.cache/wagi`.
    pub(crate) fn default_folder() -> Option<PathBuf> {
        let folder = |name: &str| {
            let path = PathBuf::from(std::env::var_os(name)?);
            path.is_absolute().then_some(path)
        };
        folder("CACHE_DIRECTORY")
            .or_else(|| Some(folder("XDG_CACHE_HOME")?.join("wagi")))
            .or_else(|| Some(folder("HOME")?.join(".cache/wagi")))
    }

    fn check(&self) -> io::Result<()> {
        let metadata = std::fs::symlink_metadata(&self.folder)?;
        let is_own = metadata.uid() == rustix::process::geteuid().as_raw();
        match metadata.is_dir() && is_own && metadata.mode() & 0o077 == 0 {
            true => Ok(()),
            false => Err(io::Error::other(format!(
                "`{}` has to be a folder of this user that no other can open (mode 700)",
                self.folder.display()
            ))),
        }
    }

    pub(super) fn read(&self, key: &Key) -> Option<Precompiled> {
        let path = self.folder.join(name(key));
        let read = match self.check() {
            Ok(()) => Precompiled::read(&path, key),
            Err(error) => Err(Unusable::Unreadable(error)),
        };
        match read {
            Ok(precompiled) => {
                note_use(&path);
                Some(precompiled)
            }
            Err(Unusable::Unreadable(error)) if error.kind() == io::ErrorKind::NotFound => None,
            Err(unusable) => {
                tracing::warn!(path = %path.display(), reason = ?unusable, "a cached module is not used");
                None
            }
        }
    }

    pub(super) fn write(&self, key: &Key, content: wasmtime::Result<Vec<u8>>) {
        let written = content
            .map_err(|error| io::Error::other(format!("{error:#}")))
            .and_then(|content| {
                self.check()?;
                Precompiled::write(&self.folder, &name(key), key, &content)?;
                self.trim(MAX_SIZE)
            });
        if let Err(error) = written {
            tracing::warn!(folder = %self.folder.display(), %error, "a compiled module is not kept");
        }
    }

    /// Removes what was not used for the longest time, until the rest takes no more than `size`.
    pub(super) fn trim(&self, size: u64) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Another server may have removed it.
            if let Ok(metadata) = entry.metadata() {
                let modified = metadata.modified()?;
                entries.push((modified, metadata.len(), entry.path()));
            }
        }
        let mut total: u64 = entries.iter().map(|(_, length, _)| length).sum();
        entries.sort();
        for (_, length, path) in entries {
            if total <= size {
                break;
            }
            let _ = std::fs::remove_file(path);
            total -= length;
        }
        Ok(())
    }
}

fn note_use(path: &Path) {
    let now = SystemTime::now();
    let noted = std::fs::metadata(path).and_then(|metadata| metadata.modified());
    let age = noted.map(|noted| now.duration_since(noted).unwrap_or_default());
    if age.is_ok_and(|age| age > USE_RESOLUTION) {
        // Only the order of removal depends on it.
        let _ = std::fs::File::open(path).and_then(|file| file.set_modified(now));
    }
}

pub(super) fn name(key: &Key) -> String {
    let mut name: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    name.push_str(".cwasm");
    name
}
