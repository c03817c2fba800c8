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
    /// Takes a pattern; for the prefix of a nested router, `complete` is false.
    pub(super) fn new(text: &'static str, complete: bool) -> Self {
        let text = text.strip_prefix('/').unwrap_or(text);
        let text = if complete {
            text
        } else {
            text.strip_suffix('/').unwrap_or(text)
        };
        Self {
            text,
            is_nothing: text.is_empty() && !complete,
        }
    }

    /// Why the text that a pattern was made of is none.
    pub(super) fn mistake(&self, text: &str, complete: bool) -> Option<&'static str> {
        if !text.starts_with('/') {
            return Some("a pattern begins with a slash");
        }
        let mut names: Vec<&str> = Vec::new();
        let mut ended = false;
        for segment in self.segments() {
            if ended {
                return Some("`{*name}` stands at the end of a pattern");
            }
            let name = match piece(segment) {
                Piece::Text(text) if text.contains(['{', '}']) => {
                    return Some("a parameter is a whole segment of a pattern");
                }
                Piece::Text(_) => continue,
                Piece::Parameter(name) => name,
                Piece::Rest(_) if !complete => return Some("a prefix has no `{*name}`"),
                Piece::Rest(name) => {
                    ended = true;
                    name
                }
            };
            if name.is_empty() || names.contains(&name) {
                return Some("parameters of a pattern have names of their own");
            }
            names.push(name);
        }
        None
    }

    pub(super) fn text(&self) -> &'static str {
        self.text
    }

    fn segments(&self) -> impl Iterator<Item = &'static str> {
        let most = if self.is_nothing { 0 } else { usize::MAX };
        self.text.split('/').take(most)
    }

    pub(super) fn fits_the_same(&self, other: &Self) -> bool {
        let shape = |segment| match piece(segment) {
            Piece::Text(text) => Piece::Text(text),
            Piece::Parameter(_) => Piece::Parameter(""),
            Piece::Rest(_) => Piece::Rest(""),
        };
        self.segments().map(shape).eq(other.segments().map(shape))
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
