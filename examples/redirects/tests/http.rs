//! The module, over HTTP.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::thread;

use wagi_example_harness::serve_with_volume;

#[test]
fn everybody_who_follows_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let site = serve_with_volume("redirects", "/s/...", "/data", folder.path());
    let request = site
        .post("/s/")
        .header("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(
        request
            .body("address=https://example.org/")
            .send()
            .unwrap()
            .status(),
        303
    );
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    assert_eq!(
                        site.get("/s/1").send().unwrap().headers()["location"],
                        "https://example.org/"
                    );
                }
            });
        }
    });
    let page = site.get("/s/").send().unwrap().text().unwrap();
    assert!(page.contains("<td>40\n"), "{page}");
}
