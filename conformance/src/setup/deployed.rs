//! What the formats have in common.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};

use super::folder::Folder;

static VOLUMES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/probes/volumes");

/// A TOML string.
pub(super) fn string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// An inline TOML table.
pub(super) fn table(entries: &BTreeMap<String, String>) -> String {
    let entry = |(name, value): (&String, &String)| format!("{} = {}", string(name), string(value));
    format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
}

/// The folders that are mounted, with links that lead out of them.
pub(super) fn volumes(folder: &mut Folder) {
    fn copy(folder: &mut Folder, dir: &Dir<'_>) {
        for file in dir.files() {
            folder.file(&format!("volumes/{}", file.path().display()), file.contents());
        }
        for dir in dir.dirs() {
            copy(folder, dir);
        }
    }
    copy(folder, &VOLUMES);
    if cfg!(unix) {
        let secret = folder.root().join("volumes/outside/secret.txt");
        folder.link("volumes/data/absolute-link", secret);
        folder.link("volumes/data/relative-link", "../outside/secret.txt");
    }
}
