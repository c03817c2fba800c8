//! Any `invoice.toml`.

use super::check_findings;
use crate::Diagnostics;
use crate::bindle::{BindleId, interpret};
use crate::config::{Reading, Source};
use std::path::Path;
use std::sync::Arc;

/// The text of an invoice whose parcels are not there.
pub fn invoice(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let source = Source::new("invoice.toml", text);
    let id = BindleId::new("example.com/application", "1.0.0").expect("a valid id");
    match interpret(source, Path::new("/nowhere"), &id) {
        Ok(Reading { config, errors }) => {
            let is_usable = errors.is_empty();
            let findings = [errors, config.warnings].concat();
            let findings = Diagnostics::new(Arc::clone(&config.source), findings);
            check_findings(&findings);
            assert!(!is_usable || !config.modules.is_empty());
        }
        Err(findings) => {
            assert!(findings.has_errors());
            check_findings(&findings);
        }
    }
}
