//! The module, over HTTP.
#![allow(clippy::unwrap_used, reason = "tests")]

use wagi_example_harness::serve;

#[test]
fn axum_answers_over_http() {
    let site = serve("axum-app", "/shop/...");
    let item = r#"{"name":"tea","price":350,"tags":["hot"]}"#;
    let response = site
        .post("/shop/items")
        .header("Content-Type", "application/json")
        .body(item)
        .send()
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().unwrap(), item);
    let text = site.get("/shop/items/7").send().unwrap().text().unwrap();
    assert_eq!(text, r#"{"name":"item 7","price":7,"tags":[]}"#);
    assert_eq!(site.get("/shop/elsewhere").send().unwrap().status(), 404);
}
