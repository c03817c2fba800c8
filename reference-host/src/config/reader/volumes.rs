//! `volumes`: directories that a module sees.

use super::{Key, Reader, Value};
use crate::config::Spanned;
use crate::sandbox::Volume;
use std::path::Path;
use toml::de::DeValue;

impl Reader<'_> {
    /// `{ "/guest" = "directory" }` as in deislabs/wagi, and
    /// `{ "/guest" = { path = "directory", mode = "ro" } }`.
    pub(super) fn volumes(&mut self, value: &Value<'_>) -> Vec<Spanned<Volume>> {
        let DeValue::Table(table) = value.get_ref() else {
            let form = "a table: { \"/guest/path\" = \"host/directory\" }";
            self.wrong_type("volumes", form, value);
            return Vec::new();
        };
        let volumes = table.iter();
        volumes
            .filter_map(|(guest, host)| self.volume(guest, host))
            .collect()
    }

    fn volume(&mut self, guest: &Key<'_>, value: &Value<'_>) -> Option<Spanned<Volume>> {
        let name = guest.get_ref();
        if name.is_empty() || name.contains('\0') {
            let hint = "name it as the module will open it: \"/data\"";
            self.error("a guest path is not empty", guest.span(), Some(hint));
            return None;
        }
        let (host, read_only) = match value.get_ref() {
            DeValue::String(_) => (self.string(name, value)?, false),
            DeValue::Table(table) => {
                let mut read_only = false;
                let mut host = None;
                for (key, value) in table {
                    match key.get_ref().as_ref() {
                        "path" => host = self.string("path", value),
                        "mode" => read_only = self.mode(value),
                        name => self.unknown_key(name, key.span(), ["path", "mode"]),
                    }
                }
                let missing = [("path", "for example: { path = \"data\", mode = \"ro\" }")];
                self.missing_keys(value, "a volume", &missing);
                (host?, read_only)
            }
            _ => {
                let form = "a directory, or a table: { path = \"directory\", mode = \"ro\" }";
                self.wrong_type(name, form, value);
                return None;
            }
        };
        let volume = Volume {
            guest: name.to_string(),
            host: self.resolve(Path::new(&host.value), &host.span),
            read_only,
        };
        Some(Spanned::new(volume, host.span))
    }

    /// Whether a mode is the one without writing.
    fn mode(&mut self, value: &Value<'_>) -> bool {
        let Some(mode) = self.string("mode", value) else {
            return false;
        };
        match mode.value.as_str() {
            "ro" => true,
            "rw" => false,
            other => {
                let hint = "`ro` lets the module read, `rw` read and write";
                self.error(format!("unknown mode `{other}`"), mode.span, Some(hint));
                false
            }
        }
    }
}
