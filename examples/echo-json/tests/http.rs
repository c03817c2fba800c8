//! The module, over HTTP.

use wagi_example_harness::serve;

#[test]
fn quotes_over_http() {
    let site = serve("echo-json", "/echo-json");
    let order = r#"{"customer": "Jörg", "items": [{"name": "tea", "quantity": 2, "price": 350}]}"#;
    let post = |media_type: &str, body: String| {
        site.post("/echo-json")
            .header("Content-Type", media_type)
            .body(body)
            .send()
            .unwrap()
    };

    let response = post("application/json; charset=utf-8", order.to_owned());
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(
        response.text().unwrap(),
        r#"{"customer":"Jörg","items":[{"name":"tea","quantity":2,"price":350}],"total":700}"#
    );

    assert_eq!(post("text/plain", order.to_owned()).status(), 415);
    assert_eq!(post("application/json", "{".to_owned()).status(), 400);
    assert_eq!(
        post("application/json", " ".repeat(3_000_000)).status(),
        413
    );

    let response = post("application/json", order.replace("350", "\"350\""));
    assert_eq!(response.status(), 422);
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    let text = response.text().unwrap();
    assert!(text.contains("`items[0].price`"), "{text}");
}

#[test]
fn takes_a_body_without_a_length() {
    let site = serve("echo-json", "/");
    let order = r#"{"customer": "Ada", "items": [{"name": "pot", "quantity": 1, "price": 1999}]}"#;
    // A reader of unknown length goes out in chunks.
    let body = wagi_example_harness::Body::new(std::io::Cursor::new(order));
    let response = site
        .post("/")
        .header("Content-Type", "application/json")
        .body(body)
        .send()
        .unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.text().unwrap().ends_with(r#""total":1999}"#));
}
