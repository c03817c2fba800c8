//! Files with variables: `NAME=VALUE` line by line.

use std::ops::Range;

/// A variable and where its name stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileVariable {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) span: Range<usize>,
}

/// A line that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrongLine {
    pub(crate) problem: &'static str,
    pub(crate) span: Range<usize>,
}

/// Reads the text of such a file, and goes on after a wrong line. Blank lines and lines that begin
/// with `#` are skipped, `export` in front of a name is allowed, and a value may stand in double or
/// single quotes. Nothing is replaced inside a value, so that it arrives exactly as written.
pub(crate) fn parse(text: &str) -> (Vec<FileVariable>, Vec<WrongLine>) {
    let mut variables = Vec::new();
    let mut wrong = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let place = start;
        start += line.len();
        let content = match place {
            0 => line.strip_prefix('\u{feff}').unwrap_or(line),
            _ => line,
        }
        .trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        // Trimming left a part of the line: its place is where that part begins.
        let offset = place + line.find(content).unwrap_or(0);
        let span = offset..offset + content.len();
        match variable(content) {
            Ok((name, value)) => {
                let at = offset + content.find(name).unwrap_or(0);
                variables.push(FileVariable {
                    name: name.to_string(),
                    value: value.to_string(),
                    span: at..at + name.len(),
                });
            }
            Err(problem) => wrong.push(WrongLine { problem, span }),
        }
    }
    (variables, wrong)
}

fn variable(line: &str) -> Result<(&str, &str), &'static str> {
    let line = match line.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start(),
        _ => line,
    };
    let (name, value) = line.split_once('=').ok_or("expected NAME=VALUE")?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() {
        return Err("the name of the variable is missing");
    }
    if name.contains(char::is_whitespace) {
        return Err("a name of a variable has no blanks");
    }
    if line.contains('\0') {
        return Err("a variable has no NUL");
    }
    Ok((name, unquoted(value)))
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
    use proptest::prelude::*;

    #[test]
    fn forms_of_a_line() {
        let text = "\u{feff}# comment\n\nA=b\r\nexport B = two words \nC=\"quoted # $x\"\nD='it'\nE=\nF=a=b\nexportG=1\nH=\"";
        let (variables, wrong) = parse(text);
        assert_eq!(wrong, []);
        let pairs: Vec<_> = variables
            .iter()
            .map(|variable| (variable.name.as_str(), variable.value.as_str()))
            .collect();
        let expected = [
            ("A", "b"),
            ("B", "two words"),
            ("C", "quoted # $x"),
            ("D", "it"),
            ("E", ""),
            ("F", "a=b"),
            ("exportG", "1"),
            ("H", "\""),
        ];
        assert_eq!(pairs, expected);
        for variable in &variables {
            assert_eq!(text[variable.span.clone()], variable.name);
        }
    }

    #[test]
    fn every_wrong_line_is_found() {
        let text = "A=b\n  hello \n=b\na b=c";
        let (variables, wrong) = parse(text);
        assert_eq!(variables.len(), 1);
        let shown: Vec<_> = wrong
            .iter()
            .map(|line| format!("{}: {}", &text[line.span.clone()], line.problem))
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        hello: expected NAME=VALUE
        =b: the name of the variable is missing
        a b=c: a name of a variable has no blanks
        ");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>()) {
            let (variables, wrong) = parse(&text);
            for span in variables.iter().map(|v| &v.span).chain(wrong.iter().map(|w| &w.span)) {
                prop_assert!(text.get(span.clone()).is_some());
            }
        }
    }
}
