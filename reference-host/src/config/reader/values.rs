//! Values of keys, and what is said when they are of another kind.

use super::{Reader, Value};
use crate::config::{Diagnostic, Spanned, closest};
use std::ops::Range;
use toml::de::DeValue;

impl Reader<'_> {
    pub(super) fn string(&mut self, key: &str, value: &Value<'_>) -> Option<Spanned<String>> {
        match value.get_ref() {
            DeValue::String(text) => Some(Spanned::new(text.to_string(), value.span())),
            _ => {
                self.wrong_type(key, "a string", value);
                None
            }
        }
    }

    /// One string, or a list of strings.
    pub(super) fn strings(&mut self, key: &str, value: &Value<'_>) -> Vec<Spanned<String>> {
        match value.get_ref() {
            DeValue::String(text) => vec![Spanned::new(text.to_string(), value.span())],
            DeValue::Array(list) => list
                .iter()
                .filter_map(|value| self.string(key, value))
                .collect(),
            _ => {
                self.wrong_type(key, "a string or a list of strings", value);
                Vec::new()
            }
        }
    }

    /// A list of strings, and nothing else.
    pub(super) fn list(&mut self, key: &str, value: &Value<'_>) -> Vec<Spanned<String>> {
        match value.get_ref() {
            DeValue::Array(_) => self.strings(key, value),
            _ => {
                self.wrong_type(key, "a list of strings", value);
                Vec::new()
            }
        }
    }

    pub(super) fn boolean(&mut self, key: &str, value: &Value<'_>) -> bool {
        match value.get_ref() {
            DeValue::Boolean(value) => *value,
            _ => {
                self.wrong_type(key, "true or false", value);
                false
            }
        }
    }

    /// A number that is not negative.
    pub(super) fn number(&mut self, key: &str, value: &Value<'_>) -> Option<u64> {
        let DeValue::Integer(number) = value.get_ref() else {
            self.wrong_type(key, "a number", value);
            return None;
        };
        match u64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Some(number),
            Err(_) => {
                let text = format!("`{key}` takes a number from 0 to {}", u64::MAX);
                self.error(text, value.span(), None);
                None
            }
        }
    }

    pub(super) fn wrong_type(&mut self, key: &str, expected: &str, value: &Value<'_>) {
        let found = value.get_ref().type_str();
        let problem = Diagnostic::error(format!("`{key}` takes {expected}"), value.span());
        self.errors
            .push(problem.label(format!("this is of the type {found}")));
    }

    pub(super) fn unknown_key<'k>(
        &mut self,
        name: &str,
        span: Range<usize>,
        known: impl IntoIterator<Item = &'k str> + Clone,
    ) {
        let hint = match closest(name, known.clone()) {
            Some(key) => format!("did you mean `{key}`?"),
            None => {
                let keys: Vec<String> = known.into_iter().map(|key| format!("`{key}`")).collect();
                format!("known here: {}", keys.join(", "))
            }
        };
        self.error(format!("unknown key `{name}`"), span, Some(&hint));
    }

    /// Keys of deislabs/wagi that never did anything.
    pub(super) fn without_effect(&mut self, name: &str, span: Range<usize>, hint: &str) {
        let problem = Diagnostic::warning(format!("`{name}` has no effect"), span);
        self.warnings.push(problem.hint(hint));
    }

    pub(super) fn missing_keys(&mut self, entry: &Value<'_>, noun: &str, keys: &[(&str, &str)]) {
        let DeValue::Table(table) = entry.get_ref() else {
            return;
        };
        for (key, hint) in keys {
            if !table.contains_key(*key) {
                self.error(format!("{noun} without `{key}`"), entry.span(), Some(hint));
            }
        }
    }

    pub(super) fn error(
        &mut self,
        message: impl Into<String>,
        span: Range<usize>,
        hint: Option<&str>,
    ) {
        let mut problem = Diagnostic::error(message, span);
        if let Some(hint) = hint {
            problem = problem.hint(hint);
        }
        self.errors.push(problem);
    }
}
