//! The handler, natively.

use echo_json::{Item, Order, quote};
use wagi_sdk::testing::{Request, Server, Transcript};

fn order() -> Order {
    let item = |name: &str, quantity, price| Item {
        name: name.to_owned(),
        quantity,
        price,
    };
    Order {
        customer: "Ada".to_owned(),
        items: vec![item("tea", 2, 350), item("pot", 1, 1999)],
    }
}

fn post(body: &str) -> Transcript {
    Request::post("/")
        .header("Content-Type", "application/json")
        .body(body)
        .send(quote)
}

#[test]
fn quotes_an_order_under_every_server() {
    use Server::{Apache, DeislabsWagi, Reference, Spin, WagiNet, Wcgi};
    for server in [Apache, DeislabsWagi, Reference, Spin, WagiNet, Wcgi] {
        let transcript = Request::post("/")
            .json(&order())
            .as_server(server)
            .send(quote);
        assert_eq!(transcript.status(), 200, "{server:?}: {transcript:?}");
        assert_eq!(transcript.field("Content-Type"), Some("application/json"));
        assert_eq!(
            transcript.text(),
            r#"{"customer":"Ada","items":[{"name":"tea","quantity":2,"price":350},{"name":"pot","quantity":1,"price":1999}],"total":2699}"#
        );
    }
}

#[test]
fn says_what_is_wrong() {
    let refusals = [
        post(""),
        post("{"),
        post(r#"{"customer": "Ada",}"#),
        post(r#"{"customer": "Ada"}"#),
        post(r#"{"customer": "Ada", "items": [{"name": "tea", "quantity": -1, "price": 350}]}"#),
        post(r#"{"customer": "Ada", "items": [{"name": "tea", "quantity": 1, "prise": 350}]}"#),
        post(r#"{"customer": "Ada", "items": []}"#),
        post(
            r#"{"customer": "Ada", "items": [{"name": "tea", "quantity": 2, "price": 18446744073709551615}]}"#,
        ),
        Request::post("/")
            .header("Content-Type", "text/plain")
            .body("{}")
            .send(quote),
        Request::post("/").body("{}").send(quote),
        Request::get("/").send(quote),
    ];
    let answers = refusals
        .iter()
        .map(|refusal| format!("{} {}", refusal.status().as_u16(), refusal.text()));
    insta::assert_snapshot!(answers.collect::<String>(), @r"
    400 The body is not valid JSON: EOF while parsing a value at line 1 column 0
    400 The body is not valid JSON: EOF while parsing an object at line 1 column 1
    400 The body is not valid JSON: trailing comma at line 1 column 20
    422 The JSON is not what is expected here: missing field `items`
    422 The JSON is not what is expected here. At `items[0].quantity`: invalid value: integer `-1`, expected u32
    422 The JSON is not what is expected here. At `items[0].prise`: unknown field `prise`, expected one of `name`, `quantity`, `price`
    422 An order has at least one item.
    422 The total is more money than there is.
    415 Send JSON, and say so with `Content-Type: application/json`.
    415 Send JSON, and say so with `Content-Type: application/json`.
    415 Send JSON, and say so with `Content-Type: application/json`.
    ");
}

#[test]
fn refuses_a_body_that_is_too_long() {
    let transcript = post(&" ".repeat(2_100_000));
    assert_eq!(transcript.status(), 413);
}
