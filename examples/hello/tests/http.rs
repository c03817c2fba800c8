//! The module, over HTTP.

use wagi_example_harness::serve;

#[test]
fn greets_over_http() {
    let site = serve("hello", "/hello");

    let response = site.get("/hello?name=J%C3%B6rg").send().unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    assert!(!response.headers().contains_key("status"));
    assert_eq!(
        response.headers()["content-length"].to_str().unwrap(),
        response.content_length().unwrap().to_string()
    );
    assert!(response.text().unwrap().contains("<h1>Hello, Jörg!</h1>"));

    let response = site.head("/hello").send().unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    assert_eq!(response.text().unwrap(), "");

    let response = site.get("/hello?name=a&name=b").send().unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    assert!(response.text().unwrap().contains("`name`"));
}
