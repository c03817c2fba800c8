//! "Did you mean …?"

/// The candidate that looks most like what was written, if any looks like it at all.
pub(crate) fn closest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let likeness = |candidate: &str| {
        let (written, candidate) = (written.to_lowercase(), candidate.to_lowercase());
        match strsim::osa_distance(&written, &candidate) {
            // One slip of the fingers, which makes all the difference in a short word.
            1 if candidate.len() > 2 => 0.99,
            _ => strsim::jaro_winkler(&written, &candidate),
        }
    };
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let likeness = likeness(candidate);
        if likeness > best.map_or(0.75, |(best, _)| best) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likely_and_unlikely() {
        let keys = ["route", "module", "entrypoint", "volumes"];
        assert_eq!(closest("entry_point", keys), Some("entrypoint"));
        assert_eq!(closest("Volume", keys), Some("volumes"));
        assert_eq!(closest("rout", keys), Some("route"));
        assert_eq!(closest("xyz", keys), None);
        assert_eq!(closest("GTE", ["POST", "GET"]), Some("GET"));
    }
}
