//! `limits`: what one module may use.

use super::{Reader, Value};
use crate::config::schema::LIMIT_KEYS;
use crate::config::{Spanned, duration, size};
use crate::sandbox::ModuleLimits;
use std::time::Duration;
use toml::de::DeValue;

impl Reader<'_> {
    pub(super) fn limits(&mut self, value: &Value<'_>) -> Spanned<ModuleLimits> {
        let mut limits = ModuleLimits::default();
        let DeValue::Table(table) = value.get_ref() else {
            let form = "a table: { wall_time = \"5s\", memory = \"64MiB\" }";
            self.wrong_type("limits", form, value);
            return Spanned::new(limits, value.span());
        };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "wall_time" => limits.wall_time = self.duration(name, value),
                "memory" => limits.memory = self.size(name, value),
                "table_elements" => limits.table_elements = self.count(name, value),
                "stack" => limits.stack = self.size(name, value),
                "instances" => limits.instances = self.count(name, value),
                "body" => limits.body = self.size(name, value),
                "response" => limits.response = self.size(name, value),
                "header_block" => limits.header_block = self.size(name, value),
                name => self.unknown_key(name, key.span(), LIMIT_KEYS),
            }
        }
        Spanned::new(limits, value.span())
    }

    /// `"500ms"`, `"30s"`, `"2m"`, or a number of seconds.
    fn duration(&mut self, key: &str, value: &Value<'_>) -> Option<Duration> {
        let text = self.quantity(key, "a time, like \"500ms\" or \"30s\"", value)?;
        self.parsed(key, &text, duration(&text.value))
    }

    /// `"64KiB"`, `"1G"`, or a number of bytes.
    fn size<T: TryFrom<u64>>(&mut self, key: &str, value: &Value<'_>) -> Option<T> {
        let text = self.quantity(key, "a size, like \"64KiB\" or \"128MiB\"", value)?;
        let size = size(&text.value)
            .and_then(|bytes| T::try_from(bytes).map_err(|_| "that is too much".to_string()));
        self.parsed(key, &text, size)
    }

    fn count(&mut self, key: &str, value: &Value<'_>) -> Option<usize> {
        let number = self.number(key, value)?;
        Some(usize::try_from(number).unwrap_or(usize::MAX))
    }

    fn quantity(
        &mut self,
        key: &str,
        expected: &str,
        value: &Value<'_>,
    ) -> Option<Spanned<String>> {
        match value.get_ref() {
            DeValue::Integer(_) => {
                let number = self.number(key, value)?;
                Some(Spanned::new(number.to_string(), value.span()))
            }
            DeValue::String(text) => Some(Spanned::new(text.to_string(), value.span())),
            _ => {
                self.wrong_type(key, expected, value);
                None
            }
        }
    }

    fn parsed<T>(
        &mut self,
        key: &str,
        text: &Spanned<String>,
        result: Result<T, String>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(hint) => {
                let problem = format!("`{}` is no value of `{key}`", text.value);
                self.error(problem, text.span.clone(), Some(&hint));
                None
            }
        }
    }
}
