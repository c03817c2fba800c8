//! The module, over HTTP.

use wagi_example_harness::serve;

#[test]
fn the_client_is_told_and_told_nothing_else() {
    let site = serve("failures", "/...");
    for (path, status) in [
        ("/unforeseen", 500),
        ("/missing", 404),
        ("/busy", 503),
        ("/panic", 500),
        ("/field", 500),
        ("/stream/early", 500),
        ("/none", 404),
    ] {
        let response = site.get(path).send().unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert!(!response.headers().contains_key("set-cookie"), "{path}");
        let text = response.text().unwrap();
        for private in ["secret", "no/such", "index", "no data", "panic"] {
            assert!(!text.contains(private), "{path}: {text}");
        }
        assert_eq!(text.contains("come back in a minute"), path == "/busy");
    }
}

#[test]
fn what_is_on_its_way_breaks_off() {
    let site = serve("failures", "/...");
    let response = site.get("/stream/late").send().unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.bytes().is_err());
    // The host goes on.
    assert_eq!(site.get("/busy").send().unwrap().status(), 503);
}
