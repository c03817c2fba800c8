//! The module, over HTTP.
#![allow(clippy::unwrap_used, reason = "tests")]

use wagi_example_harness::serve;

#[test]
fn orders_over_http() {
    let site = serve("form", "/tea/...");
    let response = site
        .post("/tea/")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("name=J%C3%B6rg&cups=1")
        .send()
        .unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], "/tea/");
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    let pair = cookie.split(';').next().unwrap();
    let text = site
        .get("/tea/")
        .header("Cookie", pair)
        .send()
        .unwrap()
        .text()
        .unwrap();
    assert!(text.contains("1 cup of tea for Jörg on the way."), "{text}");
    assert_eq!(
        site.post("/tea/").body("name=a").send().unwrap().status(),
        415
    );
}
