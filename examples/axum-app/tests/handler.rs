//! The application, natively, through the adapter.

use axum_app::app;
use wagi_sdk::testing::{Request, Server};
use wagi_sdk::tower::Adapter;

const ITEM: &str = r#"{"name":"tea","price":350,"tags":["hot"]}"#;

#[test]
fn routes_are_relative_to_the_mount() {
    let get = |path: &str| {
        Request::get(path)
            .mounted_at("/shop")
            .send(Adapter::new(app()))
    };
    assert_eq!(
        get("/items/7?verbose=true").text(),
        r#"{"name":"item number 7","price":7,"tags":[]}"#
    );
    assert_eq!(
        get("/items/7").field("Content-Type"),
        Some("application/json")
    );
    assert_eq!(get("").text(), "GET /items/{id}, POST /items\n");
    assert_eq!(get("/items/seven").status(), 400);
    assert_eq!(get("/elsewhere").status(), 404);
    assert_eq!(get("/items").status(), 405);
}

#[test]
fn bodies_reach_it_under_every_server() {
    for server in [Server::Reference, Server::DeislabsWagi, Server::Apache] {
        let request = Request::post("/items")
            .header("Content-Type", "application/json")
            .body(ITEM);
        let transcript = request.as_server(server).send(Adapter::new(app()));
        assert_eq!(transcript.text(), ITEM, "{server:?}");
    }
    let request = Request::post("/items")
        .header("Content-Type", "application/json")
        .body("{");
    assert_eq!(request.send(Adapter::new(app())).status(), 400);
    assert_eq!(
        Request::post("/items")
            .body(ITEM)
            .send(Adapter::new(app()))
            .status(),
        415
    );
}
