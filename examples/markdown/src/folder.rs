//! The folder of pages, and no step out of it.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use crate::render::title_of;

/// A folder of Markdown files.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

/// A page or folder in a list.
pub(crate) struct Entry {
    /// Below the mount, with a slash in front.
    pub(crate) path: String,
    pub(crate) title: String,
}

impl Folder {
    /// A folder, as the module sees it.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The file at a path of names that are parted by slashes. Nothing hidden, no link, nothing above.
    pub(crate) fn find(&self, path: &str) -> Option<(PathBuf, Metadata)> {
        let (path, metadata) = self.lookup(path)?;
        metadata.is_file().then_some((path, metadata))
    }

    pub(crate) fn is_folder(&self, path: &str) -> bool {
        self.lookup(path)
            .is_some_and(|(_, metadata)| metadata.is_dir())
    }

    fn lookup(&self, path: &str) -> Option<(PathBuf, Metadata)> {
        let mut file = self.0.clone();
        let mut metadata = fs::metadata(&file).ok()?;
        for name in path.split('/').filter(|_| !path.is_empty()) {
            if !is_shown(name) || !metadata.is_dir() {
                return None;
            }
            file.push(name);
            // A link is neither file nor folder here.
            metadata = fs::symlink_metadata(&file).ok()?;
        }
        Some((file, metadata))
    }

    /// The pages and folders in a folder, by name, without its `index.md`; `None` if there is no such folder.
    pub(crate) fn entries(&self, path: &str) -> Option<Vec<Entry>> {
        let (folder, metadata) = self.lookup(path)?;
        if !metadata.is_dir() {
            return None;
        }
        let mut names: Vec<String> = fs::read_dir(&folder)
            .ok()?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| is_shown(name) && name != "index.md")
            .collect();
        names.sort();
        let prefix = match path {
            "" => String::new(),
            _ => format!("/{path}"),
        };
        let entry = |name: String| {
            let (file, metadata) =
                self.lookup(format!("{prefix}/{name}").trim_start_matches('/'))?;
            if metadata.is_dir() {
                return Some(Entry {
                    path: format!("{prefix}/{name}/"),
                    title: format!("{name}/"),
                });
            }
            if !metadata.is_file() {
                return None;
            }
            let page = name
                .strip_suffix(".md")
                .filter(|page| !page.contains('.'))?;
            let title = title_of(&fs::read_to_string(file).ok()?);
            Some(Entry {
                path: format!("{prefix}/{page}"),
                title: title.unwrap_or_else(|| page.to_owned()),
            })
        };
        Some(names.into_iter().filter_map(entry).collect())
    }
}

/// `\` and `:` lead elsewhere on Windows.
fn is_shown(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['\\', ':', '\0'])
}
