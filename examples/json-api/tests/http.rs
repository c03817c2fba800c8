//! The module, over HTTP.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::thread;

use wagi_example_harness::serve_with_volume;

#[test]
fn requests_side_by_side_get_numbers_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let site = serve_with_volume("json-api", "/api/...", "/data", folder.path());
    let post = || {
        let request = site
            .post("/api/items")
            .header("Content-Type", "application/json");
        let response = request
            .body(r#"{"name": "tea", "price": 350}"#)
            .send()
            .unwrap();
        assert_eq!(response.status(), 201);
        response.headers()["location"].to_str().unwrap().to_owned()
    };
    let locations: BTreeSet<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..10).map(|_| post()).collect::<Vec<_>>()))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let expected: BTreeSet<_> = (1..=40).map(|id| format!("/api/items/{id}")).collect();
    assert_eq!(locations, expected);

    let item = site.get("/api/items/40").send().unwrap().text().unwrap();
    assert_eq!(item, r#"{"id":40,"name":"tea","price":350,"tags":[]}"#);
    let refused = site
        .request("DELETE".parse().unwrap(), "/api/items")
        .send()
        .unwrap();
    assert_eq!(refused.status(), 405);
    assert_eq!(refused.headers()["allow"], "GET, HEAD, POST, OPTIONS");
}
