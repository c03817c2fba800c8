//! The handlers, natively.
#![allow(clippy::unwrap_used, reason = "tests")]

use json_api::{Item, Stored, over};
use wagi_sdk::testing::Request;

fn item(name: &str, tags: &[&str]) -> Item {
    Item {
        name: name.to_owned(),
        price: 350,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
    }
}

#[test]
fn items_live_and_die() {
    let folder = tempfile::tempdir().unwrap();
    let app = || over(folder.path());

    let created = Request::post("/items")
        .mounted_at("/api")
        .json(&item("tea", &["hot"]))
        .send(app());
    assert_eq!(created.status(), 201);
    assert_eq!(created.field("Location"), Some("/api/items/1"));
    assert_eq!(
        created.json::<Stored>(),
        Stored {
            id: 1,
            item: item("tea", &["hot"])
        }
    );
    assert_eq!(
        created.text(),
        r#"{"id":1,"name":"tea","price":350,"tags":["hot"]}"#
    );
    Request::post("/items")
        .json(&item("ice", &["cold"]))
        .send(app());

    assert_eq!(
        Request::get("/items/1").send(app()).json::<Stored>().item,
        item("tea", &["hot"])
    );
    let ids = |query: &str| {
        let items = Request::get(format!("/items{query}"))
            .send(app())
            .json::<Vec<Stored>>();
        items
            .into_iter()
            .map(|stored| stored.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(""), [1, 2]);
    assert_eq!(ids("?tag=cold"), [2]);
    assert_eq!(ids("?limit=1"), [1]);

    let updated = Request::put("/items/2")
        .json(&item("sorbet", &[]))
        .send(app());
    assert_eq!(updated.status(), 200);
    assert_eq!(
        Request::get("/items/2").send(app()).json::<Stored>().item,
        item("sorbet", &[])
    );
    assert_eq!(
        Request::put("/items/3")
            .json(&item("x", &[]))
            .send(app())
            .status(),
        404
    );

    assert_eq!(Request::delete("/items/1").send(app()).status(), 204);
    assert_eq!(Request::delete("/items/1").send(app()).status(), 404);
    assert_eq!(
        Request::get("/items/1").send(app()).text(),
        "There is no such item.\n"
    );
    // A number is never given again.
    assert_eq!(
        Request::post("/items")
            .json(&item("new", &[]))
            .send(app())
            .json::<Stored>()
            .id,
        3
    );
}

#[test]
fn mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let post = |json: &str| {
        let request = Request::post("/items")
            .header("Content-Type", "application/json")
            .body(json);
        let transcript = request.send(over(folder.path()));
        format!(
            "{} {}",
            transcript.status().as_u16(),
            transcript.text().trim_end()
        )
    };
    assert_eq!(
        post(r#"{"name": " ", "price": 1}"#),
        "422 `name`: it is empty"
    );
    assert_eq!(
        post(r#"{"name": "a", "price": -1}"#),
        "422 The JSON is not what is expected here. At `price`: invalid value: integer `-1`, expected u32"
    );
    assert!(post(r#"{"name": "a"}"#).contains("missing field `price`"));
    assert!(post(r#"{"name": "a", "price": 1, "colour": 2}"#).contains("`colour`"));
    assert!(post("{").starts_with("400 "));
    let send = |request: Request| request.send(over(folder.path())).status().as_u16();
    assert_eq!(send(Request::get("/items/one")), 400);
    assert_eq!(send(Request::get("/items?limit=many")), 400);
    assert_eq!(send(Request::patch("/items/1")), 405);
    assert_eq!(send(Request::get("/elsewhere")), 404);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
