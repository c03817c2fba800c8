//! A router with path, query and JSON.

use serde::{Deserialize, Serialize};
use wagi_sdk::{Json, Path, Query, Router};

#[derive(Deserialize)]
struct Options {
    verbose: Option<bool>,
}

#[derive(Deserialize, Serialize)]
struct Item {
    name: String,
    price: u32,
    tags: Vec<String>,
}

fn show(Path(id): Path<u32>, Query(options): Query<Options>) -> Json<Item> {
    let name = match options.verbose {
        Some(true) => format!("item number {id}"),
        _ => format!("item {id}"),
    };
    Json(Item {
        name,
        price: id,
        tags: Vec::new(),
    })
}

fn echo(Json(item): Json<Item>) -> Json<Item> {
    Json(item)
}

fn main() {
    wagi_sdk::serve(Router::new().get("/items/{id}", show).post("/items", echo));
}
