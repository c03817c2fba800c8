//! A router as any axum program has it: nothing here knows of WAGI. `main.rs` serves it.

use axum::extract::{Path, Query};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

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

async fn show(Path(id): Path<u32>, Query(options): Query<Options>) -> Json<Item> {
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

async fn echo(Json(item): Json<Item>) -> Json<Item> {
    Json(item)
}

/// The application.
pub fn app() -> Router {
    Router::new()
        .route("/", get(|| async { "GET /items/{id}, POST /items\n" }))
        .route("/items/{id}", get(show))
        .route("/items", post(echo))
}
