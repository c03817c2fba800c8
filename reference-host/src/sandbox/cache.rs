//! Compiled modules, kept from one start to the next.
//!
//! A cache makes a start faster and never changes what is served: whatever goes wrong with it, the
//! module is compiled.

use super::precompiled::{Key, Precompiled, Unusable};
use sha2::{Digest, Sha256};
use std::hash::{Hash, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use wasmtime::component::Component;
use wasmtime::{Engine, Module};

/// The folder of the cache is inside of the one that the user names, so that its permissions are
/// the server's to choose.
const FOLDER: &str = "wagi-modules";

/// What the cache may take; beyond it what was not used for the longest time is removed (1 GiB).
const MAX_SIZE: u64 = 1 << 30;

/// How exactly it is known when an entry was used.
const USE_RESOLUTION: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder with compiled modules.
#[derive(Clone, Debug)]
pub(crate) struct ModuleCache {
    folder: PathBuf,
}

/// Whether a module had to be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Compiled,
    Cached,
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

    fn read(&self, key: &Key) -> Option<Precompiled> {
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

    fn write(&self, key: &Key, content: wasmtime::Result<Vec<u8>>) {
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
    fn trim(&self, size: u64) -> io::Result<()> {
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

/// Compiles a core module, or takes it from the cache.
pub(super) fn module(
    cache: Option<&ModuleCache>,
    engine: &Engine,
    bytes: &[u8],
) -> wasmtime::Result<(Module, Origin)> {
    let Some(cache) = cache else {
        return Ok((Module::from_binary(engine, bytes)?, Origin::Compiled));
    };
    let key = key("module", engine, bytes);
    if let Some(Ok(module)) = cache.read(&key).map(|found| found.module(engine)) {
        return Ok((module, Origin::Cached));
    }
    let module = Module::from_binary(engine, bytes)?;
    cache.write(&key, module.serialize());
    Ok((module, Origin::Compiled))
}

/// Compiles a component, or takes it from the cache.
pub(super) fn component(
    cache: Option<&ModuleCache>,
    engine: &Engine,
    bytes: &[u8],
) -> wasmtime::Result<(Component, Origin)> {
    let Some(cache) = cache else {
        return Ok((Component::from_binary(engine, bytes)?, Origin::Compiled));
    };
    let key = key("component", engine, bytes);
    if let Some(Ok(component)) = cache.read(&key).map(|found| found.component(engine)) {
        return Ok((component, Origin::Cached));
    }
    let component = Component::from_binary(engine, bytes)?;
    cache.write(&key, component.serialize());
    Ok((component, Origin::Compiled))
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

fn name(key: &Key) -> String {
    let mut name: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    name.push_str(".cwasm");
    name
}

/// What was compiled, by which version of the host, and for which engine.
fn key(form: &str, engine: &Engine, bytes: &[u8]) -> Key {
    let mut hasher = EngineHasher(Sha256::new());
    hasher
        .0
        .update(concat!("wagi ", env!("CARGO_PKG_VERSION"), "\n"));
    hasher.0.update(form);
    hasher.0.update(Sha256::digest(bytes));
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.finalize().into()
}

/// Feeds everything that compiled code depends on to SHA-256.
struct EngineHasher(Sha256);

impl Hasher for EngineHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Never asked for: the digest is the result.
    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::runtime::Runtime;
    use crate::sandbox::{EngineKind, Limits};
    use std::os::unix::fs::PermissionsExt;

    const TEXT: &str = r#"(module (func (export "f") (result i32) i32.const 7))"#;

    fn engine(kind: EngineKind) -> Engine {
        let limits = Limits {
            instances: 1,
            ..Limits::default()
        };
        Runtime::new(&limits, kind, limits.stack)
            .unwrap()
            .engine
            .clone()
    }

    fn binary(text: &str) -> Vec<u8> {
        wat::parse_str(text).unwrap()
    }

    struct Fixture {
        folder: tempfile::TempDir,
        cache: ModuleCache,
        engine: Engine,
    }

    impl Fixture {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            Self {
                cache: ModuleCache::open(folder.path()).unwrap(),
                folder,
                engine: engine(EngineKind::Cranelift),
            }
        }

        fn load(&self, text: &str) -> Origin {
            let (module, origin) = module(Some(&self.cache), &self.engine, &binary(text)).unwrap();
            assert!(module.get_export("f").is_some());
            origin
        }

        fn entry(&self, text: &str) -> PathBuf {
            let key = key("module", &self.engine, &binary(text));
            self.folder.path().join(FOLDER).join(name(&key))
        }
    }

    #[test]
    fn what_was_compiled_is_found_again() {
        let fixture = Fixture::new();
        assert_eq!(fixture.load(TEXT), Origin::Compiled);
        assert_eq!(fixture.load(TEXT), Origin::Cached);
        assert_eq!(
            fixture.load("(module (func (export \"f\")))"),
            Origin::Compiled
        );
        let mode = std::fs::metadata(fixture.entry(TEXT)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn components_are_kept_too() {
        let fixture = Fixture::new();
        let bytes = binary("(component)");
        let load = || {
            component(Some(&fixture.cache), &fixture.engine, &bytes)
                .unwrap()
                .1
        };
        assert_eq!(load(), Origin::Compiled);
        assert_eq!(load(), Origin::Cached);
    }

    #[test]
    fn each_engine_has_entries_of_its_own() {
        let fixture = Fixture::new();
        fixture.load(TEXT);
        let pulley = engine(EngineKind::Pulley);
        let load = || {
            module(Some(&fixture.cache), &pulley, &binary(TEXT))
                .unwrap()
                .1
        };
        assert_eq!(load(), Origin::Compiled);
        assert_eq!(load(), Origin::Cached);
        assert_eq!(fixture.load(TEXT), Origin::Cached);
    }

    #[test]
    fn damaged_entries_are_made_anew() {
        let fixture = Fixture::new();
        fixture.load(TEXT);
        let path = fixture.entry(TEXT);
        let good = std::fs::read(&path).unwrap();
        let header = MAGIC_LENGTH + 64;
        for at in [
            0,
            MAGIC_LENGTH,
            MAGIC_LENGTH + 32,
            header,
            header + 4096,
            good.len() - 1,
        ] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, bad).unwrap();
            assert_eq!(fixture.load(TEXT), Origin::Compiled, "byte {at}");
            assert_eq!(fixture.load(TEXT), Origin::Cached, "byte {at}");
        }
        for length in [0, 5, header, header + 1, good.len() - 1] {
            std::fs::write(&path, &good[..length]).unwrap();
            assert_eq!(fixture.load(TEXT), Origin::Compiled, "{length} bytes");
        }
        std::fs::write(&path, [good.as_slice(), b"x"].concat()).unwrap();
        assert_eq!(fixture.load(TEXT), Origin::Compiled);
    }

    const MAGIC_LENGTH: usize = 16;

    #[test]
    fn an_entry_of_another_module_is_not_taken() {
        let fixture = Fixture::new();
        let other = r#"(module (func (export "f") unreachable))"#;
        fixture.load(other);
        std::fs::copy(fixture.entry(other), fixture.entry(TEXT)).unwrap();
        assert_eq!(fixture.load(TEXT), Origin::Compiled);
    }

    #[test]
    fn what_others_could_have_written_is_not_taken() {
        let fixture = Fixture::new();
        fixture.load(TEXT);
        let entry = fixture.entry(TEXT);
        let permit = |path: &Path, mode| {
            std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        };
        permit(&entry, 0o620);
        assert_eq!(fixture.load(TEXT), Origin::Compiled);
        assert_eq!(fixture.load(TEXT), Origin::Cached);
        let folder = fixture.folder.path().join(FOLDER);
        permit(&folder, 0o770);
        assert_eq!(fixture.load(TEXT), Origin::Compiled);
        assert!(ModuleCache::open(fixture.folder.path()).is_err());
        permit(&folder, 0o700);
        assert_eq!(fixture.load(TEXT), Origin::Cached);

        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(&folder, elsewhere.path().join(FOLDER)).unwrap();
        assert!(ModuleCache::open(elsewhere.path()).is_err());
    }

    #[test]
    fn without_room_modules_are_compiled() {
        let fixture = Fixture::new();
        // Something that cannot be replaced is in the way.
        std::fs::create_dir(fixture.entry(TEXT)).unwrap();
        std::fs::write(fixture.entry(TEXT).join("x"), "").unwrap();
        assert_eq!(fixture.load(TEXT), Origin::Compiled);
        std::fs::remove_dir_all(fixture.folder.path().join(FOLDER)).unwrap();
        assert_eq!(fixture.load(TEXT), Origin::Compiled);
    }

    #[test]
    fn two_servers_share_a_cache() {
        let fixture = Fixture::new();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| fixture.load(TEXT));
            }
        });
        assert_eq!(fixture.load(TEXT), Origin::Cached);
        let folder = fixture.folder.path().join(FOLDER);
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
    }

    #[test]
    fn the_oldest_are_removed() {
        let fixture = Fixture::new();
        fixture.load(TEXT);
        let old = "(module (func (export \"f\")))";
        fixture.load(old);
        let file = std::fs::File::open(fixture.entry(old)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let size = std::fs::metadata(fixture.entry(TEXT)).unwrap().len();
        fixture.cache.trim(size).unwrap();
        assert!(fixture.entry(TEXT).exists());
        assert!(!fixture.entry(old).exists());
    }
}
