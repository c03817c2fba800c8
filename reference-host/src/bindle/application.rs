//! From a bindle to a configuration.

use super::BindleId;
use super::groups::{Cycle, Groups};
use super::invoice::{Invoice, Parcel};
use super::parcel::{ParcelError, ParcelFile};
use crate::config::{
    Config, Diagnostic, Diagnostics, ModuleConfig, ModuleSource, Reading, Source, Spanned, closest,
};
use crate::digest::is_sha256;
use crate::gateway::ArgumentTemplate;
use crate::outbound::AllowedHost;
use crate::routes::RoutePattern;
use crate::sandbox::Volume;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The file that describes a bindle.
const INVOICE: &str = "invoice.toml";

/// The keys of `feature.wagi`.
const FEATURES: [&str; 6] = [
    "route",
    "entrypoint",
    "argv",
    "allowed_hosts",
    "file",
    "bindle_server",
];

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

/// The bindle is not there: which ones are?
fn missing(base: &Path, id: &BindleId) -> Diagnostic {
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

struct Application<'a> {
    groups: Groups<'a>,
    parcels: PathBuf,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    /// Folders with the files that modules see, by what is in them.
    copies: BTreeMap<Vec<(PathBuf, String)>, Arc<TempDir>>,
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

    fn module(&mut self, parcel: &'a Parcel) -> Option<ModuleConfig> {
        let Some(route) = parcel.feature("route") else {
            let name = &parcel.label.name;
            let text = format!("`{}` has no route and is not served", name.get_ref());
            self.warnings.push(Diagnostic::warning(text, name.span()));
            return None;
        };
        self.unknown_features(parcel);
        let pattern = match RoutePattern::parse(route.get_ref()) {
            Ok(pattern) => Some(Spanned::new(pattern, route.span())),
            Err(error) => {
                let problem = Diagnostic::error(error.to_string(), route.span());
                self.errors.push(problem.hint(error.hint()));
                None
            }
        };
        let file = self.parcel_file(parcel)?;
        let source = Spanned::new(ModuleSource::Parcel(file), parcel.label.sha256.span());
        let mut module = ModuleConfig::new(pattern, source);
        let feature = |name: &str| {
            let value = parcel.feature(name)?;
            Some(Spanned::new(value.get_ref().clone(), value.span()))
        };
        module.entrypoint = feature("entrypoint");
        module.argv = feature("argv").map(|argv| ArgumentTemplate::parse(&argv.value));
        if let Some(hosts) = feature("allowed_hosts") {
            module.outbound.allowed_hosts = self.allowed_hosts(&hosts);
        }
        if let Some(copy) = self.files_of(parcel) {
            let volume = Volume {
                guest: "/".to_string(),
                host: copy.path().to_path_buf(),
                read_only: true,
            };
            module.volumes = vec![Spanned::without_place(volume)];
            module.copies = Some(copy);
        }
        Some(module)
    }

    fn unknown_features(&mut self, parcel: &Parcel) {
        for name in parcel.features().filter(|name| !FEATURES.contains(name)) {
            let hint = match closest(name, FEATURES) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("known: {}", FEATURES.join(", ")),
            };
            let span = parcel.feature(name).map_or(0..0, toml::Spanned::span);
            let text = format!("the feature `{name}` has no effect");
            self.warnings
                .push(Diagnostic::warning(text, span).hint(hint));
        }
    }

    /// Comma-separated, unlike in `modules.toml`.
    fn allowed_hosts(&mut self, list: &Spanned<String>) -> Vec<AllowedHost> {
        let mut hosts = Vec::new();
        for text in list
            .value
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
        {
            match AllowedHost::parse(text) {
                Ok(host) => hosts.push(host),
                Err(error) => {
                    let problem = format!("`{text}` allows no host: {error}");
                    let problem = Diagnostic::error(problem, list.span.clone());
                    self.errors.push(problem.hint(error.hint()));
                }
            }
        }
        hosts
    }

    fn parcel_file(&mut self, parcel: &Parcel) -> Option<ParcelFile> {
        let sha256 = &parcel.label.sha256;
        let name = parcel.label.name.get_ref();
        if !is_sha256(sha256.get_ref()) {
            let text = format!("`{}` is no SHA-256", sha256.get_ref());
            let hint = "it has 64 hexadecimal digits";
            self.errors
                .push(Diagnostic::error(text, sha256.span()).hint(hint));
            return None;
        }
        let digest = sha256.get_ref().to_ascii_lowercase();
        Some(ParcelFile {
            // The file has the name as it is written.
            path: self.parcels.join(format!("{}.dat", sha256.get_ref())),
            sha256: digest,
            size: *parcel.label.size.get_ref(),
            name: name.clone(),
        })
    }

    /// A folder with the files that the parcel requires; nothing where there are none.
    fn files_of(&mut self, parcel: &'a Parcel) -> Option<Arc<TempDir>> {
        let mut files: BTreeMap<PathBuf, (ParcelFile, &'a Parcel)> = BTreeMap::new();
        for required in self.groups.required_by(parcel) {
            if !required.is_file() {
                continue;
            }
            let name = &required.label.name;
            let Some(path) = relative(name.get_ref()) else {
                let text = format!("`{}` is no name of a file in a bindle", name.get_ref());
                let hint = "names are relative and have no `..`";
                self.errors
                    .push(Diagnostic::error(text, name.span()).hint(hint));
                continue;
            };
            let Some(file) = self.parcel_file(required) else {
                continue;
            };
            match files.get(&path) {
                Some((other, _)) if other.sha256 != file.sha256 => {
                    let text = format!("two files are called `{}`", name.get_ref());
                    self.errors.push(Diagnostic::error(text, name.span()));
                }
                Some(_) => {}
                None => {
                    files.insert(path, (file, required));
                }
            }
        }
        if files.is_empty() {
            return None;
        }
        let key: Vec<(PathBuf, String)> = files
            .iter()
            .map(|(path, (file, _))| (path.clone(), file.sha256.clone()))
            .collect();
        if let Some(copy) = self.copies.get(&key) {
            return Some(Arc::clone(copy));
        }
        let copy = Arc::new(self.copy(&files)?);
        self.copies.insert(key, Arc::clone(&copy));
        Some(copy)
    }

    fn copy(&mut self, files: &BTreeMap<PathBuf, (ParcelFile, &Parcel)>) -> Option<TempDir> {
        let folder = match tempfile::Builder::new().prefix("wagi-bindle-").tempdir() {
            Ok(folder) => folder,
            Err(error) => {
                let text = format!("cannot make a temporary folder: {error}");
                self.errors.push(Diagnostic::error(text, 0..0));
                return None;
            }
        };
        for (path, (file, parcel)) in files {
            if let Err(error) = copy(file, &folder.path().join(path)) {
                let label = &parcel.label;
                let span = match error {
                    ParcelError::Size { .. } => label.size.span(),
                    _ => label.sha256.span(),
                };
                self.errors.push(problem(file, &error, span));
            }
        }
        Some(folder)
    }
}

