//! Reads `modules.toml` entry by entry, and goes on after a problem.

mod environment;
mod files;
mod limits;
mod module;
mod values;
mod volumes;

use super::{Config, Diagnostic, ModuleConfig, Reading, Source, StaticConfig, visible};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

type Key<'a> = toml::Spanned<std::borrow::Cow<'a, str>>;
type Value<'a> = toml::Spanned<DeValue<'a>>;

/// Reads a configuration; paths in it are relative to `folder`.
pub(super) fn read(source: Source, folder: &Path) -> Reading {
    let mut reader = Reader {
        folder,
        errors: Vec::new(),
        warnings: Vec::new(),
        files: vec![PathBuf::from(&source.path)],
    };
    let Document { modules, folders } = reader.document(&source.text);
    let Reader {
        mut errors,
        warnings,
        files,
        ..
    } = reader;
    let mut config = Config {
        source: Arc::new(source),
        modules,
        folders,
        warnings,
        files,
    };
    config.check_routes(&mut errors);
    let source = Arc::clone(&config.source);
    let shown = |findings: Vec<Diagnostic>| {
        let findings = findings.into_iter();
        findings
            .map(|finding| finding.visible_in(&source.text))
            .collect()
    };
    let errors = shown(errors);
    config.warnings = shown(config.warnings);
    Reading { config, errors }
}

struct Reader<'a> {
    folder: &'a Path,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    /// Files that were read on the way.
    files: Vec<PathBuf>,
}

#[derive(Default)]
struct Document {
    modules: Vec<ModuleConfig>,
    folders: Vec<StaticConfig>,
}

impl Reader<'_> {
    fn document(&mut self, text: &str) -> Document {
        let (document, syntax_errors) = DeTable::parse_recoverable(text);
        for error in &syntax_errors {
            let span = error.span().map_or(0..1, |span| visible(text, span));
            self.error(format!("not valid TOML: {}", error.message()), span, None);
        }
        let mut entries = Document::default();
        for (key, value) in document.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("module", DeValue::Array(array)) => {
                    let modules = array.iter().filter_map(|entry| self.module(entry));
                    entries.modules.extend(modules);
                }
                ("static", DeValue::Array(array)) => {
                    let folders = array.iter().filter_map(|entry| self.files_entry(entry));
                    entries.folders.extend(folders);
                }
                (name @ ("module" | "static"), DeValue::Table(_)) => {
                    let hint = format!("write `[[{name}]]` with two brackets for every entry");
                    let problem = format!("`{name}` is a single table");
                    self.error(problem, key.span(), Some(&hint));
                }
                (name @ ("module" | "static"), _) => {
                    self.wrong_type(name, &format!("entries: `[[{name}]]`"), value);
                }
                ("default_host", _) => self.without_effect(
                    "default_host",
                    key.span(),
                    "name the host with `--default-host HOST`",
                ),
                (name, _) => self.unknown_key(name, key.span(), ["module", "static"]),
            }
        }
        if document.get_ref().is_empty() && syntax_errors.is_empty() {
            let problem = Diagnostic::error("no module is configured", 0..text.len().min(1));
            let hint =
                "add an entry: [[module]] with `route = \"/...\"` and `module = \"FILE.wasm\"`";
            self.errors.push(problem.hint(hint));
        }
        entries
            .modules
            .sort_by_key(|module| module.module.span.start);
        entries
    }

    /// A path relative to the file. Where nothing is, but something is relative to the working
    /// directory, that is taken, since deislabs/wagi has it so.
    fn resolve(&mut self, written: &Path, span: &Range<usize>) -> PathBuf {
        let path = self.folder.join(written);
        if path == written || path.exists() || !written.exists() {
            return path;
        }
        let text = format!(
            "`{}` is found relative to the working directory, not to this file",
            written.display()
        );
        let hint = "paths are relative to this file: then it also runs from elsewhere";
        self.warnings
            .push(Diagnostic::warning(text, span.clone()).hint(hint));
        written.to_path_buf()
    }
}

#[cfg(test)]
mod tests;
