//! Pulled modules, kept by their digest.

use crate::digest::{is_sha256, sha256};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// What the store may take; beyond it the oldest modules are removed (1 GiB).
const MAX_SIZE: u64 = 1 << 30;

/// A folder with modules, and with what references meant when they were last asked for. It is a help
/// and no authority: every module is checked again when it is taken out.
#[derive(Debug)]
pub(super) struct Store {
    modules: PathBuf,
    references: PathBuf,
}

impl Store {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let store = Self {
            modules: folder.join("sha256"),
            references: folder.join("references"),
        };
        // Who can change what a tag means can choose the module.
        let mut private = fs::DirBuilder::new();
        private.recursive(true).mode(0o700);
        private.create(&store.modules)?;
        private.create(&store.references)?;
        Ok(store)
    }

    /// The module with a digest, if it is there and whole.
    pub(super) fn module(&self, digest: &str) -> Option<Vec<u8>> {
        let bytes = fs::read(self.modules.join(hex(digest)?)).ok()?;
        (sha256(&bytes) == hex(digest)?).then_some(bytes)
    }

    pub(super) fn keep(&self, digest: &str, bytes: &[u8]) -> io::Result<()> {
        if let Some(name) = hex(digest) {
            replace(&self.modules.join(name), bytes)?;
            self.trim(MAX_SIZE)?;
        }
        Ok(())
    }

    /// The digest of the module that a reference led to.
    pub(super) fn remembered(&self, reference: &str) -> Option<String> {
        let path = self.references.join(sha256(reference.as_bytes()));
        let digest = fs::read_to_string(path).ok()?;
        hex(&digest).is_some().then_some(digest)
    }

    pub(super) fn remember(&self, reference: &str, digest: &str) -> io::Result<()> {
        let path = self.references.join(sha256(reference.as_bytes()));
        replace(&path, digest.as_bytes())
    }

    fn trim(&self, size: u64) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.modules)? {
            let entry = entry?;
            // Another server may have removed it.
            if let Ok(metadata) = entry.metadata() {
                entries.push((metadata.modified()?, metadata.len(), entry.path()));
            }
        }
        entries.sort();
        let mut total: u64 = entries.iter().map(|(_, length, _)| length).sum();
        for (_, length, path) in entries {
            if total <= size {
                break;
            }
            fs::remove_file(path)?;
            total -= length;
        }
        Ok(())
    }
}

/// `sha256:…`, without what stands in front.
fn hex(digest: &str) -> Option<&str> {
    digest.strip_prefix("sha256:").filter(|hex| is_sha256(hex))
}

/// Nobody ever sees half of it.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(bytes: &[u8]) -> String {
        format!("sha256:{}", sha256(bytes))
    }

    #[test]
    fn what_was_kept_and_what_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let digest = digest(b"module");
        assert_eq!(store.module(&digest), None);
        store.keep(&digest, b"module").unwrap();
        assert_eq!(store.module(&digest).as_deref(), Some(&b"module"[..]));
        store.remember("a/b:1", &digest).unwrap();
        assert_eq!(store.remembered("a/b:1"), Some(digest.clone()));
        assert_eq!(store.remembered("a/b:2"), None);
        fs::write(store.modules.join(hex(&digest).unwrap()), "modulE").unwrap();
        assert_eq!(store.module(&digest), None);
        assert_eq!(store.module("sha256:../../x"), None);
    }

    #[test]
    fn the_oldest_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let contents = [[b'a'; 100], [b'b'; 100], [b'c'; 100]];
        for (age, content) in [3, 1, 2].into_iter().zip(contents) {
            store.keep(&digest(&content), &content).unwrap();
            let path = store.modules.join(sha256(&content));
            let time = std::time::SystemTime::now() - std::time::Duration::from_secs(age * 100);
            fs::File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_modified(time)
                .unwrap();
        }
        store.trim(250).unwrap();
        let left = contents.map(|content| store.module(&digest(&content)).is_some());
        assert_eq!(left, [false, true, true]);
    }
}
