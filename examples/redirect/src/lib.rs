//! Old addresses to new ones. `main.rs` serves it.

use wagi_sdk::{Error, Gateway, Redirect, StatusCode};

/// Where the page is now.
pub fn redirect(gateway: Gateway) -> Result<Redirect, Error> {
    let with_query = |address: &str| match gateway.query() {
        "" => address.to_owned(),
        query => format!("{address}?{query}"),
    };
    Ok(match gateway.path_info() {
        // Another site, for good; whoever posted may go on with a GET.
        "/old-home" => Redirect::moved_permanently("https://example.org/"),
        // For good too, but a POST has to stay a POST.
        "/api/v1/orders" => Redirect::permanent(with_query("https://api.example.org/v2/orders")),
        // A page that is elsewhere today. Below the mount, wherever that is.
        "/today" => Redirect::found(gateway.link("/2026/special offer")),
        // Relative: the browser resolves it against the address it asked for.
        "/docs/intro" => Redirect::found("../guide/introduction"),
        // After a form: look at the result with a GET.
        "/vote" => Redirect::see_other(gateway.link("/thanks")),
        path => match path.strip_prefix("/blog/") {
            // A whole section that has moved.
            Some(article) => {
                Redirect::moved_permanently(gateway.link(&format!("/articles/{article}")))
            }
            None => {
                return Err(
                    Error::status(StatusCode::NOT_FOUND).public("Nothing has moved from here.")
                );
            }
        },
    })
}
