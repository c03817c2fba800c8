//! A greeting. It is a library so that tests can call the handler; `main.rs` serves it.

use serde::Deserialize;
use wagi_sdk::{Html, Query};

/// What the query may say: `?name=Ada`.
#[derive(Debug, Deserialize)]
pub struct Visitor {
    name: Option<String>,
}

/// Greets the visitor by name.
pub fn hello(Query(visitor): Query<Visitor>) -> Html<String> {
    let name = Html::escape(&visitor.name.unwrap_or_default());
    let greeted = if name.is_empty() { "stranger" } else { &name };
    Html(format!(
        "<!doctype html>\n\
         <html lang=\"en\">\n\
         <meta charset=\"utf-8\">\n\
         <title>Hello</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <h1>Hello, {greeted}!</h1>\n\
         <p>This page was written by a WebAssembly module that lives for one request.\n\
         <form><label>Your name <input name=\"name\" value=\"{name}\"></label> <button>Greet me</button></form>\n"
    ))
}
