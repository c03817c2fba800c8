//! The parameters of a form's and its fields' header fields.

/// What `Content-Disposition` says of a field.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Names {
    pub(super) name: Option<String>,
    pub(super) file_name: Option<String>,
}

/// Reads `form-data; name="a"; filename="b.txt"`; anything but `form-data` has no names.
pub(super) fn parse(value: &[u8]) -> Names {
    let mut names = Names::default();
    let parameters = Parameters::after_first(value);
    if !value[..value.len() - parameters.0.len()]
        .trim_ascii_end()
        .eq_ignore_ascii_case(b"form-data")
    {
        return names;
    }
    for (name, value) in parameters {
        let text = unescape(&String::from_utf8_lossy(&value));
        // The first of each counts. `filename*` is not to be used in forms (RFC 7578 §4.2).
        match &*name {
            b"name" => names.name = names.name.or(Some(text)),
            b"filename" if names.file_name.is_none() => names.file_name = last_piece(&text),
            _ => {}
        }
    }
    names
}

/// The boundary that `multipart/form-data; boundary=x` names, if it may be one (RFC 2046 §5.1.1).
pub(super) fn boundary(media_type: &[u8]) -> Option<Vec<u8>> {
    let (_, boundary) =
        Parameters::after_first(media_type).find(|(name, _)| name == b"boundary")?;
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(byte);
    let fits = matches!(boundary.len(), 1..=70)
        && boundary.iter().all(allowed)
        && !boundary.ends_with(b" ");
    fits.then_some(boundary)
}

/// Browsers write a quote and line breaks in a name like this, and nothing else (HTML §4.10.21.8).
fn unescape(text: &str) -> String {
    text.replace("%22", "\"")
        .replace("%0D", "\r")
        .replace("%0A", "\n")
}

/// A file name without folders; `None` where there is no name left.
fn last_piece(name: &str) -> Option<String> {
    let piece = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let piece: String = piece
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    (!matches!(piece.trim(), "" | "." | "..")).then_some(piece)
}

/// The parameters of a field value, beginning at a semicolon. Names are in lower case; what is odd ends them.
struct Parameters<'a>(&'a [u8]);

impl<'a> Parameters<'a> {
    fn after_first(value: &'a [u8]) -> Self {
        let end = value.iter().position(|byte| *byte == b';');
        Self(&value[end.unwrap_or(value.len())..])
    }
}

impl Iterator for Parameters<'_> {
    type Item = (Vec<u8>, Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.strip_prefix(b";")?;
        let equals = rest.iter().position(|byte| *byte == b'=')?;
        let name = rest[..equals].trim_ascii().to_ascii_lowercase();
        let rest = rest[equals + 1..].trim_ascii_start();
        let (value, after) = match rest.strip_prefix(b"\"") {
            Some(rest) => quoted(rest),
            None => {
                let end = rest
                    .iter()
                    .position(|byte| *byte == b';')
                    .unwrap_or(rest.len());
                (rest[..end].trim_ascii_end().to_vec(), &rest[end..])
            }
        };
        self.0 = after.trim_ascii_start();
        Some((name, value))
    }
}

/// A quoted string whose opening quote is behind us, and what follows it.
///
/// A backslash only escapes a quote or another one: old browsers put paths with backslashes in.
fn quoted(rest: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut value = Vec::new();
    let mut bytes = rest.iter().enumerate().peekable();
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'"' => return (value, &rest[index + 1..]),
            b'\\' => match bytes.next_if(|(_, next)| matches!(next, b'"' | b'\\')) {
                Some((_, escaped)) => value.push(*escaped),
                None => value.push(b'\\'),
            },
            _ => value.push(*byte),
        }
    }
    (value, &[])
}

#[cfg(test)]
mod tests {
    use super::{Names, boundary, parse};

    fn names(value: &str) -> (Option<String>, Option<String>) {
        let Names { name, file_name } = parse(value.as_bytes());
        (name, file_name)
    }

    #[test]
    fn names_are_read_as_clients_write_them() {
        let some = |name: &str, file: &str| (Some(name.to_owned()), Some(file.to_owned()));
        assert_eq!(
            names(r#"form-data; name="a"; filename="b.txt""#),
            some("a", "b.txt")
        );
        assert_eq!(
            names(r#"Form-Data;NAME=a;filename = b.txt ;x=y"#),
            some("a", "b.txt")
        );
        assert_eq!(
            names(r#"form-data; name="a;b=\"c\""; filename="%22x%22.txt""#),
            some("a;b=\"c\"", "\"x\".txt")
        );
        assert_eq!(
            names(r#"form-data; name="ü 100%25"; filename="日.png""#),
            some("ü 100%25", "日.png")
        );
        assert_eq!(
            names(r#"form-data; name="a"; name="b"; filename="c"; filename="d""#),
            some("a", "c")
        );
    }

    #[test]
    fn a_file_name_is_never_a_path() {
        let file = |name: &str| names(&format!("form-data; name=x; filename=\"{name}\"")).1;
        assert_eq!(file("C:\\\\Users\\\\me\\\\a.txt").as_deref(), Some("a.txt"));
        assert_eq!(file("C:\\Users\\me\\a.txt").as_deref(), Some("a.txt"));
        assert_eq!(file("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!(file("a%0D%0Ab\0").as_deref(), Some("ab"));
        for none in ["", ".", "..", "a/", "a/..", " "] {
            assert_eq!(file(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_no_field_of_a_form_has_no_name() {
        for value in [
            "",
            "attachment; name=a",
            "form-data",
            "form-data; filename=a",
            "form-data; name",
            "; name=a",
        ] {
            assert_eq!(names(value).0, None, "{value}");
        }
    }

    #[test]
    fn boundaries() {
        let of =
            |value: &str| boundary(value.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(
            of("multipart/form-data; boundary=abc").as_deref(),
            Some("abc")
        );
        assert_eq!(
            of("multipart/form-data; charset=x; Boundary=\"a b:c\"").as_deref(),
            Some("a b:c")
        );
        for none in [
            "multipart/form-data",
            "m; boundary=",
            "m; boundary=\"a \"",
            "m; boundary=ä",
            &format!("m; boundary={}", "x".repeat(71)),
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
