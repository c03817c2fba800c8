//! A page that consists of one file: a template, a style and a script.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The parts of a page.
pub(crate) struct Page {
    /// HTML with places: `{{name}}`.
    pub(crate) template: &'static str,
    /// What stands at the place `style`.
    pub(crate) style: &'static str,
    /// What stands at the place `script`.
    pub(crate) script: &'static str,
}

impl Page {
    /// Copies the template, calling `place` for each place that is not `style`, `script` or `policy`;
    /// what that writes is not looked at again.
    pub(crate) fn render(
        &self,
        out: &mut dyn Write,
        mut place: impl FnMut(&str, &mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut rest = self.template;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after
                .split_once("}}")
                .expect("places are closed: a test renders it");
            out.write_all(before.as_bytes())?;
            match name {
                "policy" => out.write_all(self.policy().as_bytes())?,
                "style" => out.write_all(self.style.as_bytes())?,
                "script" => out.write_all(self.script.as_bytes())?,
                other => place(other, out)?,
            }
            rest = after;
        }
        out.write_all(rest.as_bytes())
    }

    /// Allows this style and this script by their digests, and nothing else.
    pub(super) fn policy(&self) -> String {
        let digest = |text: &str| STANDARD.encode(Sha256::digest(text));
        format!(
            "default-src 'none'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; \
             base-uri 'none'; form-action 'none'",
            digest(self.style),
            digest(self.script),
        )
    }
}
