//! The module, over HTTP, with the pages that come with it.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use wagi_example_harness::serve_with_read_only_volume;

#[test]
fn pages_are_rendered_once_for_each_reader() {
    let pages = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/pages"));
    let site = serve_with_read_only_volume("markdown", "/docs/...", "/pages", pages);

    let index = site.get("/docs/").send().unwrap();
    assert_eq!(index.status(), 200);
    let index = index.text().unwrap();
    assert!(
        index.contains("href=\"/docs/writing\">Writing a page<"),
        "{index}"
    );

    let tea = site.get("/docs/notes/tea").send().unwrap();
    assert_eq!(tea.status(), 200);
    let etag = tea.headers()["etag"].clone();
    assert!(tea.headers().contains_key("last-modified"));
    assert!(tea.text().unwrap().contains("<h1>Tea</h1>"));
    let known = site
        .get("/docs/notes/tea")
        .header("If-None-Match", &etag)
        .send()
        .unwrap();
    assert_eq!(known.status(), 304);
    assert_eq!(known.headers()["etag"], etag);
    assert_eq!(known.text().unwrap(), "");

    let image = site.get("/docs/notes/cup.svg").send().unwrap();
    assert_eq!(image.headers()["content-type"], "image/svg+xml");
    assert_eq!(site.get("/docs/no/such/page").send().unwrap().status(), 404);
}
