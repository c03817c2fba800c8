use std::collections::HashMap;

use serde::Deserialize;

use super::{Error, parse};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Colour {
    Red,
    Green,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Name(String);

#[derive(Debug, Deserialize, PartialEq)]
struct Everything {
    name: Name,
    count: i8,
    ratio: f64,
    colour: Colour,
    letter: char,
    #[serde(default)]
    ticked: bool,
    note: Option<String>,
    age: Option<u8>,
    #[serde(default)]
    tags: Vec<u8>,
}

const GOOD: &str = "name=J%C3%B6+%26&count=-3&ratio=0.5&colour=green&letter=x&ticked=on&note=&age=&tags=1&tags=2&more=y";

#[test]
fn reads_every_kind_of_field() {
    let everything: Everything = parse(GOOD.as_bytes()).unwrap();
    assert_eq!(
        everything,
        Everything {
            name: Name("Jö &".into()),
            count: -3,
            ratio: 0.5,
            colour: Colour::Green,
            letter: 'x',
            ticked: true,
            note: None,
            age: None,
            tags: vec![1, 2],
        }
    );
    assert_eq!(parse::<()>(b"a=1").unwrap(), ());
    assert_eq!(
        parse::<Option<HashMap<String, String>>>(b"a=1")
            .unwrap()
            .unwrap()["a"],
        "1"
    );
    assert_eq!(
        parse::<HashMap<String, Vec<String>>>(b"a=1&b=&a=2").unwrap()["a"],
        ["1", "2"]
    );
}

fn refusal(from: &str, to: &str) -> String {
    let Error { field, message } =
        parse::<Everything>(GOOD.replace(from, to).as_bytes()).unwrap_err();
    format!("{}: {message}", field.unwrap_or_default())
}

#[test]
fn names_the_field_that_is_wrong() {
    insta::assert_snapshot!(
        [
            refusal("name=", "nom="),
            refusal("count=-3", "count=-300"),
            refusal("count=-3", "count="),
            refusal("ratio=0.5", "ratio=half"),
            refusal("green", "blue"),
            refusal("letter=x", "letter=xy"),
            refusal("ticked=on", "ticked=maybe"),
            refusal("age=", "age=old"),
            refusal("tags=2", "tags=two"),
            refusal("more=y", "count=1&count=2"),
        ]
        .join("\n"),
        @r#"
    name: it is missing
    count: `-300` is not a whole number from -128 to 127
    count: `` is not a whole number from -128 to 127
    ratio: `half` is not a number
    colour: unknown variant `blue`, expected `red` or `green`
    letter: invalid value: string "xy", expected a character
    ticked: `maybe` is neither `true` nor `false`
    age: `old` is not a whole number from 0 to 255
    tags: `two` is not a whole number from 0 to 255
    count: it came 3 times and may only once
    "#
    );
}

#[test]
fn refuses_to_be_kept_busy() {
    let many = |n: usize| {
        (0..n)
            .map(|i| format!("k{i}="))
            .collect::<Vec<_>>()
            .join("&")
    };
    assert_eq!(
        parse::<HashMap<String, String>>(many(1000).as_bytes())
            .unwrap()
            .len(),
        1000
    );
    let error = parse::<HashMap<String, String>>(many(1001).as_bytes()).unwrap_err();
    assert_eq!(error.message, "there are more than 1000 fields");
}
