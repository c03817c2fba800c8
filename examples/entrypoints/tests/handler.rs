//! The handlers, natively.

use entrypoints::{app, hello, place, shout};
use wagi_sdk::testing::Request;

#[test]
fn each_is_a_handler() {
    assert_eq!(
        Request::get("/").send(hello).text(),
        "Hello from the entrypoint `hello`!\n"
    );
    let shouted = Request::get("/tea%20%26%20ice")
        .mounted_at("/p/shout")
        .send(shout);
    assert!(
        shouted.text().ends_with("<p>TEA &amp; ICE!\n"),
        "{shouted:?}"
    );
    assert_eq!(
        Request::get("").mounted_at("/p/where").send(place).text(),
        "/p/where /p/where/...\n"
    );
    let home = Request::get("").mounted_at("/p").send(app());
    assert!(
        home.text().contains("Try /p/hello or /p/shout/tea."),
        "{home:?}"
    );
}
