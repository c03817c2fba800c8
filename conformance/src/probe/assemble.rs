//! From WebAssembly text to modules, in process.

use include_dir::{Dir, include_dir};

static PROBES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/probes");

/// A probe could not be assembled.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// No such file.
    #[error("there is no probe `{name}`; there are {}", names().collect::<Vec<_>>().join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The text is wrong, with the place.
    #[error("the probe `{name}` does not assemble: {message}")]
    Text {
        /// The probe.
        name: String,
        /// File, line, column and reason.
        message: String,
    },
}

/// The names of all probes, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROBES
        .files()
        .filter_map(|file| file.path().to_str()?.strip_suffix(".wat"))
}

/// Assembles `probes/NAME.wat` to a binary module.
pub fn wasm(name: &str) -> Result<Vec<u8>, ProbeError> {
    let file = format!("{name}.wat");
    let text = PROBES.get_file(&file).and_then(|file| file.contents_utf8());
    let text = text.ok_or_else(|| ProbeError::Unknown {
        name: name.to_owned(),
    })?;
    wat::parse_str(text).map_err(|mut error| {
        error.set_path(format!("probes/{file}"));
        ProbeError::Text {
            name: name.to_owned(),
            message: error.to_string(),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use wasmparser::{ExternalKind, Parser, Payload, Validator, WasmFeatures};

    use super::*;

    /// Exported functions, and whether `memory` is exported.
    fn exports(module: &[u8]) -> (Vec<String>, bool) {
        let (mut functions, mut memory) = (Vec::new(), false);
        for payload in Parser::new(0).parse_all(module) {
            if let Payload::ExportSection(section) = payload.expect("a module") {
                for export in section {
                    let export = export.expect("an export");
                    match export.kind {
                        ExternalKind::Func => functions.push(export.name.to_owned()),
                        ExternalKind::Memory => memory |= export.name == "memory",
                        other => panic!("unexpected export of kind {other:?}"),
                    }
                }
            }
        }
        (functions, memory)
    }

    #[test]
    fn every_probe_is_valid_without_extensions_of_webassembly() {
        // Without bulk memory: deislabs/wagi 0.8.1 traps falsely on it.
        for name in names() {
            let module = wasm(name).expect(name);
            let mut validator = Validator::new_with_features(WasmFeatures::WASM1);
            validator.validate_all(&module).expect(name);
        }
    }

    #[test]
    fn every_probe_exports_what_a_server_calls() {
        for name in names() {
            let (functions, memory) = exports(&wasm(name).expect(name));
            assert!(memory, "{name} does not export its memory");
            let expected: &[&str] = match name {
                "multi" => &["_start", "second", "third", "_routes"],
                name if name.starts_with("routes-") => &["_start", "_routes"],
                "reactor" => &["_initialize", "handle"],
                _ => &["_start"],
            };
            assert_eq!(functions, expected, "{name}");
        }
    }

    #[test]
    fn every_probe_imports_wasi_preview_1_only() {
        for name in names() {
            for payload in Parser::new(0).parse_all(&wasm(name).expect(name)) {
                if let Payload::ImportSection(section) = payload.expect("a module") {
                    for import in section.into_imports() {
                        let import = import.expect("an import");
                        assert_eq!(import.module, "wasi_snapshot_preview1", "{name}");
                    }
                }
            }
        }
    }

    /// Every probe stands alone, so that it can be audited and assembled without the others; what
    /// they have in common is therefore repeated, and must not drift apart.
    #[test]
    fn parts_of_the_same_name_are_identical() {
        let mut parts: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
        let mut repeated = 0;
        for file in PROBES
            .files()
            .filter(|file| file.path().extension().is_some())
        {
            let path = file.path().to_str().expect("UTF-8");
            let text = file.contents_utf8().expect("UTF-8");
            for piece in text.split(";; --- part: ").skip(1) {
                let (name, rest) = piece.split_once(" ---\n").expect("the part's name");
                let (body, _) = rest
                    .split_once(&format!(";; --- end: {name} ---"))
                    .expect(name);
                let (first, known) = *parts.entry(name).or_insert((path, body));
                assert!(
                    known == body,
                    "the part `{name}` differs between {first} and {path}"
                );
                repeated += usize::from(first != path);
            }
        }
        assert!(repeated > 0, "no parts were found");
    }

    #[test]
    fn an_unknown_probe_is_an_error_that_lists_the_known() {
        let error = wasm("nonesuch").expect_err("unknown").to_string();
        assert!(
            error.contains("`nonesuch`") && error.contains("env, exit"),
            "{error}"
        );
    }
}
