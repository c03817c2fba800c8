//! What the command line decides about a run.

use std::time::Duration;

use crate::baseline::Baseline;
use crate::case::library::{Library, Loaded};
use crate::case::schema::Profile;
use crate::outcome::Level;

/// Settings of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which cases; all where there is none.
    pub patterns: Vec<Pattern>,
    /// Which of these not.
    pub skip: Vec<Pattern>,
    /// The level at which a failure turns the run red.
    pub level: Level,
    /// The profiles; all where there is none.
    pub profiles: Vec<Profile>,
    /// How many cases run at once.
    pub jobs: usize,
    /// The time for one exchange.
    pub timeout: Duration,
    /// How often each case runs.
    pub repeat: u32,
    /// Run in random order.
    pub shuffle: bool,
    /// The seed of nonces, order and property tests.
    pub seed: u64,
    /// Cases of each property test.
    pub property_cases: u32,
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// What is known to fail.
    pub baseline: Baseline,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            patterns: Vec::new(),
            skip: Vec::new(),
            level: Level::Must,
            profiles: Vec::new(),
            jobs: 1,
            timeout: Duration::from_secs(5),
            repeat: 1,
            shuffle: false,
            seed: 0,
            property_cases: 200,
            fail_fast: false,
            baseline: Baseline::default(),
        }
    }
}

/// A selection of cases: the id of a case or requirement, a chapter, or a beginning of these that
/// ends before a `.`; `*` stands for any characters, `?` for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(pub String);

impl Pattern {
    /// Whether it selects the case.
    pub fn selects(&self, case: &Loaded) -> bool {
        self.fits(&case.case.id)
            || self.fits(&case.area)
            || case.case.requirements.iter().any(|id| self.fits(id))
    }

    /// Whether it names what the property test may find: `property.outputs.status.alone`.
    fn is_finding_of(&self, property: &str) -> bool {
        let rest = self.0.strip_prefix(property);
        rest.is_some_and(|rest| rest.starts_with('.'))
    }

    /// Whether it stands for this name.
    pub fn fits(&self, name: &str) -> bool {
        glob(self.0.as_bytes(), name.as_bytes())
            || name
                .strip_prefix(&self.0)
                .is_some_and(|rest| rest.starts_with('.'))
    }
}

fn glob(pattern: &[u8], name: &[u8]) -> bool {
    // The place after the last `*`, and how much of the name it has swallowed so far.
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, n));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((after, swallowed)) => {
                    star = Some((after, swallowed + 1));
                    (p, n) = (after, swallowed + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// A pattern that selects nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pattern `{0}` matches no case; `wagi-conformance list` shows them all")]
pub struct MatchesNothing(pub String);

/// What is to run.
#[derive(Debug, Default)]
pub struct Selection<'a> {
    /// Golden cases, in the order of the specification.
    pub cases: Vec<&'a Loaded>,
    /// Ids of property tests.
    pub properties: Vec<&'static str>,
}

impl<'a> Selection<'a> {
    /// What the options select. Every pattern has to match something.
    pub fn of(
        library: &'a Library,
        properties: &[&'static str],
        options: &Options,
    ) -> Result<Self, MatchesNothing> {
        for pattern in options.patterns.iter().chain(&options.skip) {
            if !library.iter().any(|case| pattern.selects(case))
                && !properties
                    .iter()
                    .any(|id| pattern.fits(id) || pattern.is_finding_of(id))
            {
                return Err(MatchesNothing(pattern.0.clone()));
            }
        }
        let all = options.patterns.is_empty();
        let cases = library.iter().filter(|case| {
            (all || options.patterns.iter().any(|pattern| pattern.selects(case)))
                && !options.skip.iter().any(|pattern| pattern.selects(case))
        });
        let properties = properties.iter().copied().filter(|id| {
            let chosen = |pattern: &Pattern| pattern.fits(id) || pattern.is_finding_of(id);
            (all || options.patterns.iter().any(chosen))
                && !options.skip.iter().any(|pattern| pattern.fits(id))
                && options.property_cases > 0
        });
        Ok(Self {
            cases: cases.collect(),
            properties: properties.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let fits = |pattern: &str, name: &str| Pattern(pattern.to_owned()).fits(name);
        assert!(fits("status.alone", "status.alone"));
        assert!(fits("status", "status.alone"));
        assert!(!fits("stat", "status.alone"));
        assert!(!fits("status.alone", "status"));
        assert!(fits("stat*", "status.alone"));
        assert!(fits("*alone", "status.alone"));
        assert!(fits("s*.?l*e", "status.alone"));
        assert!(!fits("s*.?l*x", "status.alone"));
        assert!(fits("*", ""));
        assert!(!fits("?", ""));
    }

    proptest::proptest! {
        #[test]
        fn a_glob_matches_what_the_regular_expression_matches(pattern in "[ab*?]{0,8}", name in "[ab]{0,8}") {
            let regex = format!("^{}$", pattern.replace('*', ".*").replace('?', "."));
            let expected = regex::Regex::new(&regex).unwrap().is_match(&name);
            proptest::prop_assert_eq!(glob(pattern.as_bytes(), name.as_bytes()), expected);
        }
    }
}
