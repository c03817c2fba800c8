//! The place in a JSON document to which an error belongs.

use std::fmt::Write;

/// An object or array that is open at the place.
enum Open {
    Object { key: Option<String> },
    Array { index: usize },
}

/// The path at the end of `column` in `line` (both counted from 1, as `serde_json` reports them), such as
/// `items[2].price`; empty for the document itself.
///
/// `serde_json` stops behind the value that it does not like, so the path is that of the value just read. It has vouched
/// for the syntax up to there; anything odd merely makes the path shorter.
pub(super) fn path_at(json: &[u8], line: usize, column: usize) -> String {
    let mut open: Vec<Open> = Vec::new();
    let mut rest = &json[..offset(json, line, column)];
    let mut before_colon = false;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'{' => {
                open.push(Open::Object { key: None });
                before_colon = true;
            }
            b'[' => {
                open.push(Open::Array { index: 0 });
                before_colon = false;
            }
            b'}' | b']' => {
                open.pop();
                before_colon = false;
            }
            b',' => match open.last_mut() {
                Some(Open::Array { index }) => *index += 1,
                Some(Open::Object { key }) => {
                    *key = None;
                    before_colon = true;
                }
                None => {}
            },
            b':' => before_colon = false,
            b'"' => {
                let end = string_end(rest);
                if before_colon && let Some(Open::Object { key }) = open.last_mut() {
                    *key = serde_json::from_slice(&[b"\"", &rest[..end], b"\""].concat()).ok();
                }
                rest = rest.get(end + 1..).unwrap_or_default();
            }
            _ => {}
        }
    }
    render(&open)
}

/// The document up to before the bracket or comma that ends at the place; `None` if none does.
///
/// A value that is read in full and then refuses itself (`try_from`) has no place of its own: it gets that of the
/// object or array around it, behind what follows the value there. Without that, it is behind the value.
pub(super) fn without_end(json: &[u8], line: usize, column: usize) -> Option<&[u8]> {
    match json[..offset(json, line, column)].trim_ascii_end() {
        [before @ .., b'}' | b']' | b','] => Some(before),
        _ => None,
    }
}

fn render(open: &[Open]) -> String {
    let mut path = String::new();
    for level in open {
        match level {
            Open::Array { index } => {
                // Writing to a string cannot fail.
                let _ = write!(path, "[{index}]");
            }
            Open::Object { key: Some(key) } => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
            Open::Object { key: None } => {}
        }
    }
    path
}

fn offset(json: &[u8], line: usize, column: usize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        start += json[start..]
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1);
    }
    (start + column).min(json.len())
}

/// Where the string ends whose opening quote is behind us.
fn string_end(rest: &[u8]) -> usize {
    let mut escaped = false;
    for (index, byte) in rest.iter().enumerate() {
        match byte {
            b'"' if !escaped => return index,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use super::path_at;
    use crate::Json;
    use crate::extract::JsonRejection;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Order {
        items: Vec<Item>,
        note: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Item {
        name: String,
        price: u8,
    }

    fn path<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> String {
        match Json::<T>::from_slice(json.as_bytes()).unwrap_err() {
            JsonRejection::Data { path, .. } => path,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn names_the_value_that_is_wrong() {
        assert_eq!(path::<Order>(r#"{"items": 1}"#), "items");
        assert_eq!(path::<Order>(r#"{"items": [], "note": {"a": 1}}"#), "note");
        assert_eq!(
            path::<Order>(r#"{"items": [{"name": "a", "price": 1}, {"name": "b", "price": "x"}]}"#),
            "items[1].price"
        );
        assert_eq!(
            path::<Order>("{\n  \"items\": [\n    {\"name\": \"b\",\n     \"price\": 256}\n  ]\n}"),
            "items[0].price"
        );
        assert_eq!(path::<Order>("7"), "");
    }

    /// Refuses by itself what is text enough for serde.
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "String")]
    struct Id;

    impl TryFrom<String> for Id {
        type Error = &'static str;

        fn try_from(_: String) -> Result<Self, Self::Error> {
            Err("not an id")
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(try_from = "Item")]
    struct Sold;

    impl TryFrom<Item> for Sold {
        type Error = &'static str;

        fn try_from(_: Item) -> Result<Self, Self::Error> {
            Err("sold out")
        }
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Pair<T> {
        id: Option<T>,
        next: Option<Box<Self>>,
        all: Option<Vec<T>>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    enum Choice<T> {
        One(T),
    }

    #[test]
    fn names_the_value_that_refuses_itself() {
        let id = path::<Pair<Id>>;
        for json in [
            r#"{"id": "x"}"#,
            r#"{"id": "x" }"#,
            r#"{"id": "x", "next": null}"#,
            "{\n  \"id\": \"x\"\n}\n",
        ] {
            assert_eq!(id(json), "id", "{json}");
        }
        assert_eq!(id(r#"{"next": {"next": {"id": "x"}}}"#), "next.next.id");
        assert_eq!(id(r#"{"next": {"id": "x"}, "all": []}"#), "next.id");
        assert_eq!(id(r#"{"all": ["x"]}"#), "all[0]");
        assert_eq!(id(r#"{"all": ["x", "y"], "id": null}"#), "all[0]");
        assert_eq!(path::<Vec<Id>>(r#"["x"]"#), "[0]");
        assert_eq!(path::<(u8, Id)>(r#"[1, "x"]"#), "[1]");
        assert_eq!(path::<Id>(r#""x""#), "");
        assert_eq!(path::<Vec<Choice<Id>>>(r#"[{"One": "x"}]"#), "[0].One");

        let sold = path::<Pair<Sold>>;
        let item = r#"{"name": "a", "price": 1}"#;
        assert_eq!(sold(&format!(r#"{{"id": {item}}}"#)), "id");
        assert_eq!(sold(&format!(r#"{{"id": {item}, "all": []}}"#)), "id");
        assert_eq!(
            sold(&format!(r#"{{"next": {{"all": [{item}]}}}}"#)),
            "next.all[0]"
        );
        assert_eq!(path::<Sold>(item), "");
    }

    #[test]
    fn names_the_object_that_lacks_a_field_or_has_one_too_many() {
        assert_eq!(path::<Order>(r#"{"items": [{"name": "a"}]}"#), "items[0]");
        assert_eq!(path::<Order>(r#"{"note": "no items"}"#), "");
        assert_eq!(
            path::<Order>(r#"{"items": [{"name": "a", "colour": 1}]}"#),
            "items[0].colour"
        );
    }

    #[test]
    fn is_not_confused_by_quotes_and_brackets_in_strings() {
        assert_eq!(
            path::<Order>(r#"{"note": "a \"} ] , \\", "items": [{"name": ":{", "price": null}]}"#),
            "items[0].price"
        );
        assert_eq!(
            path::<std::collections::HashMap<String, u8>>(r#"{"a \" b": true}"#),
            "a \" b"
        );
    }

    #[test]
    fn takes_any_bytes_and_any_place() {
        for json in [&b""[..], b"\"", b"{\"", b"}]:,\"\\", b"\xff{\xff\"\xff"] {
            for column in 0..20 {
                path_at(json, column, column);
            }
        }
    }
}
