//! The routes that a module declares by printing them in `_routes`.

use super::{PatternError, RoutePattern};
use std::fmt;

/// One line of `_routes`.
#[derive(Clone, Debug)]
pub struct DeclaredRoute {
    /// The pattern, joined with that of the parent route.
    pub pattern: RoutePattern,
    /// The exported function that answers.
    pub entrypoint: String,
}

/// Why the output of `_routes` is a load error.
///
/// Requirement: entrypoint.routes.malformed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeclaredRoutesError {
    /// It printed nothing.
    Nothing,
    /// It printed something else than UTF-8.
    NotUtf8,
    /// A line that does not have exactly two words.
    Words {
        /// Counted from 1.
        line: usize,
        /// How many words it has.
        found: usize,
    },
    /// A pattern that is none.
    Pattern {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        error: PatternError,
    },
}

impl fmt::Display for DeclaredRoutesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("`_routes` printed no route"),
            Self::NotUtf8 => f.write_str("`_routes` printed something else than UTF-8"),
            Self::Words { line, found } => {
                write!(
                    f,
                    "line {line} of `_routes` has {found} words instead of a route and a function"
                )
            }
            Self::Pattern { line, error } => write!(f, "line {line} of `_routes`: {error}"),
        }
    }
}

impl std::error::Error for DeclaredRoutesError {}

/// Reads what `_routes` printed: a pattern and a function per line, blank lines ignored.
///
/// Requirements: entrypoint.routes.syntax, entrypoint.routes.prefix.
pub fn parse_declared_routes(
    printed: &[u8],
    parent: &RoutePattern,
) -> Result<Vec<DeclaredRoute>, DeclaredRoutesError> {
    let printed = std::str::from_utf8(printed).map_err(|_| DeclaredRoutesError::NotUtf8)?;
    let mut routes = Vec::new();
    for (index, text) in printed.lines().enumerate() {
        let line = index + 1;
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            [] => {}
            [pattern, entrypoint] => {
                let pattern = parent
                    .join(pattern)
                    .map_err(|error| DeclaredRoutesError::Pattern { line, error })?;
                routes.push(DeclaredRoute {
                    pattern,
                    entrypoint: entrypoint.to_string(),
                });
            }
            _ => {
                return Err(DeclaredRoutesError::Words {
                    line,
                    found: words.len(),
                });
            }
        }
    }
    match routes.is_empty() {
        true => Err(DeclaredRoutesError::Nothing),
        false => Ok(routes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(printed: &[u8]) -> Result<Vec<(String, String)>, DeclaredRoutesError> {
        let parent = RoutePattern::parse("/p/...").unwrap();
        let routes = parse_declared_routes(printed, &parent)?;
        Ok(routes
            .into_iter()
            .map(|r| (r.pattern.text().to_string(), r.entrypoint))
            .collect())
    }

    #[test]
    fn any_white_space_and_blank_lines() {
        let own = |a: &str, b: &str| (a.to_string(), b.to_string());
        assert_eq!(
            parse(b"/hello   hello\r\n\n \t\n\t/bye/...\tbye"),
            Ok(vec![own("/p/hello", "hello"), own("/p/bye/...", "bye")])
        );
    }

    #[test]
    fn load_errors() {
        assert_eq!(parse(b""), Err(DeclaredRoutesError::Nothing));
        assert_eq!(parse(b"\n \n"), Err(DeclaredRoutesError::Nothing));
        assert_eq!(parse(b"\xff"), Err(DeclaredRoutesError::NotUtf8));
        assert_eq!(
            parse(b"\n/a"),
            Err(DeclaredRoutesError::Words { line: 2, found: 1 })
        );
        assert_eq!(
            parse(b"/a b c"),
            Err(DeclaredRoutesError::Words { line: 1, found: 3 })
        );
        let error = PatternError::WildcardInside;
        assert_eq!(
            parse(b"/a/.../b f"),
            Err(DeclaredRoutesError::Pattern { line: 1, error })
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = parse(&bytes);
        }
    }
}
