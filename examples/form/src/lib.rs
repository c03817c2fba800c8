//! A form, a check, a redirect, and a message that is shown once. `main.rs` serves it.

use serde::Deserialize;
use wagi_example_page::page;
use wagi_sdk::{
    Cookies, Form, Gateway, Html, IntoResponse, Redirect, Response, Router, SetCookie, StatusCode,
};

/// The cookie that carries the message over the redirect.
const FLASH: &str = "flash";

/// What is typed in.
#[derive(Debug, Default, Deserialize)]
struct Order {
    #[serde(default)]
    name: String,
    #[serde(default)]
    cups: String,
    #[serde(default)]
    milk: bool,
}

/// The form.
pub fn app() -> Router {
    Router::new().get("/", show).post("/", order)
}

/// The form, empty, below the message if there is one; showing it takes it away.
fn show(gateway: Gateway, cookies: Cookies) -> Response {
    let Some(message) = cookies.get(FLASH) else {
        return form(&gateway, &Order::default(), "").into_response();
    };
    let message = format!(
        "<p class=\"good\" role=\"status\">{}\n",
        Html::escape(&message)
    );
    let forget = SetCookie::removal(FLASH).path(gateway.link("/"));
    (forget, form(&gateway, &Order::default(), &message)).into_response()
}

/// Takes an order, or shows the form again with what is wrong and all that was typed.
fn order(gateway: Gateway, Form(order): Form<Order>) -> Response {
    let wrong = |message: &str| {
        let message = format!("<p class=\"bad\" role=\"alert\">{message}\n");
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            form(&gateway, &order, &message),
        )
            .into_response()
    };
    if order.name.trim().is_empty() {
        return wrong("Please say who it is for.");
    }
    let Some(cups) = order
        .cups
        .trim()
        .parse::<u8>()
        .ok()
        .filter(|cups| matches!(cups, 1..=12))
    else {
        return wrong("Between 1 and 12 cups, please.");
    };
    let milk = if order.milk { " with milk" } else { "" };
    let plural = if cups == 1 { "cup" } else { "cups" };
    let message = format!(
        "{cups} {plural} of tea{milk} for {} on the way.",
        order.name.trim()
    );
    // See other: reloading the next page does not order again.
    let flash = SetCookie::new(FLASH, message).path(gateway.link("/"));
    (flash, Redirect::see_other(gateway.link("/"))).into_response()
}

fn form(gateway: &Gateway, order: &Order, message: &str) -> Html<String> {
    let (name, cups) = (Html::escape(&order.name), Html::escape(&order.cups));
    let milk = if order.milk { " checked" } else { "" };
    let action = Html::escape(&gateway.link("/"));
    page(
        "Tea to go",
        &format!(
            "{message}<form method=\"post\" action=\"{action}\">\n\
             <label>Name <input name=\"name\" value=\"{name}\" autocomplete=\"given-name\"></label>\n\
             <label>Cups <input name=\"cups\" value=\"{cups}\" inputmode=\"numeric\"></label>\n\
             <label><input type=\"checkbox\" name=\"milk\"{milk}>With milk</label>\n\
             <button>Order</button>\n</form>\n"
        ),
    )
}
