//! A `[[static]]` entry.

use super::{Reader, Value};
use crate::config::schema::STATIC_KEYS;
use crate::config::{Spanned, StaticConfig};
use crate::routes::RoutePattern;
use http::HeaderValue;
use std::path::Path;
use toml::de::DeValue;

impl Reader<'_> {
    pub(super) fn files_entry(&mut self, entry: &Value<'_>) -> Option<StaticConfig> {
        let DeValue::Table(table) = entry.get_ref() else {
            self.wrong_type("static", "a table", entry);
            return None;
        };
        let missing = [
            ("route", "for example: route = \"/assets/...\""),
            (
                "folder",
                "for example: folder = \"public\", relative to this file",
            ),
        ];
        self.missing_keys(entry, "a static route", &missing);
        let folder = table
            .get("folder")
            .and_then(|value| self.string("folder", value));
        let mut config = StaticConfig {
            route: None,
            hosts: Vec::new(),
            folder: Spanned::without_place("".into()),
            index: Some("index.html".to_string()),
            hidden: false,
            precompressed: false,
            cache_control: None,
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "folder" => {}
                "route" => config.route = self.wildcard(value),
                "host" => config.hosts = self.hosts(value),
                "index" => config.index = self.index(value),
                "hidden" => config.hidden = self.boolean("hidden", value),
                "precompressed" => config.precompressed = self.boolean("precompressed", value),
                "cache_control" => config.cache_control = self.cache_control(value),
                name => self.unknown_key(name, key.span(), STATIC_KEYS),
            }
        }
        let folder = folder?;
        let path = self.resolve(Path::new(&folder.value), &folder.span);
        config.folder = Spanned::new(path, folder.span);
        Some(config)
    }

    /// A folder has more than one path.
    fn wildcard(&mut self, value: &Value<'_>) -> Option<Spanned<RoutePattern>> {
        let route = self.route(value)?;
        if !route.value.is_wildcard() {
            let base = route.value.text().trim_end_matches('/');
            let hint = format!("write `{base}/...`");
            let text = "the route of a folder ends in `/...`";
            self.error(text, route.span.clone(), Some(&hint));
        }
        Some(route)
    }

    /// The name of a file, or nothing at all.
    fn index(&mut self, value: &Value<'_>) -> Option<String> {
        let name = self.string("index", value)?;
        if name.value.contains(['/', '\0']) || matches!(name.value.as_str(), "." | "..") {
            let hint = "for example: index = \"index.html\"; \"\" switches it off";
            self.error("`index` is no name of a file", name.span, Some(hint));
            return None;
        }
        Some(name.value).filter(|name| !name.is_empty())
    }

    fn cache_control(&mut self, value: &Value<'_>) -> Option<HeaderValue> {
        let text = self.string("cache_control", value)?;
        match HeaderValue::from_str(&text.value) {
            Ok(value) => Some(value),
            Err(_) => {
                let hint = "for example: cache_control = \"public, max-age=3600\"";
                self.error("this is no value of a field", text.span, Some(hint));
                None
            }
        }
    }
}