/// What is said of a parcel that cannot be used.
pub(crate) fn problem(file: &ParcelFile, error: &ParcelError, span: Range<usize>) -> Diagnostic {
    let text = format!("the parcel of `{}` cannot be used: {error}", file.name);
    let hint = format!("it is expected at `{}`", file.path.display());
    Diagnostic::error(text, span).hint(hint)
}

fn copy(file: &ParcelFile, path: &Path) -> Result<(), ParcelError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(ParcelError::Storage)?;
    }
    let mut out = File::options()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(ParcelError::Storage)?;
    file.copy_to(&mut out)?;
    io::Write::flush(&mut out).map_err(ParcelError::Storage)
}

/// A path that stays below where it is joined to.
fn relative(name: &str) -> Option<PathBuf> {
    if name.is_empty() || name.contains('\0') || name.ends_with('/') {
        return None;
    }
    let is_plain = |component| matches!(component, Component::Normal(_) | Component::CurDir);
    let path = Path::new(name);
    let is_inside = path.components().all(is_plain);
    let plain: PathBuf = path
        .components()
        .filter(|component| matches!(component, Component::Normal(_)))
        .collect();
    (is_inside && !plain.as_os_str().is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        for (name, expected) in [
            ("a.txt", Some("a.txt")),
            ("images/a.png", Some("images/a.png")),
            ("./a//b", Some("a/b")),
            ("/etc/passwd", None),
            ("../a", None),
            ("a/../../b", None),
            ("a/..", None),
            ("..", None),
            (".", None),
            ("", None),
            ("a/", None),
            ("a\0b", None),
        ] {
            assert_eq!(relative(name), expected.map(PathBuf::from), "{name:?}");
        }
    }
}
