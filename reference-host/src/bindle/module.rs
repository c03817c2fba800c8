//! A parcel that is a module.

use super::application::Application;
use super::invoice::Parcel;
use super::parcel::ParcelFile;
use crate::config::{Diagnostic, ModuleConfig, ModuleSource, Spanned, closest};
use crate::digest::is_sha256;
use crate::gateway::ArgumentTemplate;
use crate::outbound::AllowedHost;
use crate::routes::RoutePattern;
use crate::sandbox::Volume;

/// The keys of `feature.wagi`.
const FEATURES: [&str; 6] = [
    "route",
    "entrypoint",
    "argv",
    "allowed_hosts",
    "file",
    "bindle_server",
];

impl<'a> Application<'a> {
    /// The module, unless it has no route or something is wrong with it.
    pub(super) fn module(&mut self, parcel: &'a Parcel) -> Option<ModuleConfig> {
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

    /// The file of a parcel, if its digest is one.
    pub(super) fn parcel_file(&mut self, parcel: &Parcel) -> Option<ParcelFile> {
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
}
