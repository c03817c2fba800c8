//! What has to hold for any bytes whatever.
//!
//! Each function takes what a fuzzer makes up and panics when something does not hold. The targets in
//! `fuzz/` are thin layers above them; a test runs them on the seeds, so that they never rot.

mod configuration;
mod header_block;
mod invoice;
mod proxy;
mod routes;
mod variables;

pub use configuration::configuration;
pub use header_block::header_block;
pub use invoice::invoice;
pub use proxy::proxy;
pub use routes::routes;
pub use variables::variables;

/// No findings may be without a place where the reader of a file can look.
fn check_findings(findings: &crate::Diagnostics) {
    for finding in findings.iter() {
        assert!(!finding.message().is_empty());
        assert!(finding.has_place(findings), "no place: {finding:?}");
    }
    let plain = findings.to_string();
    assert_eq!(plain.is_empty(), findings.is_empty());
    assert!(!plain.contains('\u{1b}'), "an escape sequence: {plain:?}");
    // It has colours, and no other words.
    assert!(findings.render(true).len() >= plain.len());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Runs a target on its seeds, and on each of them cut short and with bytes flipped.
    fn run(name: &str, target: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fuzz/seeds")
            .join(name);
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let seed = std::fs::read(entry.unwrap().path()).unwrap();
            target(&seed);
            for at in (0..seed.len()).step_by(7) {
                target(&seed[..at]);
                let mut flipped = seed.clone();
                flipped[at] ^= 1 << (at % 8);
                target(&flipped);
            }
            count += 1;
        }
        assert!(count > 0, "there are no seeds for {name}");
    }

    #[test]
    fn seeds() {
        run("configuration", configuration);
        run("header_block", header_block);
        run("invoice", invoice);
        run("proxy", proxy);
        run("routes", routes);
        run("variables", variables);
    }
}
