//! What a client reads when it has asked for something wrong.

use serde::{Deserialize, Serialize};
use wagi_sdk::extract::{JsonRejection, QueryRejection};
use wagi_sdk::testing::{Request, Transcript};
use wagi_sdk::{Body, BodyError, Error, Form, Json, Query, StatusCode};

#[derive(Debug, Serialize, Deserialize)]
struct Person {
    name: String,
    age: u8,
}

fn query(Query(person): Query<Person>) -> String {
    person.name
}

fn json(Json(person): Json<Person>) -> String {
    person.name
}

fn form(Form(person): Form<Person>) -> String {
    person.name
}

fn text(text: String) -> String {
    text
}

fn post_json(body: &[u8]) -> Transcript {
    Request::post("/")
        .header("Content-Type", "application/json")
        .body(body)
        .send(json)
}

fn post_form(body: &str) -> Transcript {
    Request::post("/")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(body)
        .send(form)
}

#[test]
fn what_a_person_would_read() {
    let answers = [
        Request::get("/").send(query),
        Request::get("/?name=a&age=300").send(query),
        Request::get("/?name=a&age=1&age=2").send(query),
        post_json(b"{"),
        post_json(b"{\"name\": \xff}"),
        post_json(br#"{"name": "a"}"#),
        post_json(br#"{"name": "a", "age": "old"}"#),
        post_json(br#"{"name": "a", "age": 1} and more"#),
        Request::post("/").body("{}").send(json),
        Request::get("/?name=a&age=x").send(form),
        post_form("name=a"),
        post_form("name=a&age="),
        Request::post("/")
            .header("Content-Type", "multipart/form-data")
            .body("")
            .send(form),
        Request::post("/")
            .body("\u{fc}".as_bytes()[..1].to_vec())
            .send(text),
        Request::post("/")
            .body(vec![b'x'; wagi_sdk::extract::BODY_LIMIT + 1])
            .send(text),
        Request::post("/")
            .body("x")
            .var("CONTENT_LENGTH", "2")
            .send(text),
        Request::post("/")
            .body("x")
            .var("CONTENT_LENGTH", "x")
            .send(text),
        Request::new("G T", "/").send(|_: wagi_sdk::Request| ()),
    ];
    for answer in &answers {
        assert_eq!(
            answer.field("Content-Type"),
            Some("text/plain; charset=utf-8")
        );
        // What the client did wrong is of no interest to the operator.
        assert_eq!(answer.stderr(), "");
    }
    let answers = answers
        .iter()
        .map(|answer| format!("{} {}", answer.status().as_u16(), answer.text()));
    insta::assert_snapshot!(answers.collect::<String>(), @r#"
    400 The query is not what is expected here. `name`: it is missing
    400 The query is not what is expected here. `age`: `300` is not a whole number from 0 to 255
    400 The query is not what is expected here. `age`: it came 2 times and may only once
    400 The body is not valid JSON: EOF while parsing an object at line 1 column 1
    400 The body is not valid JSON: expected value at line 1 column 10
    422 The JSON is not what is expected here: missing field `age`
    422 The JSON is not what is expected here. At `age`: invalid type: string "old", expected u8
    400 The body is not valid JSON: trailing characters at line 1 column 25
    415 Send JSON, and say so with `Content-Type: application/json`.
    422 The form is not what is expected here. `age`: `x` is not a whole number from 0 to 255
    422 The form is not what is expected here. `age`: it is missing
    422 The form is not what is expected here. `age`: `` is not a whole number from 0 to 255
    415 Send a form, and say so with `Content-Type: application/x-www-form-urlencoded`.
    400 The body is not valid UTF-8.
    413 The body is longer than the 2097152 bytes that are accepted here.
    400 The body ended after 1 of 2 bytes.
    400 The length of the body is not a number.
    400 The request method is not one that HTTP can write.
    "#);
}

#[test]
fn media_types_are_read_as_they_are_written() {
    for media_type in [
        "application/json",
        "APPLICATION/JSON; charset=utf-8",
        " application/problem+json ;x",
        "application/json;",
    ] {
        let request = Request::post("/")
            .header("Content-Type", media_type)
            .body(r#"{"name":"a","age":1}"#);
        assert_eq!(request.send(json).text(), "a", "{media_type}");
    }
    for media_type in [
        "text/json",
        "application/jsonx",
        "json",
        "application/x; application/json",
        "+json",
    ] {
        let request = Request::post("/")
            .header("Content-Type", media_type)
            .body(r#"{"name":"a","age":1}"#);
        assert_eq!(request.send(json).status(), 415, "{media_type}");
    }
}

#[test]
fn a_form_comes_from_either_place() {
    let person = Person {
        name: "Jö & Al".to_owned(),
        age: 3,
    };
    assert_eq!(
        Request::post("/").form(&person).send(form).text(),
        "Jö & Al"
    );
    assert_eq!(
        Request::get("/?name=J%C3%B6+%26+Al&age=3")
            .send(form)
            .text(),
        "Jö & Al"
    );
}

#[test]
fn a_handler_may_look_at_a_rejection() {
    let handler = |person: Result<Json<Person>, JsonRejection>| match person {
        Ok(Json(person)) => person.name,
        Err(JsonRejection::Data { path, .. }) => format!("wrong: {path}"),
        Err(other) => format!("refused: {}", other.status()),
    };
    assert_eq!(
        Request::post("/").json(&(1, "x")).send(handler).text(),
        "wrong: [0]"
    );
    assert_eq!(
        Request::post("/").send(handler).text(),
        "refused: 415 Unsupported Media Type"
    );
    let handler = |query: Result<Query<Person>, QueryRejection>| {
        query
            .err()
            .and_then(|error| error.field)
            .unwrap_or_default()
    };
    assert_eq!(Request::get("/?age=1").send(handler).text(), "name");
}

#[test]
fn a_question_mark_keeps_the_status_of_a_rejection() {
    let handler = |person: Result<Json<Person>, JsonRejection>| -> Result<String, Error> {
        Ok(person?.0.name)
    };
    assert_eq!(Request::post("/").json(&1).send(handler).status(), 422);

    let handler = |body: Body| -> Result<Vec<u8>, BodyError> { body.bytes(3) };
    assert_eq!(Request::post("/").body("four").send(handler).status(), 413);

    // Even out of the depth of an error of one's own.
    #[derive(Debug)]
    struct Mine(std::io::Error);
    impl std::fmt::Display for Mine {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("my upload failed")
        }
    }
    impl std::error::Error for Mine {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    let handler = |mut body: Body| -> Result<(), Mine> {
        std::io::copy(&mut body, &mut std::io::sink()).map_err(Mine)?;
        Ok(())
    };
    let transcript = Request::post("/")
        .body("x")
        .var("CONTENT_LENGTH", "2")
        .send(handler);
    assert_eq!(transcript.status(), 400);
    assert_eq!(transcript.text(), "The body ended after 1 of 2 bytes.\n");
}

#[test]
fn an_error_of_the_handlers_own_says_nothing_to_the_client() {
    struct OutOfTea;
    impl From<OutOfTea> for Error {
        fn from(_: OutOfTea) -> Self {
            Error::new(StatusCode::IM_A_TEAPOT, "shelf 3 is empty").public("No tea today.")
        }
    }
    let transcript = Request::get("/").send(|| -> Result<(), OutOfTea> { Err(OutOfTea) });
    assert_eq!(transcript.status(), 418);
    assert_eq!(transcript.text(), "No tea today.\n");
    assert_eq!(transcript.stderr(), "418 I'm a teapot: shelf 3 is empty\n");

    let transcript = Request::get("/").send(|| "x".parse::<u8>().map(|n| n.to_string()));
    assert_eq!(transcript.status(), 500);
    assert_eq!(transcript.text(), "Internal Server Error\n");
    assert_eq!(
        transcript.stderr(),
        "500 Internal Server Error: invalid digit found in string\n"
    );
}
