//! The module, over HTTP.
#![allow(clippy::unwrap_used, reason = "tests")]

use wagi_example_harness::serve;

#[test]
fn routes_are_declared_by_the_module() {
    let site = serve("entrypoints", "/p/...");
    let ask = |path: &str| {
        let response = site.get(path).send().unwrap();
        format!(
            "{} {}",
            response.status().as_u16(),
            response.text().unwrap()
        )
    };
    assert_eq!(ask("/p/hello"), "200 Hello from the entrypoint `hello`!\n");
    assert!(ask("/p/shout/tea").ends_with("<p>TEA!\n"));
    assert_eq!(ask("/p/where"), "200 /p/where /p/where\n");
    // What none of them fits is the module's own.
    assert!(ask("/p").starts_with("200 This is the module's main function."));
    assert!(ask("/p/hello/further").starts_with("200 This is the module's main function."));
    // Each request has an instance of its own: the exports can be asked again.
    assert_eq!(ask("/p/hello"), "200 Hello from the entrypoint `hello`!\n");
}
