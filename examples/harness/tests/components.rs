//! The same handlers as components for WASI preview 2.
#![allow(clippy::unwrap_used, reason = "tests")]

use wagi_example_harness::{Site, build_component};
use wagi_host::routes::RoutePattern;
use wagi_host::{Config, Volume};

fn config(package: &str, route: &str) -> Config {
    Config::single(
        build_component(package),
        RoutePattern::parse(route).unwrap(),
    )
}

#[test]
fn a_page() {
    let site = Site::new(config("hello", "/hello"));
    let response = site.get("/hello?name=J%C3%B6rg").send().unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    assert!(response.text().unwrap().contains("Hello, Jörg!"));
    assert_eq!(
        site.get("/hello?name=a&name=b").send().unwrap().status(),
        400
    );
    assert_eq!(site.head("/hello").send().unwrap().text().unwrap(), "");
}

/// Router, JSON, a body, a volume, time and the log.
#[test]
fn a_router_over_a_volume() {
    let folder = tempfile::tempdir().unwrap();
    let volume = Volume {
        guest: "/data".to_owned(),
        host: folder.path().to_owned(),
        read_only: false,
    };
    let site = Site::new(config("json-api", "/api/...").volume(volume));
    let created = site
        .post("/api/items")
        .header("Content-Type", "application/json")
        .body(r#"{"name": "tea", "price": 350}"#)
        .send()
        .unwrap();
    assert_eq!(created.status(), 201, "{}", created.text().unwrap());
    let location = created.headers()["location"].to_str().unwrap().to_owned();
    let path = &location[location.find("/api/").unwrap()..];
    let item = site.get(path).send().unwrap();
    assert_eq!(item.status(), 200);
    assert!(item.text().unwrap().contains("\"tea\""));
    let refused = site.post("/api/items").body("{}").send().unwrap();
    assert_eq!(refused.status(), 415);
    assert_eq!(site.get("/api/nothing").send().unwrap().status(), 404);
}
