//! Volumes in which a module could choose what the server runs.

use crate::config::{Diagnostic, Spanned};
use crate::sandbox::Volume;
use crate::settings::Settings;
use std::path::{Path, PathBuf};

/// A volume with the compiled modules in it, which run as they are: who writes them leaves the
/// sandbox. Whoever can write what was pulled from registries chooses the module of another route.
pub(super) fn exposed_problem(volume: &Spanned<Volume>, settings: &Settings) -> Option<Diagnostic> {
    let Volume {
        host, read_only, ..
    } = &volume.value;
    let of_server = kept_folders(settings).find(|folder| !read_only && overlap(host, folder))?;
    let problem = format!(
        "the module could write into `{}`, where the server keeps what it runs",
        of_server.display()
    );
    let hint = "mount another directory, or this one with the mode \"ro\", or keep compiled modules \
                elsewhere: `--module-cache DIR`";
    Some(Diagnostic::error(problem, volume.span.clone()).hint(hint))
}

/// A volume with the configuration in it: after the next reload the module may do what it likes. Only a
/// warning, since configurations of deislabs/wagi mount the directory in which they are.
pub(super) fn exposed_warning(volume: &Spanned<Volume>, files: &[PathBuf]) -> Option<Diagnostic> {
    let Volume {
        host, read_only, ..
    } = &volume.value;
    let folder = real(host);
    let file = files
        .iter()
        .find(|file| !read_only && real(file).starts_with(&folder))?;
    let problem = format!(
        "the module could change `{}`, which says what modules may do",
        file.display()
    );
    let hint = "mount another directory, or this one with the mode \"ro\"";
    Some(Diagnostic::warning(problem, volume.span.clone()).hint(hint))
}

fn kept_folders(settings: &Settings) -> impl Iterator<Item = PathBuf> {
    let compiled = settings.sandbox.cache.as_ref();
    let compiled = compiled.map(|cache| cache.folder().to_path_buf());
    compiled.into_iter().chain(settings.registries.store())
}

/// Whether one is in the other, or they are the same.
fn overlap(one: &Path, other: &Path) -> bool {
    let (one, other) = (real(one), real(other));
    one.starts_with(&other) || other.starts_with(&one)
}

/// Without links, as far as the path exists.
fn real(path: &Path) -> PathBuf {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(real), _, _) => real,
        (Err(_), Some(parent), Some(name)) => real(parent).join(name),
        (Err(_), _, _) => path.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn volumes_and_the_folders_of_the_server() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        let settings = Settings::default()
            .module_cache(home.join("cache"))
            .registry_cache(home.join("cache"));
        std::fs::create_dir_all(home.join("cache/data")).unwrap();
        symlink(home.join("cache/wagi-modules"), home.join("link")).unwrap();
        let problem = |path: &str, read_only| {
            let volume = Volume {
                guest: "/".to_string(),
                host: home.join(path),
                read_only,
            };
            exposed_problem(&Spanned::without_place(volume), &settings).is_some()
        };
        for path in [
            "",
            "cache",
            "cache/wagi-modules",
            "link",
            "cache/wagi-registry/references",
        ] {
            assert!(problem(path, false), "{path}");
            assert!(!problem(path, true), "{path}");
        }
        for path in ["cache/data", "cach", "cache/wagi-modules-of-others"] {
            assert!(!problem(path, false), "{path}");
        }
    }

    #[test]
    fn volumes_and_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        std::fs::create_dir_all(home.join("config/data")).unwrap();
        std::fs::write(home.join("config/modules.toml"), "").unwrap();
        symlink(home.join("config"), home.join("link")).unwrap();
        let warned = |path: &str, read_only| {
            let volume = Volume {
                guest: "/".to_string(),
                host: home.join(path),
                read_only,
            };
            let files = [home.join("config/modules.toml")];
            exposed_warning(&Spanned::without_place(volume), &files).is_some()
        };
        for path in ["", "config", "link", "config/data/.."] {
            assert!(warned(path, false), "{path}");
            assert!(!warned(path, true), "{path}");
        }
        for path in ["config/data", "conf", "link/data"] {
            assert!(!warned(path, false), "{path}");
        }
    }
}
