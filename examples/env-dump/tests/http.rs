//! The module, over HTTP.

use wagi_example_harness::serve;

#[test]
fn shows_variables_over_http() {
    let site = serve("env-dump", "/dump/...");
    let text = site
        .get("/dump/x?a=1")
        .header("X-Note", "hello")
        .send()
        .unwrap()
        .text()
        .unwrap();
    for expected in [
        "<th><code>HTTP_X_NOTE</code><td><code>hello</code>",
        "<th><code>SCRIPT_NAME</code><td><code>/dump</code>",
        "<li><code>a=1</code>",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}
