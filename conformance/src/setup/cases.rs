//! The cases, for runners in other languages.

use super::folder::Folder;
use crate::case::library;

/// How to read and judge a case, by an example.
const RUNNER: &str = include_str!("runner.md");
const MOUNTS: &str = include_str!("../../mounts.toml");

/// `cases/` with the format and its description, and `mounts.toml`.
pub(super) fn write(folder: &mut Folder) {
    for (name, bytes) in library::folder() {
        folder.file(&format!("cases/{name}"), bytes);
    }
    folder.file("cases/RUNNER.md", RUNNER);
    folder.file("mounts.toml", MOUNTS);
}
