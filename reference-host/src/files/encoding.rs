//! `Accept-Encoding`: which precompressed form of a file a client takes.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// A compressed form beside a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// The name in `Content-Encoding`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What is added to the name of the file.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gz",
        }
    }
}

/// The encodings that a client takes, the better one first.
///
/// Source: RFC 9110 section 12.5.3.
pub(super) fn accepted(headers: &HeaderMap) -> Vec<Encoding> {
    let mut list: Vec<(String, bool)> = Vec::new();
    for value in headers.get_all(ACCEPT_ENCODING) {
        let Ok(value) = value.to_str() else { continue };
        for item in value.split(',') {
            let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
            list.push((name.trim().to_ascii_lowercase(), has_weight(parameters)));
        }
    }
    let takes = |name: &str| {
        let named = list.iter().find(|(listed, _)| listed == name);
        let any = || list.iter().find(|(listed, _)| listed == "*");
        named.or_else(any).is_some_and(|(_, wanted)| *wanted)
    };
    let all = [Encoding::Brotli, Encoding::Gzip];
    all.into_iter()
        .filter(|encoding| takes(encoding.name()))
        .collect()
}

/// Whether the weight is more than 0.
fn has_weight(parameters: &str) -> bool {
    let weight = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("q")
            .then(|| value.trim().parse::<f32>().unwrap_or(0.0))
    });
    weight.is_none_or(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn weights() {
        for (field, expected) in [
            ("gzip, deflate, br", "br gzip"),
            ("gzip", "gzip"),
            ("br;q=0, gzip;q=0.1", "gzip"),
            ("*", "br gzip"),
            ("*;q=0, br", "br"),
            ("identity", ""),
            ("", ""),
            ("gzip;q=x", ""),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(field));
            let names: Vec<_> = accepted(&headers).into_iter().map(Encoding::name).collect();
            assert_eq!(names.join(" "), expected, "{field}");
        }
    }
}
