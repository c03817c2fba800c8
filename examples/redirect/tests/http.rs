//! The module, over HTTP.

use wagi_example_harness::serve;

#[test]
fn redirects_over_http() {
    let site = serve("redirect", "/go/...");
    let location = |path: &str| {
        let response = site.get(path).send().unwrap();
        let location = response
            .headers()
            .get("location")
            .map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), location.unwrap_or_default())
    };

    assert_eq!(
        location("/go/old-home"),
        (301, "https://example.org/".to_owned())
    );
    assert_eq!(
        location("/go/api/v1/orders?a=b"),
        (308, "https://api.example.org/v2/orders?a=b".to_owned())
    );
    assert_eq!(
        location("/go/docs/intro"),
        (302, "../guide/introduction".to_owned())
    );
    assert_eq!(
        location("/go/today"),
        (302, "/go/2026/special%20offer".to_owned())
    );
    assert_eq!(
        location("/go/blog/a%20b"),
        (301, "/go/articles/a%20b".to_owned())
    );
    assert_eq!(location("/go"), (404, String::new()));

    let response = site.post("/go/vote").body("tea").send().unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], "/go/thanks");
}
