//! Patterns of paths.

/// A pattern such as `/users/{id}/files/{*path}`.
pub(super) struct Pattern {
    text: &'static str,
    /// The prefix `/`, which takes no segment at all.
    is_nothing: bool,
}

/// What one segment of a pattern stands for.
#[derive(PartialEq, Eq)]
enum Piece {
    Text(&'static str),
    Parameter(&'static str),
    Rest(&'static str),
}

/// How specific a piece is: the lower the better.
pub(super) type Rank = Vec<u8>;

impl Pattern {
    /// Reads a pattern; for the prefix of a nested router, `complete` is false.
    ///
    /// # Panics
    ///
    /// If it is none. The messages have no place for the pattern: formatting it would be a kilobyte in every module, and
    /// the location of the panic is its line.
    #[track_caller]
    pub(super) fn new(text: &'static str, complete: bool) -> Self {
        assert!(text.starts_with('/'), "a pattern begins with a slash");
        let text = if complete {
            &text[1..]
        } else {
            text.trim_matches('/')
        };
        let pattern = Self {
            text,
            is_nothing: text.is_empty() && !complete,
        };
        let mut names: Vec<&str> = Vec::new();
        let mut ended = false;
        for segment in pattern.segments() {
            assert!(!ended, "`{{*name}}` stands at the end of a pattern");
            let name = match piece(segment) {
                Piece::Text(text) => {
                    assert!(
                        !text.contains(['{', '}']),
                        "a parameter is a whole segment of a pattern"
                    );
                    continue;
                }
                Piece::Parameter(name) => name,
                Piece::Rest(name) => {
                    assert!(complete, "a prefix has no `{{*name}}`");
                    ended = true;
                    name
                }
            };
            assert!(
                !name.is_empty() && !names.contains(&name),
                "parameters of a pattern have names of their own"
            );
            names.push(name);
        }
        pattern
    }

    pub(super) fn text(&self) -> &'static str {
        self.text
    }

    fn segments(&self) -> impl Iterator<Item = &'static str> {
        let most = if self.is_nothing { 0 } else { usize::MAX };
        self.text.split('/').take(most)
    }

    pub(super) fn fits_the_same(&self, other: &Self) -> bool {
        let shape = |pattern: &Self| {
            let pieces = pattern.segments().map(|segment| match piece(segment) {
                Piece::Text(text) => Piece::Text(text),
                Piece::Parameter(_) => Piece::Parameter(""),
                Piece::Rest(_) => Piece::Rest(""),
            });
            pieces.collect::<Vec<_>>()
        };
        shape(self) == shape(other)
    }

    /// How many segments of the path the pattern takes, if it fits; its pieces' ranks are appended.
    pub(super) fn take(&self, path: &[String], rank: &mut Rank) -> Option<usize> {
        let mut taken = 0;
        for segment in self.segments() {
            let given = path.get(taken)?;
            match piece(segment) {
                Piece::Text(text) if text == given => rank.push(0),
                Piece::Parameter(_) if !given.is_empty() => rank.push(1),
                Piece::Rest(_) if path.len() > taken + 1 || !given.is_empty() => {
                    rank.push(2);
                    return Some(path.len());
                }
                _ => return None,
            }
            taken += 1;
        }
        Some(taken)
    }

    /// The parameters in a path that fits.
    pub(super) fn parameters(&self, path: &[String], into: &mut Vec<(&'static str, String)>) {
        for (segment, index) in self.segments().zip(0..) {
            match piece(segment) {
                Piece::Text(_) => {}
                Piece::Parameter(name) => into.push((name, path[index].clone())),
                Piece::Rest(name) => into.push((name, path[index..].join("/"))),
            }
        }
    }
}

fn piece(segment: &'static str) -> Piece {
    match segment
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    {
        None => Piece::Text(segment),
        Some(inner) => match inner.strip_prefix('*') {
            None => Piece::Parameter(inner),
            Some(name) => Piece::Rest(name),
        },
    }
}
