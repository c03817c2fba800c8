//! From a bindle to a configuration.

use super::BindleId;
use super::groups::{Cycle, Groups};
use super::invoice::Invoice;
use super::missing::missing;
use crate::config::{Config, Diagnostic, Diagnostics, Reading, Source};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The file that describes a bindle.
pub(super) const INVOICE: &str = "invoice.toml";

/// Reads the bindle `id` in the folder of bindles `base`. Its files are copied to a temporary folder.
pub(crate) fn read(base: &Path, id: &BindleId) -> Result<Reading, Diagnostics> {
    let folder = base.join(id.folder());
    let path = folder.join(INVOICE);
    let refused =
        |source: Source, problem: Diagnostic| Diagnostics::new(Arc::new(source), vec![problem]);
    let source = Source::read(&path).map_err(|unreadable| {
        let problem = match folder.is_dir() {
            true => unreadable.problem,
            false => missing(base, id),
        };
        refused(unreadable.source, problem)
    })?;
    interpret(source, &folder, id)
}

/// Reads the invoice of the bindle `id`, which is in a folder with its parcels.
pub(crate) fn interpret(
    source: Source,
    folder: &Path,
    id: &BindleId,
) -> Result<Reading, Diagnostics> {
    let invoice = match Invoice::parse(&source.text) {
        Ok(invoice) => invoice,
        Err(error) => {
            let problem = Diagnostic::error(error.problem, error.span);
            return Err(Diagnostics::new(Arc::new(source), vec![problem]));
        }
    };
    let mut application = Application {
        groups: Groups::new(&invoice),
        parcels: folder.join("parcels"),
        errors: Vec::new(),
        warnings: Vec::new(),
        copies: BTreeMap::new(),
    };
    application.check(&invoice, id);
    let mut modules = Vec::new();
    if application.errors.is_empty() {
        let top = invoice
            .parcels
            .iter()
            .filter(|parcel| parcel.is_top_module());
        modules = top
            .filter_map(|parcel| application.module(parcel))
            .collect();
    }
    let Application {
        mut errors,
        warnings,
        ..
    } = application;
    if modules.is_empty() && errors.is_empty() {
        let span = invoice.bindle.name.span();
        let hint = "a parcel of the media type `application/wasm` in no group has one: \
                    [parcel.label.feature.wagi] route = \"/\"";
        errors.push(Diagnostic::error("no module of the bindle has a route", span).hint(hint));
    }
    let mut config = Config::of_modules(source, modules);
    config.warnings = warnings;
    config.files = vec![folder.join(INVOICE)];
    config.check_routes(&mut errors);
    Ok(Reading { config, errors })
}

/// A bindle on its way to a configuration.
pub(super) struct Application<'a> {
    pub(super) groups: Groups<'a>,
    pub(super) parcels: PathBuf,
    pub(super) errors: Vec<Diagnostic>,
    pub(super) warnings: Vec<Diagnostic>,
    /// Folders with the files that modules see, by what is in them.
    pub(super) copies: BTreeMap<Vec<(PathBuf, String)>, Arc<TempDir>>,
}

impl<'a> Application<'a> {
    fn check(&mut self, invoice: &'a Invoice, id: &BindleId) {
        let name = &invoice.bindle;
        let own = BindleId::new(name.name.get_ref(), name.version.get_ref());
        if own.as_ref() != Ok(id) {
            let span = name.name.span().start..name.version.span().end.max(name.name.span().end);
            let (found, version) = (name.name.get_ref(), name.version.get_ref());
            let text = format!("this is the invoice of `{found}/{version}`, not of `{id}`");
            self.errors.push(Diagnostic::error(text, span));
        }
        if let Some(yanked) = invoice.yanked.as_ref().filter(|yanked| *yanked.get_ref()) {
            let text = "the bindle was withdrawn by who published it";
            self.warnings.push(Diagnostic::warning(text, yanked.span()));
        }
        if let Some(Cycle(group)) = self.groups.cycle() {
            let parcels = invoice.parcels.iter();
            let mut places = parcels.flat_map(|parcel| &parcel.conditions.requires);
            let place = places.find(|name| **name.get_ref() == *group);
            let span = place.map_or(0..0, toml::Spanned::span);
            let text = format!("the group `{group}` requires itself in the end");
            self.errors.push(Diagnostic::error(text, span));
        }
        let undefined = |name: &&toml::Spanned<String>| {
            !invoice
                .groups
                .iter()
                .any(|group| group.name == *name.get_ref())
        };
        let conditions = invoice.parcels.iter().map(|parcel| &parcel.conditions);
        let names = conditions.flat_map(|list| list.member_of.iter().chain(&list.requires));
        for name in names.filter(undefined) {
            let text = format!("there is no group `{}`", name.get_ref());
            let hint = "define it: [[group]] with its `name`";
            self.warnings
                .push(Diagnostic::warning(text, name.span()).hint(hint));
        }
    }
}
