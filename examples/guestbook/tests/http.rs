//! The module, over HTTP.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::thread;

use wagi_example_harness::serve_with_volume;

#[test]
fn no_guest_writes_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let site = serve_with_volume("guestbook", "/book/...", "/data", folder.path());
    let write = |name: String| {
        let body = format!("name={name}&words={}", "tea+".repeat(100));
        let request = site
            .post("/book/")
            .header("Content-Type", "application/x-www-form-urlencoded");
        assert_eq!(request.body(body).send().unwrap().status(), 303);
    };
    thread::scope(|scope| {
        for guest in 0..4 {
            let write = &write;
            scope.spawn(move || (0..10).for_each(|entry| write(format!("guest-{guest}-{entry}"))));
        }
    });
    let page = site.get("/book/").send().unwrap().text().unwrap();
    for guest in 0..4 {
        for entry in 0..10 {
            assert!(
                page.contains(&format!("guest-{guest}-{entry}<")),
                "guest-{guest}-{entry}"
            );
        }
    }
    assert_eq!(page.matches("<article").count(), 40);
}
