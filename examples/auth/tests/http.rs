//! The module, over HTTP.
#![allow(clippy::unwrap_used, reason = "tests")]

use wagi_example_harness::serve;

#[test]
fn strangers_are_sent_to_the_entrance() {
    let site = serve("auth", "/club/...");
    let page = site.get("/club").send().unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().unwrap().contains("action=\"/club/login\""));
    let outside = site.get("/club/members").send().unwrap();
    assert_eq!(outside.status(), 303);
    assert_eq!(outside.headers()["location"], "/club/");
}
