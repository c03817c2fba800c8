//! What a module finds in its argument list.

/// The largest number of arguments; a longer query is passed in `QUERY_STRING` only.
///
/// Requirement: arg.all-or-nothing.
const MOST_ARGUMENTS: usize = 4096;

/// Makes the arguments: the script name, then the pieces of the query between `&`, undecoded.
///
/// With a template the list is what the template says. Empty pieces are kept without a template.
///
/// Requirements: arg.zero, arg.query-split, arg.no-query, arg.not-decoded, arg.no-shell-escaping,
/// arg.empty-pieces, arg.template.
///
/// ```
/// # use wagi_host::gateway::arguments;
/// assert_eq!(arguments("/app", "a=1&b+c", None), ["/app", "a=1", "b+c"]);
/// assert_eq!(arguments("/app", "", None), ["/app"]);
/// ```
pub fn arguments(
    script_name: &str,
    query: &str,
    template: Option<&ArgumentTemplate>,
) -> Vec<String> {
    let query = if query.split('&').count() < MOST_ARGUMENTS {
        query
    } else {
        ""
    };
    match template {
        Some(template) => template.expand(script_name, query),
        None => {
            let pieces = query.split('&').filter(|_| !query.is_empty());
            [script_name]
                .into_iter()
                .chain(pieces)
                .map(str::to_string)
                .collect()
        }
    }
}

/// The `argv` key of a module: words, with `${SCRIPT_NAME}` and `${ARGS}` to be replaced.
///
/// A template without `${ARGS}` keeps the query out of the arguments.
///
/// Requirements: arg.template, arg.can-be-disabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentTemplate {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    ScriptName,
    Arguments,
}

impl ArgumentTemplate {
    /// Takes a template apart. Text that is no placeholder stays as it is.
    pub fn parse(text: &str) -> Self {
        const PLACEHOLDERS: [(&str, Piece); 2] = [
            ("${SCRIPT_NAME}", Piece::ScriptName),
            ("${ARGS}", Piece::Arguments),
        ];
        let mut pieces = Vec::new();
        let mut rest = text;
        loop {
            let next = PLACEHOLDERS
                .iter()
                .filter_map(|(name, piece)| Some((rest.find(name)?, *name, piece)))
                .min_by_key(|(at, ..)| *at);
            let Some((at, name, piece)) = next else { break };
            pieces.push(Piece::Text(rest[..at].to_string()));
            pieces.push(piece.clone());
            rest = &rest[at + name.len()..];
        }
        pieces.push(Piece::Text(rest.to_string()));
        Self { pieces }
    }

    /// One pass: a value is never searched for placeholders again.
    fn expand(&self, script_name: &str, query: &str) -> Vec<String> {
        let expanded: String = self
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::ScriptName => script_name.to_string(),
                Piece::Arguments => query.replace('&', " "),
            })
            .collect();
        expanded.split_whitespace().map(str::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_query_is_split_and_not_decoded() {
        assert_eq!(
            arguments("/s", "a=1&b%20c&&$(id)", None),
            ["/s", "a=1", "b%20c", "", "$(id)"]
        );
        assert_eq!(arguments("", "x", None), ["", "x"]);
    }

    #[test]
    fn templates() {
        let expand = |template: &str, query: &str| {
            arguments("/s", query, Some(&ArgumentTemplate::parse(template)))
        };
        assert_eq!(
            expand("first ${SCRIPT_NAME}   middle ${ARGS} last", "a=1&b"),
            ["first", "/s", "middle", "a=1", "b", "last"]
        );
        assert_eq!(expand("--x=${ARGS}", "a&b"), ["--x=a", "b"]);
        assert_eq!(expand("${SCRIPT_NAME}", "a&b"), ["/s"]);
        assert_eq!(expand("${ARGS}", "${SCRIPT_NAME}"), ["${SCRIPT_NAME}"]);
        assert_eq!(expand("${OTHER} $", ""), ["${OTHER}", "$"]);
        assert!(expand("  ", "").is_empty());
    }

    #[test]
    fn too_many_pieces_are_not_passed_at_all() {
        assert_eq!(arguments("/s", &"&".repeat(5000), None), ["/s"]);
    }

    proptest! {
        #[test]
        fn joining_the_pieces_gives_the_query_back(query in "[ -~]{0,40}") {
            prop_assume!(!query.is_empty());
            prop_assert_eq!(arguments("/s", &query, None)[1..].join("&"), query);
        }
    }
}
