//! What the formats have in common.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};

use super::folder::Folder;

static VOLUMES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/probes/volumes");

/// A basic TOML string, on one line, as the oldest readers of TOML understand it.
pub(super) fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if character.is_control() => {
                quoted += &format!("\\u{:04X}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted + "\""
}

/// An inline TOML table.
pub(super) fn table(entries: &BTreeMap<String, String>) -> String {
    let entry = |(name, value): (&String, &String)| format!("{} = {}", string(name), string(value));
    format!(
        "{{ {} }}",
        entries.iter().map(entry).collect::<Vec<_>>().join(", ")
    )
}

/// The folders that are mounted, with links that lead out of them.
pub(super) fn volumes(folder: &mut Folder) {
    fn copy(folder: &mut Folder, dir: &Dir<'_>) {
        for file in dir.files() {
            folder.file(
                &format!("volumes/{}", file.path().display()),
                file.contents(),
            );
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_string_is_read_back(text in any::<String>()) {
            let read: toml::Table = toml::from_str(&format!("text = {}", string(&text))).expect("TOML");
            prop_assert_eq!(read["text"].as_str(), Some(text.as_str()));
        }
    }
}
