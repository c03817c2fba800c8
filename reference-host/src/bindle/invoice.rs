//! `invoice.toml`: what a bindle has in it.

use crate::config::visible;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;

/// The media type of parcels that are modules.
const WASM: &str = "application/wasm";

/// An invoice, as far as a server needs it. What else is in there is for others.
#[derive(Debug, Deserialize)]
pub(super) struct Invoice {
    pub(super) bindle: BindleName,
    #[serde(default)]
    pub(super) yanked: Option<Spanned<bool>>,
    #[serde(default, rename = "group")]
    pub(super) groups: Vec<Group>,
    #[serde(default, rename = "parcel")]
    pub(super) parcels: Vec<Parcel>,
}

#[derive(Debug, Deserialize)]
pub(super) struct BindleName {
    pub(super) name: Spanned<String>,
    pub(super) version: Spanned<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Group {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Parcel {
    pub(super) label: Label,
    #[serde(default)]
    pub(super) conditions: Conditions,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Label {
    pub(super) sha256: Spanned<String>,
    pub(super) media_type: String,
    pub(super) name: Spanned<String>,
    pub(super) size: Spanned<u64>,
    #[serde(default)]
    feature: Features,
}

#[derive(Debug, Default, Deserialize)]
struct Features {
    #[serde(default)]
    wagi: BTreeMap<String, Spanned<String>>,
}

/// The groups that a parcel is in, and those whose parcels it needs.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Conditions {
    pub(super) member_of: Vec<Spanned<String>>,
    pub(super) requires: Vec<Spanned<String>>,
}

/// Why a text is no invoice.
pub(super) struct InvoiceError {
    pub(super) problem: String,
    pub(super) span: Range<usize>,
}

impl Invoice {
    pub(super) fn parse(text: &str) -> Result<Self, InvoiceError> {
        toml::from_str(text).map_err(|error: toml::de::Error| InvoiceError {
            problem: format!("not an invoice: {}", error.message()),
            span: visible(text, error.span().unwrap_or(0..1)),
        })
    }
}

impl Parcel {
    /// A feature of WAGI.
    pub(super) fn feature(&self, name: &str) -> Option<&Spanned<String>> {
        self.label.feature.wagi.get(name)
    }

    /// The names of its features of WAGI.
    pub(super) fn features(&self) -> impl Iterator<Item = &str> {
        self.label.feature.wagi.keys().map(String::as_str)
    }

    /// Whether it is a module that is mounted by itself: those in groups are only there for others.
    pub(super) fn is_top_module(&self) -> bool {
        self.label.media_type == WASM && self.conditions.member_of.is_empty()
    }

    /// Whether a module that requires it sees it as a file.
    pub(super) fn is_file(&self) -> bool {
        self.feature("file")
            .is_some_and(|value| value.get_ref() == "true")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INVOICE: &str = r#"
bindleVersion = "1.0.0"
bindle = { name = "a", version = "1.0.0" }
[[group]]
name = "files"
[[parcel]]
[parcel.label]
sha256 = "00"
mediaType = "application/wasm"
name = "a.wasm"
size = 1
[parcel.label.feature.wagi]
route = "/"
[parcel.conditions]
requires = ["files"]
[[parcel]]
label = { sha256 = "00", mediaType = "text/plain", name = "a.txt", size = 1, feature = { wagi = { file = "true" }, other = { x = 1 } } }
conditions = { memberOf = ["files"] }
"#;

    #[test]
    fn what_is_read() {
        let invoice = Invoice::parse(INVOICE)
            .map_err(|error| error.problem)
            .unwrap();
        let [module, file] = &invoice.parcels[..] else {
            panic!("{invoice:?}");
        };
        assert!(module.is_top_module() && !module.is_file());
        assert!(file.is_file() && !file.is_top_module());
        assert_eq!(module.conditions.requires[0].get_ref(), "files");
    }

    proptest! {
        /// Cuts, repeats and replaces pieces of an invoice.
        #[test]
        fn a_damaged_invoice_is_read_or_refused(
            cuts in prop::collection::vec((0..INVOICE.len(), 0..INVOICE.len(), any::<char>()), 1..6),
        ) {
            let mut text = INVOICE.to_string();
            for (from, to, with) in cuts {
                let at = |index: usize| text.floor_char_boundary(index.min(text.len()));
                let (from, to) = (at(from.min(to)), at(to));
                text.replace_range(from..to.max(from), &with.to_string());
            }
            if let Err(error) = Invoice::parse(&text) {
                prop_assert!(error.span.end <= text.len());
            }
        }
    }
}
