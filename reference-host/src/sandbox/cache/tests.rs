use super::folder::{FOLDER, name};
use super::*;
use crate::sandbox::runtime::Runtime;
use crate::sandbox::{EngineKind, Limits};
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

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
