//! Several functions as handlers, each with a route of its own. `main.rs` exports them.

use wagi_sdk::{Gateway, Html};

/// What is at the mount itself, and whatever no route fits: the module's `main`.
pub fn app() -> impl Fn(Gateway) -> String {
    |gateway| {
        format!(
            "This is the module's main function. Try {} or {}.\n",
            gateway.link("/hello"),
            gateway.link("/shout/tea")
        )
    }
}

/// `/hello`
pub fn hello() -> &'static str {
    "Hello from the entrypoint `hello`!\n"
}

/// `/shout/...`: what is below, louder.
pub fn shout(gateway: Gateway) -> Html<String> {
    let words = gateway.path_info().trim_start_matches('/').to_uppercase();
    Html(format!(
        "<!doctype html><title>shout</title><p>{}!\n",
        Html::escape(&words)
    ))
}

/// `/where`: each route is a mount of its own.
pub fn place(gateway: Gateway) -> String {
    format!(
        "{} {}\n",
        gateway.script_name(),
        gateway.matched_route().unwrap_or("?")
    )
}
