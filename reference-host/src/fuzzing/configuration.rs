//! Any `modules.toml`.

use super::check_findings;
use crate::Diagnostics;
use crate::config::{Config, Reading, Source};
use std::path::Path;
use std::sync::Arc;

/// The text of a file in a folder that is not there.
pub fn configuration(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    // Files that are named outside of the folder are those of this machine, and may be anything.
    if text.contains("env_file") && text.contains("/dev/") {
        return;
    }
    let read = || {
        let source = Source::new("modules.toml", text);
        let Reading { config, errors } = Config::parse(source, Path::new("/nowhere"));
        let is_usable = errors.is_empty();
        let findings = [errors, config.warnings.clone()].concat();
        let findings = Diagnostics::new(Arc::clone(&config.source), findings);
        assert_eq!(findings.has_errors(), !is_usable);
        (config, findings)
    };
    let (config, findings) = read();
    check_findings(&findings);
    let said = |findings: &Diagnostics| -> Vec<String> {
        let messages = findings.iter().map(|finding| finding.message().to_string());
        messages.collect()
    };
    assert_eq!(
        said(&read().1),
        said(&findings),
        "the same file, other findings"
    );
    if !findings.has_errors() {
        assert!(!config.modules.is_empty() || !config.folders.is_empty());
        for module in &config.modules {
            let names = module.environment.iter().map(|(name, _)| name);
            assert!(
                names
                    .clone()
                    .all(|name| !name.is_empty() && !name.contains(['=', '\0']))
            );
            assert!(
                module
                    .volumes
                    .iter()
                    .all(|volume| volume.value.guest.starts_with('/'))
            );
        }
    }
}
