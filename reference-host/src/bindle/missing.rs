//! A bindle that is not there.

use super::BindleId;
use super::application::INVOICE;
use super::invoice::Invoice;
use crate::config::{Diagnostic, Source, closest};
use std::path::{Path, PathBuf};

/// The bindle is not there: which ones are?
pub(super) fn missing(base: &Path, id: &BindleId) -> Diagnostic {
    const MOST: usize = 200;
    let text = format!("there is no bindle `{id}` in `{}`", base.display());
    let entries = match std::fs::read_dir(base) {
        Ok(entries) => entries,
        Err(error) => {
            let text = crate::config::io_text(&error);
            let problem = format!("cannot read the bindles in `{}`: {text}", base.display());
            return Diagnostic::error(problem, 0..0);
        }
    };
    let name = |path: PathBuf| {
        let text = Source::read(&path.join(INVOICE)).ok()?.text;
        let name = Invoice::parse(&text).ok()?.bindle;
        Some(format!(
            "{}/{}",
            name.name.get_ref(),
            name.version.get_ref()
        ))
    };
    let mut names: Vec<String> = entries
        .take(MOST)
        .filter_map(|entry| name(entry.ok()?.path()))
        .collect();
    names.sort();
    let hint = match closest(&id.to_string(), names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None if names.is_empty() => format!("its folder would be `{}`", id.folder()),
        None => format!("there: {}", names.join(", ")),
    };
    Diagnostic::error(text, 0..0).hint(hint)
}
