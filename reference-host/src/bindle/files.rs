//! The files that a module sees.

use super::application::Application;
use super::invoice::Parcel;
use super::parcel::{ParcelError, ParcelFile, problem};
use crate::config::Diagnostic;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

impl<'a> Application<'a> {
    /// A folder with the files that the parcel requires; nothing where there are none.
    pub(super) fn files_of(&mut self, parcel: &'a Parcel) -> Option<Arc<TempDir>> {
        let mut files: BTreeMap<PathBuf, (ParcelFile, &'a Parcel)> = BTreeMap::new();
        for required in self.groups.required_by(parcel) {
            if !required.is_file() {
                continue;
            }
            let name = &required.label.name;
            let Some(path) = relative(name.get_ref()) else {
                let text = format!("`{}` is no name of a file in a bindle", name.get_ref());
                let hint = "names are relative and have no `..`";
                self.errors
                    .push(Diagnostic::error(text, name.span()).hint(hint));
                continue;
            };
            let Some(file) = self.parcel_file(required) else {
                continue;
            };
            match files.get(&path) {
                Some((other, _)) if other.sha256 != file.sha256 => {
                    let text = format!("two files are called `{}`", name.get_ref());
                    self.errors.push(Diagnostic::error(text, name.span()));
                }
                Some(_) => {}
                None => {
                    files.insert(path, (file, required));
                }
            }
        }
        if files.is_empty() {
            return None;
        }
        let key: Vec<(PathBuf, String)> = files
            .iter()
            .map(|(path, (file, _))| (path.clone(), file.sha256.clone()))
            .collect();
        if let Some(copy) = self.copies.get(&key) {
            return Some(Arc::clone(copy));
        }
        let copy = Arc::new(self.copy(&files)?);
        self.copies.insert(key, Arc::clone(&copy));
        Some(copy)
    }

    fn copy(&mut self, files: &BTreeMap<PathBuf, (ParcelFile, &Parcel)>) -> Option<TempDir> {
        let folder = match tempfile::Builder::new().prefix("wagi-bindle-").tempdir() {
            Ok(folder) => folder,
            Err(error) => {
                let text = format!("cannot make a temporary folder: {error}");
                self.errors.push(Diagnostic::error(text, 0..0));
                return None;
            }
        };
        for (path, (file, parcel)) in files {
            if let Err(error) = copy(file, &folder.path().join(path)) {
                let label = &parcel.label;
                let span = match error {
                    ParcelError::Size { .. } => label.size.span(),
                    _ => label.sha256.span(),
                };
                self.errors.push(problem(file, &error, span));
            }
        }
        Some(folder)
    }
}

fn copy(file: &ParcelFile, path: &Path) -> Result<(), ParcelError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(ParcelError::Storage)?;
    }
    let mut out = File::options()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(ParcelError::Storage)?;
    file.copy_to(&mut out)?;
    io::Write::flush(&mut out).map_err(ParcelError::Storage)
}

/// A path that stays below where it is joined to.
fn relative(name: &str) -> Option<PathBuf> {
    if name.is_empty() || name.contains('\0') || name.ends_with('/') {
        return None;
    }
    let is_plain = |component| matches!(component, Component::Normal(_) | Component::CurDir);
    let path = Path::new(name);
    let is_inside = path.components().all(is_plain);
    let plain: PathBuf = path
        .components()
        .filter(|component| matches!(component, Component::Normal(_)))
        .collect();
    (is_inside && !plain.as_os_str().is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        for (name, expected) in [
            ("a.txt", Some("a.txt")),
            ("images/a.png", Some("images/a.png")),
            ("./a//b", Some("a/b")),
            ("/etc/passwd", None),
            ("../a", None),
            ("a/../../b", None),
            ("a/..", None),
            ("..", None),
            (".", None),
            ("", None),
            ("a/", None),
            ("a\0b", None),
        ] {
            assert_eq!(relative(name), expected.map(PathBuf::from), "{name:?}");
        }
    }
}
