//! Files with variables: `NAME=VALUE` line by line.

/// Reads the text of such a file. Blank lines and lines that begin with `#` are skipped, `export` in
/// front of a name is allowed, and a value may stand in double or single quotes. Nothing is
/// replaced inside a value, so that it arrives exactly as written.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut variables = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else {
            return Err(format!("line {}: expected NAME=VALUE", index + 1));
        };
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(format!(
                "line {}: `{name}` is no name of a variable",
                index + 1
            ));
        }
        variables.push((name.to_string(), unquoted(value).to_string()));
    }
    Ok(variables)
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = value
            .strip_prefix(quote)
            .and_then(|value| value.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_line() {
        let text =
            "# comment\n\nA=b\nexport B = two words \nC=\"quoted # $x\"\nD='it'\nE=\nF=a=b\n";
        let own = |(name, value): (&str, &str)| (name.to_string(), value.to_string());
        let expected = [
            ("A", "b"),
            ("B", "two words"),
            ("C", "quoted # $x"),
            ("D", "it"),
            ("E", ""),
            ("F", "a=b"),
        ];
        assert_eq!(parse(text).unwrap(), expected.map(own));
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert_eq!(
            parse("A=b\nhello").unwrap_err(),
            "line 2: expected NAME=VALUE"
        );
        assert_eq!(
            parse("=b").unwrap_err(),
            "line 1: `` is no name of a variable"
        );
    }
}
